"""Who may import whom: nothing imports upward, and each outside library has one door."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "vidsynth"

LAYERS = {
    "errors": 0, "part_files": 0, "rng": 0, "clip": 0, "columns": 0, "motion": 0, "store": 0, "fetched": 0,
    "manifest": 1, "recipe": 1, "generator": 1, "evaluate": 1, "payload": 1, "video": 1, "compositing": 1,
    "generators": 2, "splits": 2, "sources": 2,
    "shards": 3,
    "jobs": 4, "report": 4, "hub": 4, "torch": 4, "benchmark": 4,
    "cli": 5, "__main__": 6, "__init__": 6,
}  # fmt: skip
# The only packages that may import an outside library.
DOORS = {
    "av": {"video"},
    "datasets": {"hub"},
    "huggingface_hub": {"hub"},
    "fsspec": {"store", "shards"},
    "torch": {"torch"},
    "triton": {"torch"},
    "numba": {"compositing"},
    "ray": {"jobs"},
}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        part = file.relative_to(PACKAGE).with_suffix("").parts[0]
        yield part, file, ast.parse(file.read_text(encoding="utf-8"))


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run (or are type-checked) when the module is imported: those outside functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from at_import(node)


def imports(tree: ast.AST, *, inside_functions: bool = True) -> Iterator[str]:
    """Yield every imported name: `a.b.c` for `from a.b import c`."""
    for node in ast.walk(tree) if inside_functions else at_import(tree):
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
        # Imports inside functions run later: only the others can meet in a circle.
        for name in imports(tree, inside_functions=False):
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
        for name in imports(tree):
            doors = ("random", "secrets") if part == "rng" else ("random", "secrets", "numpy.random")
            assert not name.startswith(doors), f"{file}: {name}"
        for node in ast.walk(tree):
            if part != "rng" and isinstance(node, ast.Attribute) and node.attr != "Generator":
                assert ast.unparse(node.value) != "np.random", f"{file}: {ast.unparse(node)}"


def test_commands_import_the_library_only_when_they_run() -> None:
    for part, file, tree in modules():
        if part == "cli":
            loaded = [n for n in tree.body if not (isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")]
            for name in imports(ast.Module(loaded, []), inside_functions=False):
                head = name.split(".")[0]
                light = head == "click" or head in sys.stdlib_module_names
                assert light or name.startswith(("vidsynth.cli.", "vidsynth.errors.")), f"{file}: {name}"


def test_nothing_unsafe_is_called() -> None:
    for _, file, tree in modules():
        for name in imports(tree):
            assert name.split(".")[0] not in ("pickle", "marshal", "shelve"), file
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in ("eval", "exec", "os.system", "yaml.unsafe_load"), file
