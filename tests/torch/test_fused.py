"""The fused kernels compile for GPUs, here where there may be none."""

import os
import subprocess
import sys

import pytest

# The types that Triton would see at a launch, and which are multiples of 16 there.
COMPILE = """
import sys
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile
from vidsynth.torch import fused

POINTERS = {
    "source": "*u8", "target": "*u8", "patches": "*i32", "masks": "*u8", "offsets": "*i64", "first": "*i32",
    "sample": "*i32", "cut": "*i32", "inverse": "*i64", "opacity": "*u8", "bounds": "*i32",
}

def compiled(kernel, **constants):
    names = kernel.arg_names
    types = {name: POINTERS.get(name, "constexpr" if name in constants else "i32") for name in names}
    aligned = {(names.index(name),): [["tt.divisibility", 16]] for name in names if name in POINTERS}
    aligned |= {(names.index(name),): [["tt.divisibility", 16]] for name in ("height", "width")}
    source = ASTSource(fn=kernel, signature=types, constexprs=constants, attrs=aligned)
    return compile(source, target=GPUTarget("cuda", int(sys.argv[1]), 32))

tile = {"TILE_H": fused._TILE[0], "TILE_W": fused._TILE[1]}
compiled(fused._cut, BLOCK=fused._CUT)
for inplace in (False, True):
    for words in (False, True):
        kernel = compiled(fused._overlay, INPLACE=inplace, WORDS=words, **tile)
        assert len(kernel.asm["cubin"]) > 1000
        if words and not inplace:
            assert "ld.global.v4.b32" in kernel.asm["ptx"], "untouched tiles are copied 16 bytes at a time"
print("compiled")
"""


@pytest.mark.parametrize("capability", ["80", "90"])
def test_the_kernels_compile(capability: str) -> None:
    pytest.importorskip("triton")
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPILE, capability], capture_output=True, text=True, env=environment
    )
    assert done.stdout == "compiled\n", done.stderr
