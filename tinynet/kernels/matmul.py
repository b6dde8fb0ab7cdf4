r"""
# The matrix product

Nearly all the arithmetic of a network is one formula, $C_{ij} = \sum_p A_{ip} B_{pj}$: the weighted sums
$z = aW$ of a layer, and, on the way back, $(a^{l-1})^T \delta^l$ and $\delta^{l+1} (W^{l+1})^T$. An
$n \times k$ by $k \times m$ product takes $nkm$ multiplications and as many additions, on only
$nk + km + nm$ numbers. How fast it is depends on how often a number is fetched to be multiplied, and this
page tells that story in four versions, each faster than the one before and each computing the same sums in
the same order of $p$:

| version | what it changes |
|---|---|
| `product_by_formula` | nothing: three loops as the formula reads |
| `product_by_rows` | the order of the loops: memory is read as it lies |
| `product_by_blocks` | 4 rows and 4 steps of $p$ at a time: each number fetched is used 4 times |
| [`tiled_product`](tile.py) | 4 × 32 sums stay in registers; columns of $B$ are packed together |

A processor that does 32 multiplications and additions in a nanosecond, and fetches 8 numbers from its nearest
cache in that time, is fully used only where each number fetched is used 4 times or more: this bound is the
*roofline*.

All of them compute $C = s + AB$, with a row $s$ to start from: the bias of the layer, or 0.

Read next: [the register tile](tile.py).
"""

import numpy as np

from .jit import kernel
from .threads import in_parts
from .tile import ROWS, tiled_product

# Up to this many multiplications a product is done before the tile has been set up.
FEW = 4096


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

    A and B may be transposes of arrays that lie row by row; large ones are then not copied as a whole.
    """
    n, m = C.shape
    if n < ROWS or A.size * m <= FEW:
        product_by_rows(A, B, start, C)
        return
    k = A.shape[1]
    transposed = not B.flags.c_contiguous
    if transposed:
        B = B.T if B.flags.f_contiguous else np.ascontiguousarray(B.T)
    if not (A.flags.c_contiguous or A.flags.f_contiguous):
        A = np.ascontiguousarray(A)
    # A packed column of B serves all rows: many of them pay for the copying.
    packed = n > 192
    if n >= 2 * m:
        in_parts(lambda i0, i1: tiled_product(A, B, transposed, packed, start, C, i0, i1, 0, m), n, ROWS, n * k * m)
    else:
        in_parts(lambda j0, j1: tiled_product(A, B, transposed, packed, start, C, 0, n, j0, j1), m, 32, n * k * m)


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


@kernel
def sum_rows(delta, db):
    r"""The bias gradient. delta (N, n) -> db (n,)."""
    db[:] = 0
    for row in range(delta.shape[0]):
        d = delta[row]
        # [eq:bias-gradient] $\partial L/\partial b_j = \sum_n \delta_{nj}$
        for j in range(d.size):
            db[j] += d[j]


# ## The way back
#
# From δ of the weighted sums $z = aW + b$ come the gradients of all three. Two of them are products again; in a small
# network calling three kernels takes longer than their arithmetic, so there one does it all.


@kernel
def weighted_sums_backward_at_once(a, W, delta, da, dW, db):
    dW[:], db[:] = 0, 0
    for n in range(a.shape[0]):
        d = delta[n]
        for j in range(d.size):
            db[j] += d[j]
        for i in range(a.shape[1]):
            w, dw, a_i = W[i], dW[i], a[n, i]
            back = dw.dtype.type(0)
            for j in range(d.size):
                back += d[j] * w[j]
                dw[j] += a_i * d[j]
            da[n, i] = back


def weighted_sums_backward(a, W, delta, need_da=True, need_dW=True, need_db=True):
    """The gradients for a (N, n_in), W (n_in, n) and b (n,), from delta (N, n); None where one is not needed."""
    dtype = delta.dtype
    if len(delta) * W.size <= FEW:
        da, dW, db = np.empty(a.shape, dtype), np.empty(W.shape, dtype), np.empty(W.shape[1], dtype)
        weighted_sums_backward_at_once(a, W, delta, da, dW, db)
        return da, dW, db
    (N, n_in), n = a.shape, delta.shape[1]
    da, dW, db = None, None, None
    if need_da:
        # [eq:dense-da] $\partial L/\partial a^{l-1} = \delta^l (W^l)^T$
        da = np.empty((N, n_in), dtype)
        product(delta, W.T, np.zeros(n_in, dtype), da)
    if need_dW:
        # [eq:dense-dW] $\partial L/\partial W^l = (a^{l-1})^T \delta^l$
        dW = np.empty((n_in, n), dtype)
        product(a.T, delta, np.zeros(n, dtype), dW)
    if need_db:
        # [eq:dense-db] $\partial L/\partial b^l = \sum_n \delta^l_n$
        db = np.empty(n, dtype)
        sum_rows(delta, db)
    return da, dW, db
