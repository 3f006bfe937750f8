"""The dataset card (README.md, as the Hugging Face Hub shows it) and Croissant metadata of a build folder."""

from __future__ import annotations

from vidsynth.generator import Generator
from vidsynth.report.card.body import body
from vidsynth.report.card.croissant import croissant
from vidsynth.report.card.facts import CardFacts
from vidsynth.report.card.header import header
from vidsynth.shards.folder import BuildFolder, write_atomically
from vidsynth.shards.reader import Shards

__all__ = ["card", "write_card"]


def write_card(folder: BuildFolder, shards: Shards, generator: Generator) -> None:
    """Write README.md, for people and the Hub, and croissant.json, for machines."""
    facts = CardFacts.of(shards, generator)
    write_atomically(folder.card, _text(facts).encode())
    write_atomically(folder.croissant, croissant(facts).encode())


def card(shards: Shards, generator: Generator) -> str:
    """Return the card's text: what the samples are, how to load them, how they were made; equal for equal builds."""
    return _text(CardFacts.of(shards, generator))


def _text(facts: CardFacts) -> str:
    return f"---\n{header(facts)}---\n\n{body(facts)}"
