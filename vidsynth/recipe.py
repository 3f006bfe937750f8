"""Recipes: the typed parameters of a generator, as YAML.

A recipe holds every parameter that can change a byte of the result and nothing else, so its hash
names the result. `resolve` (of each generator) fills in whatever depends on the source; a resolved
recipe has no defaults left and rebuilds the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vidsynth.errors import RecipeError, nearest

if TYPE_CHECKING:
    from vidsynth.manifest import Manifest

PayloadKind = Literal["raw", "jpeg", "h264", "lossless", "none"]
MAX_YAML_BYTES = 1 << 20
_DEEPEST = 50


class Params(BaseModel):
    """A group of parameters: frozen, and no unknown key gets in."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "recipe") -> Self:
        """Validate plain values. Raises RecipeError: one line a fault, with the nearest known name."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            faults = error.errors()
            inside = {fault["loc"][:n] for fault in faults for n in range(len(fault["loc"]))}
            # A list is not too short because its items are wrong: what is said of the parts is not said of the whole.
            lines = [f"{where}: {_sentence(cls, fault)}" for fault in faults if fault["loc"] not in inside]
            raise RecipeError("\n".join(dict.fromkeys(lines))) from None

    def with_changes(self, changes: Mapping[str, Any], where: str = "recipe") -> Self:
        """Return a copy with dotted keys replaced: `{"clip.frames": 8}`. Raises RecipeError."""
        values = self.to_dict()
        for key, value in changes.items():
            set_dotted(values, key, value, type(self), where)
        return type(self).from_dict(values, where)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, nested."""
        return self.model_dump(mode="json")


class Source(Params):
    """Which videos. `manifest` is the sha256 of the rows, set by `resolve`."""

    name: str = Field("demo", min_length=1)
    split: str | None = None
    classes: str | None = None
    fraction: float = Field(1.0, gt=0, le=1)
    manifest: str | None = None


class Payload(Params):
    """How clips are stored in shards. `fps` is the rate that h264 and lossless clips play at."""

    kind: PayloadKind = "jpeg"
    jpeg_quality: int = Field(95, ge=1, le=100)
    h264_crf: int = Field(18, ge=0, le=51)
    fps: float = Field(12.5, gt=0, le=1000)

    def check_size(self, height: int, width: int) -> None:
        """Raise ValueError for clips that cannot be stored in this way."""
        if self.kind == "h264" and (height % 2 or width % 2):
            raise ValueError(f"payload.kind: h264 stores even sizes only, not clips of {height}x{width}")


