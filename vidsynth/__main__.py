"""`python -m vidsynth`: the command line."""

from vidsynth.cli.main import run

run()
