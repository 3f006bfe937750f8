"""What a person reads of a build: the card and the preview."""
