"""The card on the Hub: what its owner wrote, and what is true of the files there."""

import yaml

from vidsynth.hub.card import pushed_card
from vidsynth.recipe import Payload
from vidsynth.shards.convert import Form

CARD = """---
pretty_name: pairs
dataset_info:
  features:
  - name: clip1
    dtype: binary
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.arrow
---

# pairs

My own words.

![some of them](preview.png)

```python
samples = vidsynth.load("pairs/")  # mapped
data = ShardDataset('pairs/')
rows = load_dataset('pairs/', split="train")
row = rows[0]
# clip1 is bytes: np.frombuffer(row["clip1"], "uint8")
```

| column | form | shape |
| --- | --- | --- |
| `clip1` | uint8 RGB, raw bytes | 4×32×32×3 |
| `boxes` | float32, raw bytes | 2×4 |
"""
PLACE = "hf://datasets/user/set@v1%2Fa"


def header(text: str) -> dict[str, object]:
    values = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(values, dict)
    return values


def test_as_built_only_the_place_changes() -> None:
    text = pushed_card(CARD, PLACE, Form(), ["clip1"], [])
    expected = CARD.replace('load("pairs/")', f'load("{PLACE}")').replace("Dataset('pairs/')", f'Dataset("{PLACE}")')
    assert text == expected.replace("load_dataset('pairs/'", 'load_dataset("user/set", revision="v1/a"')


def test_other_files_and_clips_are_described_as_they_are() -> None:
    text = pushed_card(CARD, PLACE, Form("parquet", Payload(kind="h264")), ["clip1"], ["preview.png"])
    assert header(text) == {
        "pretty_name": "pairs",
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/*.parquet"}]}],
    }
    assert "My own words." in text and "preview.png" not in text and "is bytes" not in text
    assert "| `clip1` | mp4 (H.264, crf 18) | 4×32×32×3 |\n| `boxes` | float32, raw bytes | 2×4 |" in text
    assert text.endswith("The recipe builds them as they were before.\n")


def test_a_card_without_a_header_stays_one() -> None:
    assert pushed_card("# Mine\n", PLACE, Form("parquet"), [], []) == "# Mine\n"