class Recipe(Params):
    """What every generator's recipe holds; each generator adds its own groups."""

    generator: str
    version: int = Field(1, description="of the generator's arithmetic; raised when its bytes change")
    seed: int = Field(0, ge=0, lt=1 << 63)
    limit: int | None = Field(None, ge=1)
    source: Source = Source()
    payload: Payload = Payload()

    def tied_to(self, manifest: Manifest) -> dict[str, Any]:
        """Return the change that ties the recipe to these rows. Raises RecipeError if it was made for others."""
        rows = manifest.hash()
        made_for = self.source.manifest
        if made_for not in (None, rows):
            raise RecipeError(
                f"the recipe was made for other videos: its manifest is {str(made_for)[:12]}…, "
                f"{manifest.about.get('name', manifest.root)} is {rows[:12]}…; "
                "drop source.manifest from the recipe to build from these"
            )
        return {"source.manifest": rows}

    def to_yaml(self) -> str:
        """Return YAML that `load` reads back as an equal recipe."""
        return to_yaml(self.to_dict())

    def hash(self) -> str:
        """Return the sha256 of the canonical JSON form."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def diff(self, other: Recipe) -> list[tuple[str, Any, Any]]:
        """Return (dotted key, mine, theirs) for every parameter that differs."""
        mine, theirs = dict(_flat(self.to_dict())), dict(_flat(other.to_dict()))
        keys = [*mine, *(key for key in theirs if key not in mine)]
        return [(key, mine.get(key), theirs.get(key)) for key in keys if mine.get(key) != theirs.get(key)]


def shipped(folder: str = "recipes") -> list[str]:
    """Return the names of the recipes that come with vidsynth (in a folder of the package)."""
    files = (resources.files("vidsynth") / folder).iterdir()
    return sorted(file.name[:-5] for file in files if file.name.endswith(".yaml"))


def load_values(name: str | Path, folder: str = "recipes") -> dict[str, Any]:
    """Read a recipe's plain values: a path to a YAML file, or the name of one shipped in `folder`.

    A key `extends` names another recipe whose values come first. Raises RecipeError.
    """
    return _load_values(name, folder, ())


def _load_values(name: str | Path, folder: str, seen: tuple[str, ...]) -> dict[str, Any]:
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        text = _read_text(path)
        key = str(path.resolve())
    elif str(name) in (known := shipped(folder)):
        text = (resources.files("vidsynth") / folder / f"{name}.yaml").read_text(encoding="utf-8")
        key = str(name)
    else:
        raise RecipeError(f"no recipe {_shown(str(name))}{nearest(str(name), known)} (shipped: {', '.join(known)})")
    if key in seen:
        raise RecipeError(f"{seen[0]}: extends itself through {' -> '.join([*seen[1:], key])}")
    values = parse_yaml(text, str(name))
    parent = values.pop("extends", None)
    if parent is None:
        return values
    if not isinstance(parent, str):
        raise RecipeError(f"{name}: extends must be the name of a recipe, not {_shown(parent)}")
    if parent.endswith((".yaml", ".yml")):
        parent = str(path.parent / parent)
    return _merged(_load_values(parent, folder, (*seen, key)), values)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_YAML_BYTES + 1)
    except (FileNotFoundError, ValueError):  # ValueError: a NUL in the name
        raise RecipeError(f"{path}: no such recipe file") from None
    except OSError as error:
        raise RecipeError(f"{path}: not readable: {error.strerror}") from None
    if len(data) > MAX_YAML_BYTES:
        raise RecipeError(f"{path}: larger than {MAX_YAML_BYTES} bytes; that is no recipe")
    return data.decode("utf-8", errors="replace")


def to_yaml(values: Mapping[str, Any]) -> str:
    """Return plain values as YAML, in their order."""
    text: str = yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, width=100)
    return text


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """Parse YAML without tags, anchors, merges or repeated keys. Raises RecipeError."""
    try:
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader, with more refused)
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: no such date, or too long a number
        raise RecipeError(f"{where}: not YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise RecipeError(f"{where}: must be `name: value` lines")
    return values


def set_dotted(values: dict[str, Any], key: str, value: Any, model: type[BaseModel], where: str = "recipe") -> None:
    """Set `clip.frames` style keys in nested values. Raises RecipeError with the nearest key."""
    known = [name for name, _ in _keys(model)]
    if key not in known:
        raise RecipeError(f"{where}: no parameter {key!r}{nearest(key, known)}")
    *groups, last = key.split(".")
    for group in groups:
        values = values.setdefault(group, {})
        if not isinstance(values, dict):
            raise RecipeError(f"{where}: {group}: must be a group of parameters, not {_shown(values)}")
    values[last] = value


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield prefix + name, field
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{prefix}{name}.")


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = _merged(out[key], value) if both else value
    return out


def _sentence(model: type[BaseModel], fault: Any) -> str:
    """Say one pydantic fault in our words: where, what was given, what would be right."""
    where = _printable(".".join(str(part) for part in fault["loc"]))
    given = fault.get("input")
    match fault["type"]:
        case "extra_forbidden":
            known = [name for name, _ in _keys(model)]
            return f"no parameter {where!r}{nearest(where, known)}"
        case "literal_error":
            choices = [name.strip(" '") for name in fault["ctx"]["expected"].replace(" or ", ",").split(",")]
            return f"{where}: {_shown(given)} is not one of {', '.join(choices)}{nearest(given, choices)}"
        case "missing":
            return f"{where}: is missing"
        case "value_error":
            return f"{where}: {fault['ctx']['error']}" if where else str(fault["ctx"]["error"])
    message = fault["msg"]
    return f"{where}: {message[0].lower()}{message[1:]}, not {_shown(given)}"


def _printable(text: str) -> str:
    return text[:200] if text.isprintable() else repr(text[:200])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


class _Loader(yaml.SafeLoader):
    """Plain values only: an alias could expand without bound, a repeated key hides a value."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if event.anchor is not None:  # of an alias, too
            raise yaml.YAMLError(f"anchors and aliases are not used in recipes (line {event.start_mark.line + 1})")
        if event.tag is not None:
            raise yaml.YAMLError(f"tags are not used in recipes (line {event.start_mark.line + 1})")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise yaml.YAMLError(f"nested more than {_DEEPEST} deep (line {event.start_mark.line + 1})")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        twice = [name for name, count in Counter(map(str, names)).items() if count > 1]
        if twice:
            raise yaml.YAMLError(f"{twice[0]!r} stands twice (line {node.start_mark.line + 1})")
        if "<<" in names:
            raise yaml.YAMLError(f"merges are not used in recipes (line {node.start_mark.line + 1})")
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Short lists on one line, mappings in block form."""


_Dumper.add_representer(
    list, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)
)

PAYLOAD_KINDS: tuple[str, ...] = get_args(PayloadKind)
