"""The card of a pushed build: README.md as it stands in the folder, with what is different on the Hub."""

from __future__ import annotations

import re
from collections.abc import Collection

from vidsynth.recipe import parse_yaml, to_yaml
from vidsynth.shards.convert import Form

_SHARDS = "data/*.{}"
_STRING = r"""(?:"[^"\n]*"|'[^'\n]*')"""
_HEADER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)


def pushed_card(text: str, loaded_as: str, form: Form, clips: Collection[str], withheld: Collection[str]) -> str:
    """Return a card's text for the Hub: whatever its owner wrote stays.

    loaded_as : what `vidsynth.load` takes. clips : the columns of clips. withheld : pictures that are not pushed.

    Raises RecipeError if its header is no plain YAML.
    """
    if not form.as_built:
        text = _HEADER.sub(_without_info, text, count=1) if text.startswith("---\n") else text
    text = text.replace(_SHARDS.format("arrow"), _SHARDS.format(form.format))
    text = re.sub(r"(\b(?:vidsynth\.load|ShardDataset)\()" + _STRING, rf'\1"{loaded_as}"', text)
    name, _, branch = loaded_as.removeprefix("hf://datasets/").partition("@")
    revision = f', revision="{branch.replace("%2F", "/")}"' if branch else ""
    text = re.sub(r"(\bload_dataset\()" + _STRING, rf'\1"{name}"{revision}', text)
    for picture in withheld:
        text = re.sub(rf"!\[[^\]\n]*\]\({re.escape(picture)}\)\n*", "", text)
    if form.payload is None:
        return text
    stored = {"h264": f"mp4 (H.264, crf {form.payload.h264_crf})", "none": "not stored"}
    how = stored.get(form.payload.kind, form.payload.kind)
    for column in map(re.escape, clips):
        text = re.sub(rf"^# {column} is bytes: .*\n", "", text, flags=re.MULTILINE)
        text = re.sub(rf"^(\| `{column}` \|)[^|\n]*\|", rf"\1 {how} |", text, flags=re.MULTILINE)
    changed = ", ".join(f"`{column}`" for column in clips)
    return (
        f"{text.rstrip()}\n\n## This copy\n\nIts clips ({changed}) were changed when it was pushed: {how}. "
        "The recipe builds them as they were before.\n"
    )


def _without_info(header: re.Match[str]) -> str:
    """Leave out features and sizes, which are those of the build: the pushed files tell theirs."""
    values = parse_yaml(header[1], "README.md")
    return f"---\n{to_yaml(values)}---\n" if values.pop("dataset_info", None) else header[0]
