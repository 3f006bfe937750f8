"""The generators: one module a word, the same word on the command line, in recipes and in tests."""
