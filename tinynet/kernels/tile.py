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

LLVM's *SLP vectorizer* turns the sums of a row into vectors, because they are loaded, computed and stored
side by side. Numba has it off by default; `side_by_side=True` has it on for these kernels alone.

Read next: [threads](threads.py).
"""

import numpy as np

from .jit import kernel

ROWS, COLUMNS = 4, 32


def tile_source(rows: int, columns: int) -> str:
    """The source of a tile of that size: a function `tile(A, i, B, j, start, C, row, column)`.

    It computes `rows` x `columns` entries of start + AB, from row i and column j on, and writes them into C
    from (row, column) on.
    """

    def each(text: str, **fixed: int) -> str:
        return "; ".join(text.format(c=c, **fixed) for c in range(columns))

    lines = ["def tile(A, i, B, j, start, C, row, column):"]
    for r in range(rows):
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


# Compiled as if it stood in this file, so that Numba can cache it beside the others.
_written: dict = {"__name__": __name__}
exec(compile(tile_source(ROWS, COLUMNS), __file__, "exec"), _written)
tile = kernel(_written["tile"], side_by_side=True)


@kernel
def pack(B, transposed, j, width, panel):
    """Copy `width` columns of B, from j on, into the panel (k, 32); the rest of it becomes 0.

    B: (k, m), or with `transposed` the (m, k) array whose transpose is meant.
    """
    k = panel.shape[0]
    if width < COLUMNS:
        panel[:] = 0
    if not transposed:
        for p in range(k):
            b, q = B[p], panel[p]
            for c in range(width):
                q[c] = b[j + c]
        return
    # Rows of B become columns: 16 entries of each at a time, so that the lines of memory touched stay in the cache.
    whole = k - k % 16
    for first in range(0, whole, 16):
        for c in range(width):
            b = B[j + c, first : first + 16]
            for p in range(16):
                panel[first + p, c] = b[p]
    for c in range(width):
        b = B[j + c]
        for p in range(whole, k):
            panel[p, c] = b[p]


@kernel(side_by_side=True)
def tiled_product(A, B, transposed, packed, start, C, i0, i1, j0, j1):
    """C = start + AB for the rows i0 ... i1 and columns j0 ... j1, at least 4 rows.

    A: (n, k), any order of memory. B: (k, m), or with `transposed` (m, k). start: (m,). packed: whether
    columns of B are copied together first, which pays when they serve many rows; the last ones, if they are
    fewer than 32, always are.
    """
    k = A.shape[1]
    copies = packed or transposed or (j1 - j0) % COLUMNS != 0
    room = np.empty((1 + ROWS + (k if copies else 0), COLUMNS), C.dtype)
    begin, edge, panel = room[0], room[1 : 1 + ROWS], room[1 + ROWS :]
    for j in range(j0, j1, COLUMNS):
        width = min(COLUMNS, j1 - j)
        for c in range(COLUMNS):
            begin[c] = start[j + c] if c < width else 0
        source, column = B, j
        if packed or transposed or width < COLUMNS:
            pack(B, transposed, j, width, panel)
            source, column = panel, 0
        for i in range(i0, i1, ROWS):
            # The last tile moves up where rows are missing; those that it computes again come out the same.
            top = min(i, i1 - ROWS)
            out, row, left = (C, top, j) if width == COLUMNS else (edge, 0, 0)
            tile(A, top, source, column, begin, out, row, left)
            if width < COLUMNS:
                for r in range(ROWS):
                    for c in range(width):
                        C[top + r, j + c] = edge[r, c]
