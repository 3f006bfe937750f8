"""Batches of samples that lack modalities."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from vidsynth.torch import ModalityCollate


def test_what_is_missing_is_zero_and_masked() -> None:
    rng = np.random.default_rng(0)
    full = [{"rgb": rng.random((2, 3), np.float32), "audio": rng.integers(1, 9, 4)} for _ in range(6)]
    has = rng.random((6, 2)) < 0.6
    has[0] = True
    names = ("rgb", "audio")
    samples = [
        {n: s[n] for n, there in zip(names, row, strict=True) if there} for s, row in zip(full, has, strict=True)
    ]
    batch = ModalityCollate(names)(samples)
    assert batch["modalities"] == names and batch["mask"].dtype == torch.bool
    assert (batch["mask"].numpy() == has).all()
    assert batch["rgb"].shape == (6, 2, 3) and batch["rgb"].dtype == torch.float32
    assert batch["audio"].shape == (6, 4) and batch["audio"].dtype == torch.int64
    for row in range(6):
        for column, name in enumerate(names):
            want = full[row][name] if has[row, column] else np.zeros_like(full[row][name])
            assert (batch[name][row].numpy() == want).all()


def test_what_a_split_hides_stays_out() -> None:
    one = {"rgb": torch.ones(3), "audio": torch.ones(2), "modalities": ("audio",), "label": 4, "video_id": "a"}
    two = {"rgb": torch.ones(3), "audio": None, "modalities": ["rgb", "audio"], "label": 5, "video_id": "b"}
    batch = ModalityCollate(["audio", "rgb"])([one, two])
    assert batch["mask"].tolist() == [[True, False], [False, True]]
    assert batch["rgb"].tolist() == [[0, 0, 0], [1, 1, 1]] and batch["audio"].tolist() == [[1, 1], [0, 0]]
    assert batch["label"].tolist() == [4, 5] and batch["video_id"] == ["a", "b"]


def test_a_modality_that_no_sample_has() -> None:
    samples = [{"rgb": torch.ones(3)}] * 2
    assert ModalityCollate(["rgb", "flow"])(samples)["flow"].shape == (2, 0)
    batch = ModalityCollate(["rgb", "flow"], {"flow": (2, 5)})(samples)
    assert batch["flow"].shape == (2, 2, 5) and not batch["flow"].any() and not batch["mask"][:, 1].any()


def test_wrong_shapes_and_names_are_said() -> None:
    with pytest.raises(ValueError, match=r"rgb: sample 2 of the batch is \[4\], not \[3\]"):
        ModalityCollate(["rgb"])([{"rgb": torch.ones(3)}, {}, {"rgb": torch.ones(4)}])
    with pytest.raises(ValueError, match=r"rgb: sample 0 of the batch is \[3\], not \[2\]"):
        ModalityCollate(["rgb"], {"rgb": [2]})([{"rgb": torch.ones(3)}])
    with pytest.raises(ValueError, match="'flow' is none of the modalities rgb"):
        ModalityCollate(["rgb"], {"flow": [2]})
    with pytest.raises(ValueError, match="stands twice"):
        ModalityCollate(["rgb", "rgb"])


def test_it_goes_into_a_loader() -> None:
    data = [{"rgb": torch.full((2,), n)} if n % 2 else {"audio": torch.full((3,), n)} for n in range(4)]
    batches = list(DataLoader(data, batch_size=2, collate_fn=ModalityCollate(["rgb", "audio"])))  # type: ignore[arg-type]
    assert [batch["mask"].tolist() for batch in batches] == [[[False, True], [True, False]]] * 2
    assert batches[1]["rgb"].tolist() == [[0, 0], [3, 3]]
