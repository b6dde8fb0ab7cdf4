r"""
# The matrix product

Nearly all the arithmetic of a network is one formula, $C_{ij} = \sum_p A_{ip} B_{pj}$: the weighted sums
$z = aW$ of a layer, and, on the way back, $(a^{l-1})^T \delta^l$ and $\delta^{l+1} (W^{l+1})^T$. An
$n \times k$ by $k \times m$ product takes $nkm$ multiplications and as many additions, on only
$nk + km + nm$ numbers. How fast it is depends on how often a number is fetched to be multiplied, and this
page tells that story in four versions, for large matrices each faster than the one before, and each computing
the same sums in the same order of $p$:

| version | what it changes |
|---|---|
| `product_by_formula` | nothing: three loops as the formula reads |
| `product_by_rows` | the order of the loops: memory is read as it lies |
| `product_by_blocks` | 4 rows and 4 steps of $p$ at a time: each number fetched is used 4 times |
| [`tiled_product`](tile.py) | 4 × 32 sums stay in registers; columns of $B$ are packed together |

Four words for the machine. It works in *ticks*, some 3 or 4 thousand million a second. A *vector* instruction does
the same to 8 float64 or 16 float32 side by side. It computes in *registers*, which hold 32 such vectors; numbers
come there from *caches*, small memories near by, in *lines* of 64 bytes, and into those from the main memory.

**The roofline.** Such a machine has two ceilings: with one vector instruction a tick, 16 multiplications of float32
with an addition each, it does 32 operations a tick; or, where numbers have to be fetched first, as many as arrive. A
loop is held by whichever is lower *for its number of operations per number fetched*:

| version | in one turn of the inner loop | held by |
|---|---|---|
| by formula | 2 operations, 2 loads; the next turn waits for the sum | the 4 ticks of a multiplication with addition |
| by rows | 2 operations (each on a whole vector), 2 loads, 1 store | loads and stores of the nearest cache |
| by blocks | 32 operations, 8 loads, 4 stores | the same, at four times the speed |
| tile | 256 operations, 36 loads, no store | arithmetic |

`make bench` draws it with the machine's own ceilings: `benchmarks/roofline.png`.

All of them compute $C = s + AB$, with a row $s$ to start from: the bias of the layer, or 0.

Read next: [the register tile](tile.py).
"""

import numpy as np

from .jit import kernel
from .threads import WORTH_SHARING, in_parts
from .tile import COLUMNS, ROWS, copy_transposed, tiled_product

# Up to this many multiplications a product is done before the tile has been set up.
FEW = 4096
# A transposed A is read down its columns up to this length; longer ones are copied first.
LONG = 512
# A packed column of B serves all rows: more than so many pay for the copying.
MANY = 192


@kernel
def product_by_formula(A, B, start, C):
    """C = start + AB. A (n, k), B (k, m), start (m,), C (n, m), one dtype."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            C[i, j] = start[j]
            for p in range(A.shape[1]):
                # [eq:matmul] $C_{ij} = s_j + \sum_p A_{ip} B_{pj}$
                C[i, j] += A[i, p] * B[p, j]


@kernel
def product_by_rows(A, B, start, C):
    """The same with the loops in the order i, p, j. B lies row by row.

    The formula's order walks down a column of B, one far-away number a step. This one adds multiples of
    rows, and the inner loop does several j with one instruction.
    """
    for i in range(A.shape[0]):
        c = C[i]
        for j in range(c.size):
            c[j] = start[j]
        for p in range(A.shape[1]):
            a, b = A[i, p], B[p]
            for j in range(b.size):
                c[j] += a * b[j]


@kernel
def product_by_blocks(A, B, start, C):
    """The same, 4 rows of C and 4 rows of B in one pass: a number of either is used 4 times while it is at
    hand."""
    n, k = A.shape
    for i in range(n):
        C[i, :] = start
    for i in range(0, n - n % 4, 4):
        c0, c1, c2, c3 = C[i], C[i + 1], C[i + 2], C[i + 3]
        for p in range(0, k - k % 4, 4):
            b0, b1, b2, b3 = B[p], B[p + 1], B[p + 2], B[p + 3]
            a0, a1, a2, a3 = A[i, p : p + 4], A[i + 1, p : p + 4], A[i + 2, p : p + 4], A[i + 3, p : p + 4]
            for j in range(b0.size):
                x0, x1, x2, x3 = b0[j], b1[j], b2[j], b3[j]
                y0 = c0[j] + a0[0] * x0 + a0[1] * x1 + a0[2] * x2 + a0[3] * x3
                y1 = c1[j] + a1[0] * x0 + a1[1] * x1 + a1[2] * x2 + a1[3] * x3
                y2 = c2[j] + a2[0] * x0 + a2[1] * x1 + a2[2] * x2 + a2[3] * x3
                y3 = c3[j] + a3[0] * x0 + a3[1] * x1 + a3[2] * x2 + a3[3] * x3
                c0[j], c1[j], c2[j], c3[j] = y0, y1, y2, y3
        for p in range(k - k % 4, k):
            for r in range(4):
                for j in range(B.shape[1]):
                    C[i + r, j] += A[i + r, p] * B[p, j]
    for i in range(n - n % 4, n):
        for p in range(k):
            for j in range(B.shape[1]):
                C[i, j] += A[i, p] * B[p, j]


def product(A, B, start, C):
    """C = start + AB by whichever version is fastest. A (n, k), B (k, m), start (m,), C (n, m), one dtype.

    A and B may lie in memory as they like. Where A is a transpose it is copied if its sums are longer than LONG.
    """
    n, m = C.shape
    work = A.size * m
    if work <= FEW:
        product_by_rows(A, B, start, C)
        return
    if n < ROWS:  # fewer than a tile has
        product_by_rows(A, _row_by_row(B), start, C)
        return
    transposed = not B.flags.c_contiguous
    if transposed:
        B = _row_by_row(B.T)
    order = A.flags
    if not order.c_contiguous and not (order.f_contiguous and A.shape[1] <= LONG):
        A = _row_by_row(A)
    packed = n > MANY
    if work < WORTH_SHARING:
        tiled_product(A, B, transposed, packed, start, C, 0, n, 0, m)
    elif n >= 2 * m:
        in_parts(lambda i0, i1: tiled_product(A, B, transposed, packed, start, C, i0, i1, 0, m), n, ROWS, work)
    else:
        in_parts(lambda j0, j1: tiled_product(A, B, transposed, packed, start, C, 0, n, j0, j1), m, COLUMNS, work)


def _row_by_row(A):
    """A itself where it lies in C order, else a copy that does."""
    if A.flags.c_contiguous or not A.flags.f_contiguous:
        return np.ascontiguousarray(A)
    copy = np.empty(A.shape, A.dtype)
    copy_transposed(A.T, 0, A.shape[1], copy)
    return copy


def matmul(A, B):
    r"""The matrix product AB.

    A: array (n, k), float32 or float64. B: array (k, m) of the same dtype. Returns an array (n, m) of that
    dtype. Raises ValueError for other shapes, TypeError for other or different dtypes.
    """
    A, B = np.asarray(A), np.asarray(B)
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"matmul takes shapes (n, k) and (k, m), not {A.shape} and {B.shape}")
    if A.dtype != B.dtype or A.dtype not in (np.float32, np.float64):
        raise TypeError(f"matmul takes two float64 or two float32 arrays, not {A.dtype} and {B.dtype}")
    C = np.empty((A.shape[0], B.shape[1]), A.dtype)
    product(A, B, np.zeros(B.shape[1], A.dtype), C)
    return C
