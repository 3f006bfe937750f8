"""Pictures of a build's samples: a contact sheet, an animation, and a page that plays them."""

from vidsynth.report.preview.sheet import contact_sheet, write_preview

__all__ = ["contact_sheet", "write_preview"]
