"""Build folders: Arrow shards, their markers, and what can be read back."""
