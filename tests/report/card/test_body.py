"""The card's text: what a reader needs, and nothing that data could smuggle in."""

import re
from pathlib import Path

import pytest
import yaml

from vidsynth import TubeletPairs, load
from vidsynth.report.card import card
from vidsynth.sources import layout


def test_it_says_what_is_in_it_and_what_is_not(built: tuple[TubeletPairs, Path]) -> None:
    text = (built[1] / "README.md").read_text()
    assert "3 samples (one split, `train`) in 1 shard," in text
    assert "2 of 5 samples are absent" in text and "| empty file (0 bytes) | 1 |" in text
    assert "Thoker, Doughty and Snoek" in text
    assert "| `boxes` | float32, raw bytes | 2×4×4 |" in text
    assert "6 clips of 4 videos." in text
    assert "Nothing is known here of the videos' licence." in text
    assert "The shipped recipe `tubelets-112`, but for `payload.kind`, `clip.frames`, `clip.size`, `truth`." in text
    assert "@inproceedings{thoker2023tubelet," in text and "@software{vidsynth," in text
    assert str(built[1].parent) not in text  # nobody's folders


def test_the_recipe_in_it_is_the_recipe(built: tuple[TubeletPairs, Path]) -> None:
    pairs, out = built
    shown = re.search(r"```yaml\n(.*?)```", (out / "README.md").read_text(), re.DOTALL)
    assert shown and yaml.safe_load(shown[1]) == pairs.recipe.to_dict()


def test_its_loading_lines_run(
    built: tuple[TubeletPairs, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("datasets")
    pytest.importorskip("torch")
    _pairs, out = built
    monkeypatch.chdir(out.parent)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    for snippet in re.findall(r"```python\n(.*?)```", (out / "README.md").read_text(), re.DOTALL):
        exec(snippet, {})
    hint = re.search(r"# clip1 is bytes: (.*)", (out / "README.md").read_text())
    assert hint and hint[1] == 'np.frombuffer(row["clip1"], "uint8").reshape(4, 32, 32, 3)'


def test_labels_are_shown_as_they_are(built: tuple[TubeletPairs, Path]) -> None:
    text = (built[1] / "README.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (\d) \| [\d.]+ % \|$", text, re.MULTILINE)
    assert {name for name, _ in rows} == {r"a\|b\*c\*", "walking"} and sum(int(count) for _, count in rows) == 6


def test_the_same_build_has_the_same_card(built: tuple[TubeletPairs, Path]) -> None:
    assert card(load(built[1]), built[0]) == (built[1] / "README.md").read_text()


def test_it_says_what_the_licence_forbids(built: tuple[TubeletPairs, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pairs, out = built
    monkeypatch.setattr(pairs.manifest, "about", {"name": "k400", **layout("k400").about, "extra|fact": "<b>x</b>"})
    text = card(load(out), pairs)
    assert "- licence: annotations CC BY 4.0; videos under the terms of their uploaders" in text
    assert "- forbids: passing on the videos, or clips cut from them, without leave" in text
    assert "- homepage: <https://github.com/cvdfoundation/kinetics-dataset>" in text
    assert r"- extra\|fact: &lt;b>x&lt;/b>" in text
    header = yaml.safe_load(text.split("---\n")[1])
    assert (header["license"], header["license_name"]) == ("other", "k400-terms")
