"""croissant.json, as Croissant's own library reads it."""

import hashlib
import json
import logging
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, load
from vidsynth.report.card.croissant import croissant
from vidsynth.report.card.facts import CardFacts

mlcroissant = pytest.importorskip("mlcroissant")


@pytest.fixture
def read(built: tuple[TubeletPairs, Path], caplog: pytest.LogCaptureFixture) -> "mlcroissant.Dataset":
    caplog.set_level(logging.ERROR)  # what is only recommended is asked for in the test
    return mlcroissant.Dataset(jsonld=built[1] / "croissant.json")


def test_it_is_valid(read: "mlcroissant.Dataset") -> None:
    issues = read.metadata.ctx.issues
    assert not issues.errors
    # A date would make equal builds unequal; everything else that is recommended is there.
    assert [("datePublished" in one) for one in map(str, issues.warnings)] == [True]


def test_it_lists_every_shard_with_its_hash(read: "mlcroissant.Dataset", built: tuple[TubeletPairs, Path]) -> None:
    files = read.metadata.file_objects
    assert [file.content_url for file in files] == [f"data/{one.name}" for one in sorted(built[1].glob("data/*"))]
    for file in files:
        assert file.sha256 == hashlib.sha256((built[1] / file.content_url).read_bytes()).hexdigest()


def test_it_names_every_column(read: "mlcroissant.Dataset", built: tuple[TubeletPairs, Path]) -> None:
    samples, failures = read.metadata.record_sets
    assert [field.name.removeprefix("samples/") for field in samples.fields] == load(built[1]).schema.names
    kinds = {field.name: str(field.data_types[0]) for field in samples.fields if field.data_types}
    assert kinds["samples/index"].endswith("Integer") and kinds["samples/key"].endswith("Text")
    assert kinds["samples/clip1"].endswith("VideoObject") and kinds["samples/boxes"].endswith("Float")
    plan = next(field for field in samples.fields if field.name == "samples/plan")
    assert {part.name for part in plan.sub_fields} == {"samples/plan/clips", "samples/plan/tubelets"}
    assert failures.name == "failures"


def test_failures_are_read_without_the_network(
    read: "mlcroissant.Dataset", built: tuple[TubeletPairs, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(read.records("failures"))
    assert len(rows) == load(built[1]).summary["absent"] == 2
    assert {row["failures/reason"] for row in rows} == {b"empty file (0 bytes)"}


def test_licence_and_citation(read: "mlcroissant.Dataset") -> None:
    assert read.metadata.license == ["not known"]
    assert read.metadata.cite_as.startswith("@inproceedings{thoker2023tubelet,")


def test_the_same_build_has_the_same_file(built: tuple[TubeletPairs, Path]) -> None:
    pairs, out = built
    text = (out / "croissant.json").read_text()
    assert croissant(CardFacts.of(load(out), pairs)) == text
    assert str(out.parent) not in text and json.loads(text)["conformsTo"] == "http://mlcommons.org/croissant/1.0"
