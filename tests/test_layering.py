"""Who may import whom: nothing imports upward, and each outside library has one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "vidsynth"

LAYERS = {
    "errors": 0, "rng": 0, "clip": 0, "columns": 0, "motion": 0,
    "manifest": 1, "recipe": 1, "generator": 1, "evaluate": 1, "payload": 1, "video": 1, "compositing": 1,
    "generators": 2, "splits": 2, "sources": 2,
    "shards": 3,
    "jobs": 4, "report": 4, "hub": 4, "torch": 4,
    "cli": 5, "__main__": 6, "__init__": 6,
}  # fmt: skip
# The only packages that may import an outside library.
DOORS = {
    "av": {"video"},
    "datasets": {"hub"},
    "huggingface_hub": {"hub"},
    "torch": {"torch"},
    "numba": {"compositing"},
    "pebble": {"jobs"},
}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        part = file.relative_to(PACKAGE).with_suffix("").parts[0]
        yield part, file, ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield every imported module, also those inside functions: `a.b.c` for `from a.b import c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_part_has_a_layer() -> None:
    assert {part for part, _, _ in modules()} <= set(LAYERS)


def test_nothing_imports_upward() -> None:
    for part, file, tree in modules():
        for name in imports(tree):
            head, *rest = name.split(".")
            if head != "vidsynth" or part == "__init__":
                continue
            assert rest and rest[0] in LAYERS, f"{file}: {name}: import from the module, not from the package"
            assert LAYERS[rest[0]] <= LAYERS[part], f"{file} imports {name}, which is above it"


def test_the_parts_of_layer_two_do_not_know_each_other() -> None:
    two = {part for part, layer in LAYERS.items() if layer == 2}
    for part, file, tree in modules():
        if part in two:
            for name in imports(tree):
                known = name.split(".")[1] if name.startswith("vidsynth.") else part
                assert known not in two - {part}, f"{file} imports {name}"


def test_shards_know_no_generator_and_no_video() -> None:
    for part, file, tree in modules():
        if part == "shards":
            for name in imports(tree):
                assert not name.startswith(("vidsynth.generator", "vidsynth.video", "vidsynth.evaluate")), file


def test_modules_do_not_import_in_circles() -> None:
    graph: dict[str, set[str]] = {}
    names = {".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for _, file, _ in modules()}
    names |= {name.removesuffix(".__init__") for name in names}
    for part, file, tree in modules():
        if part == "__init__":
            continue
        module = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        # Imports inside functions run later: only those at the top can meet in a circle.
        top = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        for name in imports(top):
            target = name if name in names else name.rpartition(".")[0]
            if target in names and target != module:
                graph.setdefault(module, set()).add(target)

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path, module])
        if module not in done:
            for target in graph.get(module, ()):
                walk(target, (*path, module))
            done.add(module)

    done: set[str] = set()
    for module in graph:
        walk(module, ())


def test_each_library_has_one_door() -> None:
    for part, file, tree in modules():
        for name in imports(tree):
            head = name.split(".")[0]
            assert part in DOORS.get(head, {part}), f"{file} imports {name}"


def test_only_rng_makes_random_generators() -> None:
    for part, file, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert not called.startswith("random."), f"{file}: {called}"
                assert part == "rng" or not called.startswith("np.random."), f"{file}: {called}"


def test_commands_import_the_library_only_when_they_run() -> None:
    for part, file, tree in modules():
        if part == "cli":
            top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            for name in imports(ast.Module(top, [])):
                inside = name.startswith(("vidsynth.cli.", "vidsynth.errors."))
                assert inside or not name.startswith(("vidsynth", "numpy", "pyarrow", "av", "cv2")), f"{file}: {name}"


def test_nothing_unsafe_is_called() -> None:
    for _, file, tree in modules():
        for name in imports(tree):
            assert name.split(".")[0] not in ("pickle", "marshal", "shelve"), file
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in ("eval", "exec", "os.system", "yaml.unsafe_load"), file
