"""Any folder of videos."""

import os
from pathlib import Path

import pytest

from vidsynth.errors import SourceError
from vidsynth.sources import folder
from vidsynth.sources.files import video_files


def tree(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return root


def rows(root: Path) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
    manifest = folder.read(root)
    return {row.video_id: (row.path, row.split, row.labels) for row in map(manifest.__getitem__, range(len(manifest)))}


def test_class_folders_become_labels_and_split_folders_splits(tmp_path: Path) -> None:
    tree(tmp_path, "train/running/a.mp4", "videos_val/walking/b.MKV", "walking/c.avi", "d.webm", "test_256/e.mov")
    assert rows(tmp_path) == {
        "train/running/a": ("train/running/a.mp4", "train", ("running",)),
        "videos_val/walking/b": ("videos_val/walking/b.MKV", "val", ("walking",)),
        "walking/c": ("walking/c.avi", None, ("walking",)),
        "d": ("d.webm", None, ()),
        "test_256/e": ("test_256/e.mov", "test", ()),
    }


def test_files_that_differ_in_their_suffix_keep_it_in_their_ids(tmp_path: Path) -> None:
    tree(tmp_path, "a.mp4", "a.webm", "b.mp4")
    assert sorted(rows(tmp_path)) == ["a.mp4", "a.webm", "b"]


def test_other_files_and_hidden_ones_are_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a.mp4", "notes.txt", ".hidden.mp4", ".cache/b.mp4", "c.mp4.part", "pictures/d.jpg")
    assert video_files(tmp_path) == ["a.mp4"]


def test_names_of_every_kind_are_kept(tmp_path: Path) -> None:
    names = ["ünïcode/ß 視頻.mp4", "with space/a b.mp4", "quo'te/x;y,z.mp4", "-dash/--out.mp4"]
    tree(tmp_path, *names)
    assert video_files(tmp_path) == sorted(names)
    assert len(folder.read(tmp_path)) == 4


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    tree(tmp_path / "real", "deep/a.mp4")
    root = tree(tmp_path / "root", "b.mp4")
    (root / "linked").symlink_to(tmp_path / "real")
    (root / "circle").symlink_to(root)
    assert video_files(root) == ["b.mp4", "linked/deep/a.mp4"]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"), ("Training", "train"), ("val", "val"), ("validate", "val"), ("validation", "val"),
        ("videos_val", "val"), ("test_256", "test"), ("kinetics400-train", "train"), ("k400_val_320p", "val"),
        ("training_dog", None), ("dog training", None), ("testifying", None), ("train_station", None), ("trains", None),
    ],
)  # fmt: skip
def test_split_folders_are_told_from_class_folders(name: str, split: str | None) -> None:
    assert folder.split_of(name) == folder.split_of(f"x/{name}/y") == split
    assert folder.label_of(f"x/{name}") == ([] if split else [name])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: root / "absent", "no such folder"),
        (lambda root: tree(root, "file") / "file", "not a folder"),
        (lambda root: tree(root, "notes.txt"), "no videos in this folder"),
    ],
)
def test_what_is_no_folder_of_videos_is_refused(tmp_path: Path, make: object, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        folder.read(make(tmp_path))  # type: ignore[operator]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    tree(tmp_path, "a.mp4", "locked/b.mp4")
    (tmp_path / "locked").chmod(0)
    try:
        with pytest.raises(SourceError, match="locked: cannot be listed"):
            video_files(tmp_path)
    finally:
        (tmp_path / "locked").chmod(0o755)
