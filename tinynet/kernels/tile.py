r"""
# The register tile

The fastest place of a processor is its registers: some 32 vectors of 8 or 16 numbers. A product is fast
when every number that is loaded into one is used many times before it is replaced. A *tile* does that: it
computes a block of 4 rows by 32 columns of $C = AB$ at a time, and keeps its 128 sums in registers while
$p$ runs over the whole inner length:

$$c_{rc} = s_c + \sum_p A_{i+r,\,p}\, B_{p,\,j+c} \qquad r = 0 \dots 3,\; c = 0 \dots 31$$

Each step of $p$ loads 4 + 32 numbers and does 128 multiplications and additions with them: 3.6 for each
number loaded, where the rows of [the previous page](matmul.py) do one. The start $s$ is the bias, or 0.

The compiler keeps a sum in a register only if it has a name of its own; of an array element it must think
that somebody else looks at it. Nobody wants to write 128 names, so the source of the tile is written by a
program, `tile_source`, which is this page. Print what it writes: `print(tile_source(2, 3))`.

Where 16 columns or fewer are left, as in the last layer of most classifiers, a tile of 4 by 16 does less in vain.

**The roofline.** One step of $p$ is 256 operations, 8 instructions for 512-bit vectors of float32, on 36 numbers
loaded (6 instructions, since a number of $A$ is spread over a whole vector as it is loaded): the arithmetic takes
8 ticks, the loads 4, and they overlap. What is left over is the start and the end of each tile, some 60 ticks, so a
tile of $k$ steps reaches about $8k/(8k + 60)$ of the arithmetic: 94 % at $k = 128$. Two things would
slow it down. If the columns of $B$ lie far apart, each row is on another page of memory: *packing* copies 32
columns together first. And writing to memory that is not in a cache means waiting for it to come: so the tile asks
for its part of $C$ when it begins (`prefetch`), and has it when it is done.

LLVM's *SLP vectorizer* turns the sums of a row into vectors, because they are loaded, computed and stored
side by side. Numba has it off by default; `side_by_side=True` has it on for these kernels alone.

Read next: [threads](threads.py).
"""

from typing import Any

import numpy as np

from .jit import kernel, prefetch

ROWS, COLUMNS, NARROW = 4, 32, 16


def tile_source(rows: int, columns: int) -> str:
    """The source of a tile of that size: a function `tile(A, i, B, j, start, C, row, column)`.

    It computes `rows` x `columns` entries of start + AB, from row i and column j on, and writes them into C
    from (row, column) on.
    """

    def each(text: str, **fixed: int) -> str:
        return "; ".join(text.format(c=c, **fixed) for c in range(columns))

    lines = ["def tile(A, i, B, j, start, C, row, column):"]
    for r in range(rows):
        lines += [f"    prefetch(C, row + {r}, column + {c})" for c in (0, columns // 2, columns - 1)]
        lines.append(f"    A{r} = A[i + {r}]")
        lines.append("    " + each("c{r}_{c} = start[{c}]", r=r))
    lines.append("    for p in range(A.shape[1]):")
    lines.append(f"        b = B[p, j : j + {columns}]")
    lines.append("        " + each("b{c} = b[{c}]"))
    for r in range(rows):
        lines.append(f"        a = A{r}[p]")
        # [eq:tile] $c_{rc} \leftarrow c_{rc} + A_{i+r,p}\, B_{p,j+c}$
        lines.append("        " + each("c{r}_{c} += a * b{c}", r=r))
    for r in range(rows):
        lines.append(f"    out = C[row + {r}, column : column + {columns}]")
        lines.append("    " + each("out[{c}] = c{r}_{c}", r=r))
    return "\n".join(lines) + "\n"


def write_tile(rows: int, columns: int) -> Any:
    """The tile of that size as a kernel."""
    # Compiled as if it stood in this file, so that Numba can cache it beside the others.
    written: dict = {"__name__": __name__, "prefetch": prefetch}
    exec(compile(tile_source(rows, columns), __file__, "exec"), written)
    return kernel(written["tile"], side_by_side=True)


tile, narrow_tile = write_tile(ROWS, COLUMNS), write_tile(ROWS, NARROW)


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
    """Copy `width` columns of B, from j on, into the panel (k, 32); the rest of it becomes 0.

    B: (k, m), or with `transposed` the (m, k) array whose transpose is meant.
    """
    if width < COLUMNS:
        panel[:] = 0
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
    room = np.empty((1 + ROWS + (k if copies else 0), COLUMNS), C.dtype)
    begin, edge, panel = room[0], room[1 : 1 + ROWS], room[1 + ROWS :]
    for j in range(j0, j1, COLUMNS):
        width = min(COLUMNS, j1 - j)
        whole = width in (COLUMNS, NARROW)
        for c in range(COLUMNS):
            begin[c] = start[j + c] if c < width else 0
        source, column = B, j
        if packed or transposed or not whole:
            pack(B, transposed, j, width, panel)
            source, column = panel, 0
        for i in range(i0, i1, ROWS):
            # The last tile moves up where rows are missing; those that it computes again come out the same.
            top = min(i, i1 - ROWS)
            out, row, left = (C, top, j) if whole else (edge, 0, 0)
            if width <= NARROW:
                narrow_tile(A, top, source, column, begin, out, row, left)
            else:
                tile(A, top, source, column, begin, out, row, left)
            if not whole:
                for r in range(ROWS):
                    for c in range(width):
                        C[top + r, j + c] = edge[r, c]
