"""A finished build onto the Hub: what is missing there is sent, then everything is checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vidsynth.errors import Mismatch, RecipeError
from vidsynth.hub.contents import Contents, contents
from vidsynth.hub.repository import Held, Repository
from vidsynth.jobs.interrupt import terminated_is_interrupted
from vidsynth.jobs.progress import Progress
from vidsynth.shards.convert import Form, Format, check_shard, convert
from vidsynth.shards.folder import BuildFolder, write_atomically
from vidsynth.sources.settings import cache_dir

_AT_ONCE = 4  # shards that are sent side by side and, where they are converted, lie on the disk for it
_A_COMMIT = 400  # shards in one commit: the Hub is slow with many more
_SHARD = re.compile(r"data/train-\d{5,}-of-\d{5,}\.(arrow|parquet)")
_BEFORE_ANY_PUSH = frozenset([".gitattributes", "README.md", "LICENSE"])


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a push.

    url : where people look at it. loaded_as : what `vidsynth.load` takes. bytes : of all shards.
    new : how many of the shards were not there before. commit : the one that now holds the build, checked.
    changed : whether this push made it.
    """

    url: str
    loaded_as: str
    shards: int
    bytes: int
    new: int
    commit: str
    changed: bool


def push(
    out: str | Path,
    repository: str,
    *,
    private: bool = False,
    revision: str | None = None,
    format: Format = "arrow",  # noqa: A002
    payload: str | None = None,
    rights: bool = False,
    progress: bool = True,
) -> Pushed:
    """Push a finished build to a data set of the Hub, and check that every file is there.

    What the Hub has is not sent again: the same call goes on after whatever stopped it, and one more sends nothing.
    All becomes visible in one commit. Of more than 400 new shards, those before the last come in commits of their
    own, without a vidsynth.json, so that nobody takes them for a finished build.

    Parameters
    ----------
    repository : `user/name`; created if it is not there.
    private : create it as private.
    revision : a branch, created if it is not there (default: main).
    format : arrow pushes shards as they are; parquet is what the Hub's viewer shows.
    payload : store clips in another way: h264 is what the viewer plays (as parquet); none leaves them out.
    rights : you have the right to publish pixels that are not just anyone's to publish.
    progress : show a bar on standard error.

    Raises ShardError if there is no finished build; Mismatch if a shard has changed since it was built, or the Hub
    holds something else afterwards; RecipeError for what cannot be asked; SourceError where `rights` are needed;
    AccessError or HubError for what the Hub says; MissingDependency.
    """
    return send(contents(out, format, payload, rights=rights), Repository(repository, revision), private, progress)


def send(build: Contents, target: Repository, private: bool, progress: bool) -> Pushed:
    """Send what is missing of a build, and check it; see `push`."""
    with terminated_is_interrupted():
        target.create(private=private)
        head = target.head()
        there = target.files(head)
        _refuse_strangers(target, there, build)
        shards, additions, head = _send_shards(build, target, head, there, progress)
        texts = build.texts(shards, target.loaded_as)
        changed = [name for name, content in texts.items() if not _is_there(there.get(name), content)]
        kept = {shard["file"] for shard in shards}
        stale = [path for path in there if _SHARD.fullmatch(path) and path not in kept]
        if additions or changed or stale:
            message = f"Push {build.summary['generator']} {build.summary['recipe'][:12]}"
            additions += [target.addition(name, texts[name], _sha256(texts[name])) for name in changed]
            head = target.commit(additions, stale, message, head)
        _verify(target, head, shards, texts)
    held = (there.get(shard["file"]) for shard in shards)
    new = sum(not _holds(file, shard) for file, shard in zip(held, shards, strict=True))
    size = sum(shard["bytes"] for shard in shards)
    return Pushed(target.url, target.loaded_as, len(shards), size, new, head, bool(new or changed or stale))


