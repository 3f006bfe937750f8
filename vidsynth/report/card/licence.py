"""What may be said of a licence: its identifier on the Hub, and what it forbids."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Licences that cover the videos themselves, as sources name them, and the Hub's identifiers
# (huggingface.co/docs/hub/repositories-licenses).
_IDENTIFIERS = {
    "MIT": "mit",
    "CC0 1.0": "cc0-1.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0",
}
# Data sets of the Hub name theirs by the identifier.
_KNOWN = frozenset(_IDENTIFIERS.values()) | {"apache-2.0", "cc-by-3.0", "cc-by-nc-3.0", "cc-by-nd-4.0", "odc-by"}


def hub_licence(about: Mapping[str, str]) -> dict[str, str]:
    """Return the header's entries for samples that show a source's videos.

    `other` goes with a name and a link, as the Hub asks; without a licence in `about`, it is `unknown`. Without any
    videos there is nobody else's licence, and nothing is returned.
    """
    if about.get("name") == "none":
        return {}
    said = about.get("licence", "")
    identifier = _IDENTIFIERS.get(said, said)
    if identifier in _KNOWN:
        return {"license": identifier}
    if not said:
        return {"license": "unknown"}
    slug = re.sub(r"[^a-z0-9.]+", "-", f"{about.get('name', 'source')}-terms".lower()).strip("-")
    link = {"license_link": about["homepage"]} if "homepage" in about else {}
    return {"license": "other", "license_name": slug, **link}
