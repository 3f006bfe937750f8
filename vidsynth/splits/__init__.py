"""Splits: functions from one manifest to another. No pixels, no files."""
