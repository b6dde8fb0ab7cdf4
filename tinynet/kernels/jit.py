r"""
# How kernels compile

A *kernel* is a loop over plain arrays. Written in Python it reads like the formula, and runs hundreds of
times too slowly; [Numba](https://numba.pydata.org) compiles it, when it is first called, to machine code
such as a C compiler would make. This page is the only one that knows Numba's options:

| option | why |
|---|---|
| a cache | compiled once on each machine, not in each run |
| `nogil=True` | other Python threads run meanwhile |
| `error_model="numpy"` | $1/0 = \infty$, as in NumPy, and no test in the loop |
| `fastmath={"contract"}` | $ab + c$ may be one instruction, rounded once |

The compiler may take no other liberty: NaN stays NaN, and on one machine the same input gives the same bits.

Every kernel obeys three rules, unless it says otherwise. Its arrays are float64 or float32, all of one dtype,
and lie in memory row by row (C order). It writes its results into its last arguments, or returns numbers. It
checks nothing: that is the caller's part.

With `NUMBA_DISABLE_JIT=1` in the environment, kernels stay plain Python, and a debugger can step through them.

On a first reading stop where *the cache* begins: what follows saves time and computes nothing.

Read next: [the matrix product](matmul.py).
"""

import hashlib
import pickle
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import intrinsic, overload

# A checksum of all files of this folder, this page with its options included. Editors keep files named ".NAME".
FILES = sorted(Path(__file__).parent.glob("[!.]*.py"))
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in FILES)).digest()

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def kernel(function: F | None = None, *, side_by_side: bool = False) -> Any:
    """Compile `function` with Numba when it is first called; the decorator of every kernel.

    side_by_side: let the compiler (LLVM) join statements that do the same to neighbours in memory.
    """
    if function is None:
        return lambda function: kernel(function, side_by_side=side_by_side)
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        # Compiled code computes exp(-1000) = 0 or 0/0 = NaN without a word: so must the interpreted one.
        return np.errstate(all="ignore")(function)
    compiled = numba.njit(**OPTIONS)(function)
    with suppress(RuntimeError, OSError):  # no folder can hold a cache
        compiled._cache = Cache(function)
    _announce(compiled)
    if side_by_side:
        compiled.compile = _with_slp(compiled.compile)
    return compiled


def _with_slp(compile_: Callable) -> Callable:
    """Numba's switch for the SLP vectorizer is one for all of its users: on while we compile, then as it was.

    Numba compiles one thing at a time; by the same lock no other thread sees the switch.
    """

    def compile_side_by_side(signature: Any) -> Any:
        with global_compiler_lock:
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


# Numba has no such function. LLVM has: here its instructions are written as the compiler would write them.
if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]

    def prefetch(array, i, j):
        """Ask the processor to fetch array[i, j] into its cache, for it will be written soon; computes nothing."""

else:

    @intrinsic
    def prefetch(_, array, i, j):
        def generate(context, builder, signature, arguments):
            entry = cgutils.get_item_pointer(
                context, builder, array, context.make_array(array)(context, builder, arguments[0]), arguments[1:]
            )
            byte_pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            fetch = ir.FunctionType(ir.VoidType(), [byte_pointer, number, number, number])
            function = cgutils.get_or_insert_function(builder.module, fetch, "llvm.prefetch.p0i8")
            to_write, keep, data = (ir.Constant(number, n) for n in (1, 3, 1))
            builder.call(function, [builder.bitcast(entry, byte_pointer), to_write, keep, data])
            return context.get_dummy_value()

        return numba.void(array, numba.intp, numba.intp), generate


# ## The cache
#
# Machine code is kept in the folder `__pycache__` beside the source, or in one in the user's home where that is
# read-only, or in the one that NUMBA_CACHE_DIR names. This saves time and does nothing else: what cannot be read is
# compiled again, and what cannot be written is not kept.


class Cache(FunctionCache):
    """Numba's cache of one kernel, made to never raise."""

    def __init__(self, function: Callable) -> None:
        super().__init__(function)
        # Numba compares the file of the kernel alone; but its machine code holds that of the kernels it calls, too.
        stamp = (self._cache_file._source_stamp, SOURCES)
        self._cache_file = CodeFile(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # damaged bytes may raise anything
            with suppress(Exception):
                self.flush()  # an empty index, so that the kernel can be kept anew
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(Exception):  # no space, no permission, no folder any more
            super().save_overload(sig, data)


class CodeFile(IndexDataCacheFile):
    """An index, and the files of machine code that it lists. Each of them says itself what it is, with a checksum.

    For Numba the index alone says it. Where a process ended between writing the two, or two processes wrote at once,
    the file is another than the index says; and to run code that is damaged, or another's, may end the process.
    """

    def save(self, key: Any, data: Any) -> None:
        super().save(key, zlib.compress(self._dump((self._source_stamp, key, data)), level=1))

    def load(self, key: Any) -> Any:
        packed = super().load(key)
        if packed is None:
            return None
        stamp, its_key, data = pickle.loads(zlib.decompress(packed))
        return data if (stamp, its_key) == (self._source_stamp, key) else None


# ## A cold start
#
# A kernel that is not in the cache compiles in some tenths of a second, the register tile in several seconds.

_spent = 0.0  # seconds that kernels have taken to compile so far
_announced = False


def _announce(compiled: Any) -> None:
    """Say on stderr, once, why a start takes long: before the compilation that makes it longer than 3 seconds."""
    compile_ = compiled._compiler.compile  # called only where there is nothing in the cache
    # Numba needs about a second for 1,500 bytes of Python's bytecode, at most.
    seconds = len(compiled.py_func.__code__.co_code) / 1500
    kept = isinstance(compiled._cache, Cache)
    how_often = "once" if kept else "in every run: there is no folder to keep them in; NUMBA_CACHE_DIR can name one"
    message = f"tinynet: compiling kernels for this machine takes some 10 seconds, {how_often}"

    def compile_and_count(*signature: Any) -> Any:
        global _spent, _announced  # Numba's lock lets in one thread at a time
        if not _announced and _spent + seconds > 3:
            _announced = True
            with suppress(Exception):
                print(message, file=sys.stderr)
        before, begin = _spent, perf_counter()
        try:
            return compile_(*signature)
        finally:  # not `+=`: kernels that this one calls were compiled, and counted, on the way
            _spent = before + perf_counter() - begin

    compiled._compiler.compile = compile_and_count
