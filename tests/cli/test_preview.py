"""`vidsynth preview` as a user meets it."""

from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build, source
from vidsynth.cli.main import run


@pytest.fixture(scope="module")
def out(twelve: Path, small: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "out"
    build(TubeletPairs(source(twelve), changes=small), folder, workers=0, progress=False)
    return folder


def said(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        run(["preview", *map(str, args)])
    printed = capsys.readouterr()
    return int(left.value.code or 0), printed.out, printed.err


def test_pictures_lie_beside_the_shards(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = said(capsys, out)
    assert code == 0
    sheet, moving = text.splitlines()
    assert sheet.startswith(f"{out}/preview.png: a contact sheet of 6 of 12 samples, ")
    assert moving.startswith(f"{out}/preview.webp: an animation of 6 of 12 samples, ")
    assert (out / "preview.png").exists() and (out / "preview.webp").read_bytes()[8:12] == b"WEBP"


def test_a_page_of_what_is_asked_for(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = said(capsys, out, "--html", "--where", "index=0..3", "--samples", 2, "-o", tmp_path / "a.html")
    assert code == 0 and text.startswith(f"{tmp_path}/a.html: a page of 2 of 12 samples, ")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert said(capsys, out, "--html")[0] == 0 and (out / "preview.html").exists()


def test_what_is_wrong_is_said_in_a_line(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun/recipe.yaml").write_bytes((out / "recipe.yaml").read_bytes())
    for args, message in (
        ([tmp_path], "no build here (no vidsynth.json)"),
        ([tmp_path / "missing"], "no build here (no vidsynth.json)"),
        ([tmp_path / "begun"], "this build is not finished; resume it with"),
        ([out, "--where", "label=x"], "no column 'label'; did you mean 'labels'?"),
        ([out, "--where", "labels"], "write COLUMN=VALUE"),
        ([out, "--where", "labels=swimming"], "none of its 12 samples has labels=swimming"),
        ([out, "-o", "look.mp4"], "look.mp4 ends in none of .png, .webp, .gif, .html"),
        ([out, "--html", "-o", "look.png"], "--html writes a page, which is no .png file"),
        ([out, "--samples", 0], "0 is not in the range x>=1"),
    ):
        code, _, err = said(capsys, *args)
        assert code == 2 and message in err, (args, err)
        assert len([line for line in err.splitlines() if not line.startswith("Usage:")]) == 1, err
