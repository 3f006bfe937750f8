"""The Hugging Face Hub: its data sets as sources, and builds as data sets there. Needs the extra `hub`."""

from vidsynth.hub.read import folder_of, read

__all__ = ["folder_of", "read"]
