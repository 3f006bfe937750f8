"""Splits: from one manifest to another. Tables in, tables out; no pixels, no files."""
