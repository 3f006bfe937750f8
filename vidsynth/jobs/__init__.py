"""Builds: which shards are to do, who does them, and what is left behind."""
