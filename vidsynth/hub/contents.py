"""What a push consists of: the files of a finished build, in the form asked for, and which of them may go."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import RecipeError, ShardError, SourceError
from vidsynth.generator import recipe_type
from vidsynth.hub.card import pushed_card
from vidsynth.hub.rights import why_withheld
from vidsynth.manifest import Manifest
from vidsynth.recipe import Payload, Recipe, load_values
from vidsynth.shards.convert import Form, Format
from vidsynth.shards.folder import BuildFolder
from vidsynth.shards.reader import Shards
from vidsynth.shards.schema import clip_columns
from vidsynth.sources import known
from vidsynth.store import Url, location

_PICTURES = frozenset([".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".html", ".mp4", ".webm"])
# Tells of the files as they were built, their names and hashes.
_OF_FILES = frozenset(["croissant.json"])


@dataclass(frozen=True, slots=True)
class Contents:
    """A finished build to push.

    clips : its columns of clips. form : how its shards are to be there. files : what goes beside the shards.
    withheld : pictures that do not go, for they show what may not be published. warning : whose videos these are.
    """

    folder: BuildFolder
    summary: Mapping[str, Any]
    clips: Sequence[str]
    form: Form
    files: Sequence[Path]
    withheld: Sequence[str]
    warning: str

    def texts(self, shards: Sequence[Mapping[str, Any]], loaded_as: str) -> dict[str, Path | bytes]:
        """Return what goes beside the shards, by name in the order of sending: the card and vidsynth.json last.

        shards : what vidsynth.json is to say of them. loaded_as : what `vidsynth.load` takes.
        """
        found: dict[str, Path | bytes] = {file.relative_to(self.folder.path).as_posix(): file for file in self.files}
        if self.folder.card in self.files:
            text = self.folder.card.read_text(encoding="utf-8")
            del found["README.md"]
            found["README.md"] = pushed_card(text, loaded_as, self.form, self.clips, self.withheld).encode()
        del found["vidsynth.json"]
        found["vidsynth.json"] = self._summary(shards)
        return found

    def _summary(self, shards: Sequence[Mapping[str, Any]]) -> bytes:
        if self.form.as_built:
            return self.folder.summary.read_bytes()
        stored = self.form.payload
        told = {"format": self.form.format, "payload": stored.model_dump(mode="json") if stored else None}
        size = sum(shard["bytes"] for shard in shards)
        summary = {**self.summary, "bytes": size, "converted": told, "shards": shards}
        return (json.dumps(summary, indent=1) + "\n").encode()


def contents(out: str | Path, format: Format, payload: str | None, *, rights: bool) -> Contents:  # noqa: A002
    """Return what of a build folder is to be pushed. Raises as `push` does."""
    shards = _opened(out)
    folder = shards.folder
    values = load_values(folder.recipe)
    recipe = recipe_type(values.get("generator", "")).from_dict(values, str(folder.recipe))
    clips = clip_columns(shards.described)
    stored = _payload(recipe, payload, clips, folder)
    form = Form(format, stored)
    about = Manifest.open_arrow(folder.manifest, folder.path).about if folder.manifest.exists() else {}
    source = about.get("name", recipe.source.name)
    why = why_withheld(source, about)
    warning = ""
    if clips and not (stored and stored.kind == "none") and not rights:
        if why:
            raise SourceError(
                f"{folder}: holds pixels of {about.get('title', source)}, which are not just anyone's to publish: "
                f"{why}. Push the plans alone with --payload none; or, if you have the right, say --i-have-the-rights"
            )
        if source not in known() and source != "none":
            warning = f"{folder} holds pixels of videos of your own: that they may be published is for you to know"
    files = [file for file in _files(folder) if form.as_built or file.name not in _OF_FILES]
    hidden = [file for file in files if why and not rights and file.suffix.lower() in _PICTURES]
    withheld = [file.relative_to(folder.path).as_posix() for file in hidden]
    return Contents(
        folder, shards.summary, clips, form, [file for file in files if file not in hidden], withheld, warning
    )


def _opened(out: str | Path) -> Shards:
    """Open the build. Raises RecipeError or ShardError, which say what can be pushed."""
    if isinstance(location(out), Url):
        raise RecipeError(f"{out}: push takes a folder on this machine")
    folder = BuildFolder(Path(out))
    if not folder.summary.exists() and not folder.recipe.exists():
        raise ShardError(
            f"{out}: no build here (no vidsynth.json). What can be pushed is the folder of a finished build; "
            f"manifests and other files: `hf upload user/name {shlex.quote(str(out))} --repo-type dataset`"
        )
    shards = Shards(folder)
    if "converted" in shards.summary:
        raise ShardError(f"{out}: is itself a copy that was pushed in another form; push the build that it was made of")
    return shards


def _payload(recipe: Recipe, asked: str | None, clips: Sequence[str], folder: BuildFolder) -> Payload | None:
    """Return how clips are to be stored, or None where they stay as they are. Raises RecipeError."""
    if asked is None or asked == recipe.payload.kind:
        return None
    if not clips:
        raise RecipeError(f"--payload {asked}: {folder} holds no clips that could be stored so")
    return recipe.with_changes({"payload.kind": asked}, "--payload").payload


def _files(folder: BuildFolder) -> list[Path]:
    """Return the files of a build folder but its shards; what is hidden, such as .vidsynth, is nobody's business."""
    found = (file for file in sorted(folder.path.rglob("*")) if file.is_file() and folder.data not in file.parents)
    return [file for file in found if not any(part.startswith(".") for part in file.relative_to(folder.path).parts)]
