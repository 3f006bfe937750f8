"""What `import vidsynth` gives, and what it does not load."""

import subprocess
import sys
import types

import vidsynth

NAMES = {
    "Box", "Clip", "ClipRef", "Manifest", "Shards", "Tubelet", "TubeletPairs", "TubeletRecipe", "VidsynthError",
    "__version__", "build", "darkness", "load", "overlay", "read_clip", "source", "verify",
}  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert set(vidsynth.__all__) == set(dir(vidsynth)) == NAMES
    assert all(getattr(vidsynth, name) is not None for name in NAMES)


def test_no_name_is_hidden_by_a_module_of_that_name() -> None:
    code = (
        "import vidsynth; [getattr(vidsynth, n) for n in reversed(vidsynth.__all__)]; print(callable(vidsynth.overlay))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
    assert not any(isinstance(getattr(vidsynth, name), types.ModuleType) for name in NAMES)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import vidsynth, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "av", "cv2", "datasets", "scipy", "numba", "pyarrow", "pydantic", "PIL", "numpy", "yaml", "click"}
    assert not heavy & set(done.stdout.split())
