"""Bytes to frames and back: the only package that imports av."""
