"""What the package does not do, whoever asks: no code comes out of data, and no command line."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "vidsynth"
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "dbm", "code", "codeop",
    "xml", "lxml", "xmlrpc", "jsonpickle", "telnetlib", "ftplib", "pty",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "input", "os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv",
    "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "tempfile.mktemp", "pd.read_pickle", "np.loads",
    "torch.hub.load", "numpy.core.fromstring",
}  # fmt: skip
# `yaml.load` stands in one place, with a loader that takes plain values only.
YAML_LOAD = {"recipe.py": "_Loader"}
# Programs are started nowhere; workers are, by multiprocessing, from functions of this package.
SUBPROCESS: set[str] = set()


@functools.cache
def nodes(package: Path) -> list[tuple[str, ast.AST]]:
    """Every call and import of the package, with its file."""
    return [
        (file.relative_to(package).as_posix(), node)
        for file in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.Import | ast.ImportFrom)
    ]


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    for file, node in nodes(PACKAGE):
        if isinstance(node, ast.Call):
            yield file, ast.unparse(node.func), node


def modules() -> Iterator[tuple[str, str]]:
    for file, node in nodes(PACKAGE):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from ((file, name) for name in names)


def test_nothing_that_makes_objects_of_bytes_is_imported() -> None:
    assert [(file, name) for file, name in modules() if name.split(".")[0] in FORBIDDEN_MODULES] == []


def test_no_text_is_run() -> None:
    found = [(file, name) for file, name, _ in calls() if name in FORBIDDEN_CALLS or name.endswith(".read_pickle")]
    # `model.eval()` and `re.compile` are other things; a bare name is the builtin.
    assert found == []


def test_yaml_is_read_by_the_loader_of_plain_values() -> None:
    found = {file: ast.unparse(call) for file, name, call in calls() if name in ("yaml.load", "yaml.safe_load")}
    assert set(found) == set(YAML_LOAD)
    assert all(f"Loader={YAML_LOAD[file]}" in text for file, text in found.items())


def test_no_program_is_started_and_no_shell() -> None:
    assert {file for file, name in modules() if name.split(".")[0] == "subprocess"} == SUBPROCESS
    shells = [file for file, _, call in calls() for word in call.keywords if word.arg == "shell"]
    assert shells == []


def test_arrays_and_weights_are_read_without_pickle() -> None:
    for file, name, call in calls():
        words = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if name in ("np.load", "numpy.load"):
            assert words.get("allow_pickle") == "False", file
        if name == "torch.load":
            assert words.get("weights_only") == "True", file
        assert words.get("trust_remote_code", "False") == "False", file
        assert words.get("allow_pickle", "False") == "False", file


def test_modules_are_imported_by_names_of_our_own() -> None:
    """`importlib.import_module` is for lazy commands, sources and generators: never for a text out of a file."""
    allowed = {"cli/lazy.py", "sources/__init__.py", "sources/registry.py", "generator.py", "__init__.py"}
    found = {file for file, name, _ in calls() if name.endswith("import_module")}
    assert found <= allowed, found - allowed


@pytest.mark.parametrize("text", ["import pickle", "from xml.etree import ElementTree", "import marshal as m"])
def test_the_audit_would_see_it(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.py").write_text(text)
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    with pytest.raises(AssertionError):
        test_nothing_that_makes_objects_of_bytes_is_imported()
