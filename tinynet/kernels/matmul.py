r"""
# The matrix product

Nearly all the arithmetic of a network is one formula, $C_{ij} = \sum_p A_{ip} B_{pj}$: the weighted sums
$z = aW$ of a layer, and, on the way back, $(a^{l-1})^T \delta^l$ and $\delta^{l+1} (W^{l+1})^T$.

An $n \times k$ by $k \times m$ product takes $nkm$ multiplications and as many additions. The formula's own
order of loops (i, j, p) walks down a *column* of $B$, one far-away number a step. The order i, p, j adds
multiples of *rows*: memory is read as it lies, and one vector instruction does several $j$ at once.

Read next: [activations](activations.py).
"""

import numpy as np

from .jit import kernel


@kernel
def add_product(A, B, C):
    """C += AB. A (n, k) in any memory order, B (k, m) and C (n, m) row by row, one dtype."""
    for i in range(A.shape[0]):
        c = C[i]
        for p in range(A.shape[1]):
            a, b = A[i, p], B[p]
            # [eq:matmul] $C_{ij} = \sum_p A_{ip} B_{pj}$, one p at a time
            for j in range(b.size):
                c[j] += a * b[j]


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
    C = np.zeros((A.shape[0], B.shape[1]), A.dtype)
    add_product(A, np.ascontiguousarray(B), C)
    return C


@kernel
def weighted_sums(a, W, b, z):
    """The weighted sums of a layer. a (N, k), W (k, n), b (n,) -> z (N, n)."""
    # [eq:affine] $z_j = \sum_i a_i w_{ij} + b_j$: each row of z starts from the bias
    for row in range(z.shape[0]):
        z[row, :] = b
    add_product(a, W, z)


@kernel
def sum_rows(delta, db):
    r"""The bias gradient. delta (N, n) -> db (n,)."""
    db[:] = 0
    for row in range(delta.shape[0]):
        d = delta[row]
        # [eq:bias-gradient] $\partial L/\partial b_j = \sum_n \delta_{nj}$
        for j in range(d.size):
            db[j] += d[j]
