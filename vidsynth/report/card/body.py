"""The card's text below its header, section by section."""

from __future__ import annotations

from collections.abc import Iterator

from vidsynth.report.amounts import size_text
from vidsynth.report.card.facts import CardFacts
from vidsynth.report.card.markdown import escaped, fenced, linked, table
from vidsynth.report.footage import Footage

_MOST, _LEAST = 10, 5  # classes that are shown of many


def body(facts: CardFacts) -> str:
    """Return the card's Markdown."""
    parts = [
        f"# {escaped(facts.name)}",
        facts.generator.about,
        *_preview(facts),
        "## Load",
        *_loading(facts),
        "## Columns",
        _columns(facts),
        *_shown(facts.used),
        *_absent(facts),
        "## Source and licence",
        *_source(facts),
        "## Recipe",
        *_recipe(facts),
        "## Citation",
        *_citation(facts),
    ]
    return "\n\n".join(parts) + "\n"


def _preview(facts: CardFacts) -> Iterator[str]:
    shards, folder = facts.shards, facts.shards.folder
    count = len(shards.summary["shards"])
    yield (
        f"{len(shards):,} samples (one split, `train`) in {count:,} shard{'s' if count != 1 else ''}, "
        f"{size_text(shards.summary['bytes'])}."
    )
    if folder.preview.exists():
        yield f"![some of the samples]({folder.preview.name})"


def _loading(facts: CardFacts) -> Iterator[str]:
    folder = repr(f"{facts.name}/")
    yield fenced(
        "import vidsynth\n\n"
        f"samples = vidsynth.load({folder})  # memory-mapped; clips and arrays come as numpy arrays\n"
        "samples[0]",
        "python",
    )
    raw = next((column for column in facts.columns if column.stored.get("kind") in ("array", "raw")), None)
    hint = ""
    if raw is not None:
        dtype, shape = raw.stored.get("dtype", "uint8"), ", ".join(map(str, raw.shape))
        hint = f'\n# {raw.name} is bytes: np.frombuffer(row["{raw.name}"], "{dtype}").reshape({shape})'
    yield fenced(
        f'from datasets import load_dataset\n\nrows = load_dataset({folder}, split="train")\nrow = rows[0]{hint}',
        "python",
    )
    yield fenced(
        "from vidsynth.torch import Loader, ShardDataset\n\n"
        f"for batch in Loader(ShardDataset({folder}), batch_size=8):\n    break  # tensors, one for each column",
        "python",
    )


def _columns(facts: CardFacts) -> str:
    rows = [[f"`{one.name}`", one.form, "×".join(map(str, one.shape))] for one in facts.columns]
    return table(["column", "form", "shape"], rows)


def _shown(used: Footage) -> Iterator[str]:
    if not used.clips:
        return
    yield "## What it shows"
    span = ""
    if used.span_s is not None:
        least, median, most = used.span_s
        span = f" From a clip's first frame to its last it is {median:.2f} s (median; {least:.2f} to {most:.2f} s)."
    videos = f"{used.videos:,} video{'s' if used.videos != 1 else ''}"
    yield f"{used.clips:,} clips of {videos}.{span}"
    if not used.labels:
        return
    without = f" {used.unlabelled:,} clips have no label." if used.unlabelled else ""
    classes = f"{len(used.labels):,} class{'es' if len(used.labels) != 1 else ''}"
    yield (
        f"Labels of the source's rows: {classes}, the most frequent {used.imbalance:.3g} times as frequent as the "
        f"least; entropy {used.entropy:.2f} bits ({100 * used.evenness:.0f} % of an even distribution's).{without}"
    )
    total = sum(used.labels.values())
    rows = [[escaped(name), f"{count:,}", f"{100 * count / total:.1f} %"] for name, count in used.labels.items()]
    if len(rows) > _MOST + _LEAST + 1:
        rows = [*rows[:_MOST], [f"… {len(rows) - _MOST - _LEAST:,} more …", "", ""], *rows[-_LEAST:]]
    yield table(["class", "clips", "share"], rows)


def _absent(facts: CardFacts) -> Iterator[str]:
    summary = facts.shards.summary
    if not summary["absent"]:
        return
    yield "## What is absent"
    yield (
        f"{summary['absent']:,} of {summary['samples']:,} samples are absent, because videos that they need could "
        "not be read; `failures.parquet` lists each."
    )
    yield table(["reason", "videos"], [[escaped(why), f"{count:,}"] for why, count in summary["failures"].items()])


def _source(facts: CardFacts) -> Iterator[str]:
    about, recipe = facts.about, facts.generator.recipe
    name = recipe.source.name
    if name == "none":
        yield "Everything here is drawn: no frame comes from anybody's video."
        return
    split = f", split {escaped(recipe.source.split)}" if recipe.source.split else ""
    # The source's own words, in an order; what else it knows comes after.
    first = ("title", "homepage", "licence", "forbids")
    known = [key for key in first if key in about] + sorted(set(about) - {*first, "name"})
    lines = [f"{escaped(name)}{split}: {len(facts.generator.manifest):,} rows."]
    lines += [f"- {escaped(key)}: {linked(str(about[key]))}" for key in known]
    yield "\n".join(lines)
    if "licence" not in about:
        yield "Nothing is known here of the videos' licence. Whoever passes these samples on must see to it."
    elif name != "demo":
        yield (
            "Samples show frames of these videos, so the videos' licence holds for them, too; `payload: none` "
            "stores none."
        )


def _recipe(facts: CardFacts) -> Iterator[str]:
    summary, recipe = facts.shards.summary, facts.generator.recipe
    videos = {"none": "", "demo": "", "folder": " --src FOLDER", "manifest": " --src MANIFEST --root FOLDER"}
    yield _likeness(facts) + "The same bytes are built again by"
    yield fenced(f"vidsynth run recipe.yaml{videos.get(recipe.source.name, ' --root FOLDER')} --out again/", "sh")
    versions = ", ".join(f"{escaped(name)} {escaped(number)}" for name, number in summary["versions"].items())
    yield table(
        ["made with", ""],
        [
            ["vidsynth", escaped(summary["vidsynth"])],
            ["libraries", versions],
            ["recipe (sha256)", f"`{summary['recipe']}`"],
            ["source's rows (sha256)", f"`{summary['manifest']}`"],
        ],
    )
    yield "`vidsynth.json` and `croissant.json` hold the sha256 of every shard; `vidsynth verify` compares them."
    yield fenced(recipe.to_yaml(), "yaml")


def _likeness(facts: CardFacts) -> str:
    made_from = facts.made_from
    if made_from is None:
        return ""
    changes = ", ".join(f"`{key}`" for key, _, _ in made_from.changes)
    return f"The shipped recipe `{made_from.name}`" + (f", but for {changes}. " if changes else ". ")


def _citation(facts: CardFacts) -> Iterator[str]:
    yield "Please cite what these samples rest on, and vidsynth."
    yield fenced("\n\n".join(entry.strip() for entry in facts.bibtex), "bibtex")
