"""The command line: one small module a command. Each parses, calls the library and prints."""
