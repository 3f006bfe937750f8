"""Builds as tests of models: questions, predictions, scores, and what shortcuts would score."""
