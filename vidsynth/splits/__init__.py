"""Splits: functions from table to table. They read no pixels and no files."""