def _send_shards(
    build: Contents, target: Repository, head: str, there: Mapping[str, Held], progress: bool
) -> tuple[list[dict[str, Any]], list[Any], str]:
    """Send the shards that are not there; return what vidsynth.json says of all, what is to commit, and the head."""
    shards: list[dict[str, Any]] = []
    additions: list[Any] = []
    todo = build.summary["shards"]
    with Progress(len(todo), shown=progress, unit="shards") as bar:
        for first in range(0, len(todo), _AT_ONCE):
            fresh = []
            with tempfile.TemporaryDirectory(prefix="vidsynth-push-") as scratch:
                for shard in todo[first : first + _AT_ONCE]:
                    told, file = _ready(build.folder, shard, build.form, there, Path(scratch))
                    shards.append(told)
                    if file is not None:
                        fresh.append(target.addition(told["file"], file, told["sha256"]))
                if fresh:
                    target.upload(fresh)
            additions += fresh
            bar.add(len(shards) - first, 0)
            if len(additions) >= _A_COMMIT and len(shards) < len(todo):
                unfinished = ["vidsynth.json"] if "vidsynth.json" in target.files(head) else []
                message = f"Push shards, {len(shards)} of {len(todo)}"
                head = target.commit(additions, unfinished, message, head)
                additions = []
    return shards, additions, head


def _ready(
    folder: BuildFolder, shard: dict[str, Any], form: Form, there: Mapping[str, Held], scratch: Path
) -> tuple[dict[str, Any], Path | None]:
    """Return what vidsynth.json is to say of a shard, and its file to send, or None if the Hub has it."""
    remembered = _memory(shard, form)
    told: dict[str, Any] | None = shard if form.as_built else None
    with contextlib.suppress(OSError, ValueError):
        told = told or json.loads(remembered.read_bytes())
    if told is not None and _holds(there.get(told["file"]), told):
        return told, None
    if form.as_built:
        check_shard(folder, shard)
        return shard, folder.shard_file(shard)
    told = convert(folder, shard, form, scratch)
    write_atomically(remembered, json.dumps(told).encode())
    return told, scratch / Path(told["file"]).name


def _memory(shard: Mapping[str, Any], form: Form) -> Path:
    """Return the file that remembers what a shard was converted to: the next push need not do it to know."""
    stored = form.payload.model_dump(mode="json") if form.payload else None
    by = [version(name) for name in ("vidsynth", "pyarrow", "av", "opencv-python-headless")]
    key = json.dumps([shard, form.format, stored, by], sort_keys=True)
    return cache_dir() / "converted" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _refuse_strangers(target: Repository, there: Mapping[str, Held], build: Contents) -> None:
    """Leave a repository alone that holds something else than a build."""
    ours = {file.relative_to(build.folder.path).as_posix() for file in build.files} | _BEFORE_ANY_PUSH
    strange = [path for path in there if path not in ours and not _SHARD.fullmatch(path)]
    if strange and "vidsynth.json" not in there:
        raise RecipeError(
            f"{target.name} holds something else already ({', '.join(strange[:3])}"
            f"{', …' if len(strange) > 3 else ''}), and no build; choose another name"
        )


def _verify(
    target: Repository, commit: str, shards: Sequence[Mapping[str, Any]], texts: Mapping[str, Path | bytes]
) -> None:
    """Hold what the Hub tells of its files against the build. Raises Mismatch."""
    there = target.files(commit)
    wrong = [shard["file"] for shard in shards if not _holds(there.get(shard["file"]), shard)]
    wrong += [name for name, content in texts.items() if not _is_there(there.get(name), content)]
    if wrong:
        raise Mismatch(
            f"{target.name}: the Hub holds other bytes than were sent, or none, of {len(wrong)} files "
            f"({', '.join(wrong[:3])}{', …' if len(wrong) > 3 else ''}); push again"
        )


def _holds(held: Held | None, shard: Mapping[str, Any]) -> bool:
    return held is not None and held.large and held.hash == shard["sha256"]


def _is_there(held: Held | None, content: Path | bytes) -> bool:
    return held is not None and held.is_file(_sha256(content), content)


def _sha256(content: Path | bytes) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
