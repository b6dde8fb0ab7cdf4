r"""
# The register tile

The fastest place of a processor is its registers: some 32 vectors of 8 or 16 numbers. A product is fast
when every number that is loaded into one is used many times before it is replaced. A *tile* does that: it
computes a block of 4 rows by 32 columns of $C = AB$ at a time, and keeps its 128 sums in registers while
$p$ runs over the whole inner length:

$$c_{rc} = s_c + \sum_p A_{i+r,\,p}\, B_{p,\,j+c} \qquad r = 0 \dots 3,\; c = 0 \dots 31$$

Each step of $p$ loads 4 + 32 numbers and does 128 multiplications and additions with them: 3.6 for each
number loaded, where [by rows](matmul.py) it was a half and by blocks 2. The start $s$ is the bias, or 0.

The compiler keeps a sum in a register only if it has a name of its own; an element of an array it must write back
each time, for another array may share its memory. Nobody wants to write 128 names, so the source of the tile is
written by a program, `tile_source`, which is this page. Print what it writes: `print(tile_source(2, 3))`.

Where 16 columns or fewer are left, as in the last layer of most classifiers, a tile of 4 by 16 does less in vain.

**The roofline.** One step of $p$ is 256 operations, 8 instructions for 512-bit vectors of float32, on 36 numbers
loaded (6 instructions, since a number of $A$ is spread over a whole vector as it is loaded): the arithmetic takes
8 ticks, the loads 4, and they overlap (in float64 twice as many of both). What is left over is the start and the
end of each tile: the longer the sums, the less it weighs. Two things would slow it down. If the rows of $B$ are
long, each lies in another block of memory, whose place the processor must look up: *packing* copies 32 columns
together first. And writing to memory that is not in a cache means waiting for it to come: so the tile asks for its
part of $C$ when it begins (`prefetch`), and has it when it is done.

LLVM's *SLP vectorizer* turns the sums of a row into vectors, because they are loaded, computed and stored
side by side. Numba has it off by default; `side_by_side=True` has it on for these kernels alone.

Read next: [threads](threads.py).
"""

from typing import Any

import numpy as np

from .jit import kernel, prefetch

ROWS, COLUMNS, NARROW = 4, 32, 16


def tile_source(rows: int, columns: int) -> str:
    """The source of a function that computes `columns` columns of C = start + AB in tiles of `rows` rows.

    `tiles(A, B, j, start, C, column)` does all rows; the columns begin at j in B, and at `column` in C.
    """

    def each(text: str, **fixed: int) -> str:
        return "; ".join(text.format(c=c, **fixed) for c in range(columns))

    lines = ["def tiles(A, B, j, start, C, column):"]
    lines.append(f"    for i in range(0, A.shape[0], {rows}):")
    # The last tile moves up where rows are missing; those that it computes again come out the same.
    lines.append(f"        i = min(i, A.shape[0] - {rows})")
    for r in range(rows):
        lines += [f"        prefetch(C, i + {r}, column + {c})" for c in (0, columns // 2, columns - 1)]
    for r in range(rows):
        lines.append(f"        A{r} = A[i + {r}]")
        lines.append("        " + each("c{r}_{c} = start[{c}]", r=r))
    lines.append("        for p in range(A.shape[1]):")
    lines.append(f"            b = B[p, j : j + {columns}]")
    lines.append("            " + each("b{c} = b[{c}]"))
    for r in range(rows):
        lines.append(f"            a = A{r}[p]")
        # [eq:tile] $c_{rc} \leftarrow c_{rc} + A_{i+r,p}\, B_{p,j+c}$
        lines.append("            " + each("c{r}_{c} += a * b{c}", r=r))
    for r in range(rows):
        lines.append(f"        out = C[i + {r}, column : column + {columns}]")
        lines.append("        " + each("out[{c}] = c{r}_{c}", r=r))
    return "\n".join(lines) + "\n"


def write_tiles(rows: int, columns: int) -> Any:
    """That function as a kernel."""
    # Compiled as if it stood in this file, so that Numba can cache it beside the others.
    written: dict = {"__name__": __name__, "prefetch": prefetch}
    exec(compile(tile_source(rows, columns), __file__, "exec"), written)
    return kernel(written["tiles"], side_by_side=True)


tiles, narrow_tiles = write_tiles(ROWS, COLUMNS), write_tiles(ROWS, NARROW)


@kernel
def copy_transposed(source, first, width, target):
    """target[r, c] = source[first + c, r] for every row r of target and the columns c < width."""
    # 16 columns at a time, so that the lines of memory touched stay in the cache
    whole = width - width % 16
    for c0 in range(0, whole, 16):
        for r in range(target.shape[0]):
            t = target[r, c0 : c0 + 16]
            for c in range(16):
                t[c] = source[first + c0 + c, r]
    for r in range(target.shape[0]):
        for c in range(whole, width):
            target[r, c] = source[first + c, r]


@kernel
def pack(B, transposed, j, width, panel):
    """Copy `width` columns of B, from j on, into the panel (k, 16 or 32); the rest of it becomes 0.

    B: (k, m), or with `transposed` the (m, k) array whose transpose is meant.
    """
    for p in range(panel.shape[0]):
        panel[p, width:] = 0
    if transposed:
        copy_transposed(B, j, width, panel)
        return
    for p in range(panel.shape[0]):
        b, q = B[p], panel[p]
        for c in range(width):
            q[c] = b[j + c]


@kernel(side_by_side=True)
def tiled_product(A, B, transposed, packed, start, C, i0, i1, j0, j1):
    """C = start + AB for the rows i0 ... i1 and columns j0 ... j1, at least 4 rows.

    A: (n, k), any order of memory. B: (k, m), or with `transposed` (m, k). start: (m,). packed: whether
    columns of B are copied together first, which pays when they serve many rows; the last ones, if they are
    fewer than a tile has, always are.
    """
    k = A.shape[1]
    copies = packed or transposed or (j1 - j0) % NARROW != 0
    across = NARROW if j1 - j0 <= NARROW else COLUMNS
    begin, panel = np.empty(across, C.dtype), np.empty((k if copies else 0, across), C.dtype)
    rows, out = A[i0:i1], C[i0:i1]
    for j in range(j0, j1, COLUMNS):
        width = min(COLUMNS, j1 - j)
        for c in range(across):
            begin[c] = start[j + c] if c < width else 0
        fits = width in (NARROW, COLUMNS)
        source, column = B, j
        if packed or transposed or not fits:
            pack(B, transposed, j, width, panel)
            source, column = panel, 0
        target, left = out, j
        if not fits:
            target, left = np.empty((i1 - i0, across), C.dtype), 0
        if width <= NARROW:
            narrow_tiles(rows, source, column, begin, target, left)
        else:
            tiles(rows, source, column, begin, target, left)
        if not fits:
            for i in range(i1 - i0):
                for c in range(width):
                    out[i, j + c] = target[i, c]
