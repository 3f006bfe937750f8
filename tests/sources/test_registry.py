"""The table of data sets."""

import subprocess
import sys
from pathlib import Path

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources import layout
from vidsynth.sources.registry import KNOWN


@pytest.mark.parametrize("name", KNOWN)
def test_every_entry_can_be_read_and_says_what_it_is(name: str) -> None:
    known = layout(name)
    assert known.rows or known.reads
    assert known.about["name"] == known.names[0] == name
    assert all(known.about.get(key) for key in ("title", "licence"))
    assert known.suffix.startswith(".")


@pytest.mark.parametrize("name", KNOWN)
def test_every_entry_says_whether_its_pixels_may_be_published(name: str) -> None:
    withheld = layout(name).withheld
    assert (withheld == "") == (name == "demo")
    assert "nobody has said" not in withheld


def test_entries_are_told_apart() -> None:
    titles = [layout(name).about["title"] for name in KNOWN]
    assert len(set(titles)) == len(titles)


def test_no_module_of_a_data_set_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, vidsynth.sources; from vidsynth.sources.registry import KNOWN; "
        "print([e.module for e in KNOWN.values() if 'vidsynth.sources.' + e.module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_only_annotation_files_give_annotated_rows(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="only a known data set has annotation files"):
        source(tmp_path, annotated=True)
    with pytest.raises(SourceError, match="demo has no annotation files"):
        source("demo", root=tmp_path, annotated=True)
