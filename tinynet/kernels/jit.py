r"""
# How kernels compile

A *kernel* is a loop over plain arrays. Written in Python it reads like the formula, and runs hundreds of
times too slowly; [Numba](https://numba.pydata.org) compiles it, when it is first called, to machine code
such as a C compiler would make. This page is the only one that knows Numba's options:

| option | why |
|---|---|
| `cache=True` | compiled once a machine, not once a run |
| `nogil=True` | other Python threads run meanwhile |
| `error_model="numpy"` | $1/0 = \infty$, as in NumPy, and no test in the loop |
| `fastmath={"contract"}` | $ab + c$ may be one instruction, rounded once |

The compiler may take no other liberty: NaN stays NaN, and the same input gives the same bits.

Every kernel obeys three rules, unless it says otherwise. Its arrays are float64 or float32, all of one dtype,
and lie in memory row by row (C order). It writes its result into its last argument, or returns numbers. It
checks nothing: that is the caller's part.

With `NUMBA_DISABLE_JIT=1` in the environment, kernels stay plain Python, and a debugger can step through them.

Read next: [the matrix product](matmul.py).
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.extending import overload

# The sum of all files of this folder, this page with its options included.
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).digest()

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def kernel(function: F | None = None, *, side_by_side: bool = False) -> Any:
    """Compile `function` with Numba when it is first called; the decorator of every kernel.

    side_by_side: let LLVM's SLP vectorizer join statements that do the same to neighbours in memory.
    """
    if function is None:
        return lambda function: kernel(function, side_by_side=side_by_side)
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        # Compiled code computes exp(-1000) = 0 or 0/0 = NaN without a word: so must the interpreted one.
        return np.errstate(all="ignore")(function)
    try:
        compiled = numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # neither the package's folder nor the user's can hold a cache
        compiled = numba.njit(**OPTIONS)(function)
    else:
        # Numba compares the file of the kernel alone; but its machine code holds that of the kernels it calls, too.
        cache_file = compiled._cache._cache_file
        cache_file._source_stamp = (cache_file._source_stamp, SOURCES)
    if side_by_side:
        compiled.compile = _with_slp(compiled.compile)
    return compiled


def _with_slp(compile_: Callable) -> Callable:
    """Numba's switch for the SLP vectorizer is one for all of its users: on while we compile, then as it was."""

    def compile_side_by_side(signature: Any) -> Any:
        before = numba.config.SLP_VECTORIZE  # type: ignore[attr-defined]
        numba.config.SLP_VECTORIZE = 1  # type: ignore[attr-defined]
        try:
            return compile_(signature)
        finally:
            numba.config.SLP_VECTORIZE = before  # type: ignore[attr-defined]

    return compile_side_by_side


def scalar(function: F) -> F:
    """The decorator of a function of single numbers, which becomes part of each kernel that calls it."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return np.errstate(all="ignore")(function)
    return numba.njit(forceinline=True, **OPTIONS)(function)


def by_dtype(for_float64: F, for_float32: F) -> F:
    """A scalar function that is one of these two, as its first argument is float64 or float32."""

    def choose(x):
        return for_float32(x) if isinstance(x, np.float32) else for_float64(x)

    # Inlined like the two themselves, however long they are: a loop that calls is not vectorised.
    @overload(choose, jit_options={"forceinline": True})
    def _(x):
        chosen = for_float32 if x == numba.float32 else for_float64
        return lambda x: chosen(x)

    return choose  # type: ignore[return-value]
