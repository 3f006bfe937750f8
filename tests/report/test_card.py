"""The dataset card: what the Hub and a reader need."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from vidsynth import TubeletPairs, build, source
from vidsynth.report.card import card


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> tuple[TubeletPairs, Path]:
    root = tmp_path_factory.mktemp("card")
    (root / "videos").mkdir()
    for number in range(4):
        make_video(root / "videos" / f"v{number}.mp4", frames=6)
    (root / "videos/broken.mp4").write_bytes(b"")
    changes = {"clip.frames": 4, "clip.size": [32, 32], "payload.kind": "raw", "truth": ["boxes"]}
    pairs = TubeletPairs(source(root / "videos"), changes=changes)
    build(pairs, root / "my-pairs", workers=0, progress=False)
    return pairs, root / "my-pairs"


def test_the_header_is_what_the_hub_reads(built: tuple[TubeletPairs, Path]) -> None:
    text = (built[1] / "README.md").read_text()
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["configs"] == [{"config_name": "default", "data_files": [{"split": "train", "path": "data/*.arrow"}]}]
    assert header["pretty_name"] == "my-pairs" and header["size_categories"] == ["n<1K"]


def test_it_says_what_is_in_it_and_what_is_not(built: tuple[TubeletPairs, Path]) -> None:
    text = (built[1] / "README.md").read_text()
    assert "3 samples in 1 shards" in text
    assert "2 of 5 samples are absent" in text and "- 1 × empty file (0 bytes)" in text
    assert "Thoker, Doughty and Snoek" in text
    assert "| `boxes` | float32, raw bytes | 2×4×4 |" in text
    assert str(built[1].parent) not in text  # nobody's folders


def test_the_recipe_in_it_is_the_recipe(built: tuple[TubeletPairs, Path]) -> None:
    pairs, out = built
    shown = re.search(r"```yaml\n(.*?)```", (out / "README.md").read_text(), re.DOTALL)
    assert shown and yaml.safe_load(shown[1]) == pairs.recipe.to_dict()


def test_its_loading_lines_run(
    built: tuple[TubeletPairs, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("datasets")
    _pairs, out = built
    monkeypatch.chdir(out.parent)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    for snippet in re.findall(r"```python\n(.*?)```", (out / "README.md").read_text(), re.DOTALL):
        exec(snippet, {})
    hint = re.search(r"# clip1 is bytes: (.*)", (out / "README.md").read_text())
    assert hint and hint[1] == 'np.frombuffer(row["clip1"], "uint8").reshape(4, 32, 32, 3)'


def test_the_same_build_has_the_same_card(built: tuple[TubeletPairs, Path]) -> None:
    from vidsynth import load

    assert card(load(built[1]), built[0]) == (built[1] / "README.md").read_text()
