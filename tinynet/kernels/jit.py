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

# The sum of all files of this folder, this page with its options included.
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).digest()

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` with Numba when it is first called; the decorator of every kernel."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        # Compiled code computes exp(-1000) = 0 or 0/0 = NaN without a word: so must the interpreted one.
        return np.errstate(all="ignore")(function)
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        compiled = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package's folder nor the user's can hold a cache
        return numba.njit(**options)(function)
    # Numba compares the file of the kernel alone; but its machine code holds that of the kernels it calls, too.
    cache_file = compiled._cache._cache_file
    cache_file._source_stamp = (cache_file._source_stamp, SOURCES)
    return compiled
