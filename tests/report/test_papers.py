"""The papers that cards cite."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from vidsynth.recipe import load_values, shipped
from vidsynth.report.papers import own_bibtex, papers

ROOT = Path(__file__).parents[2]
KNOWN = yaml.safe_load((ROOT / "vidsynth/manifests/papers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", KNOWN["papers"])
def test_entries_are_bibtex(key: str) -> None:
    entry = KNOWN["papers"][key]
    assert re.match(rf"@(inproceedings|article|software)\{{{key},\n", entry)
    assert entry.count("{") == entry.count("}") and entry.rstrip().endswith("\n}")
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, re.MULTILINE))
    assert {"title", "author"} <= set(fields) and (key == "vidsynth" or re.fullmatch(r"(19|20)\d\d", fields["year"]))
    assert len(fields) == len(entry.strip().splitlines()) - 2


def test_every_generator_and_every_name_is_known() -> None:
    assert set(KNOWN["generators"]) == {point.name for point in entry_points(group="vidsynth.generators")}
    assert set(KNOWN["recipes"]) <= set(shipped())
    cited = [key for facts in KNOWN["generators"].values() for key in facts["papers"]]
    cited += [key for keys in KNOWN["recipes"].values() for key in keys]
    assert {*cited, "vidsynth"} == set(KNOWN["papers"])


def test_a_recipe_adds_to_its_generator() -> None:
    assert list(papers("lowlight", "lowlight-maet")) == ["cui2021maet"]
    assert list(papers("masked-clips", "masked-clips-random")) == ["tong2022videomae", "feichtenhofer2022masked"]
    assert load_values("masked-clips-random")["generator"] == "masked-clips"
    assert papers("somebody's own") == {}


def test_vidsynth_is_cited_as_citation_cff_says() -> None:
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(said)  # what the format asks for
    entry = own_bibtex("1.2")
    assert f"title = {{{said['title']}}}" in entry and f"license = {{{said['license']}}}" in entry
    assert f"author = {{{{{said['authors'][0]['name']}}}}}" in entry and "version = {1.2}," in entry
