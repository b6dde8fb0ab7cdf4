r"""
# Solutions of chapter 8: kernels

**6, with a pencil.** $-3/0.69315 = -4.328$, so $k = -4$ and $r = -3 + 4 \cdot 0.69315 = -0.2274$. The terms of
$e^r$ are $1 - 0.2274 + 0.02586 - 0.00196 + 0.00011 = 0.79661$, and $e^{-3} = 0.79661/16 = 0.04979$, as it should be:
the exact value is $0.049787\dots$

**7, with a pencil.** In registers of 8 numbers: 4 × 32 needs $4 \cdot 4$ for the sums, 4 for the row of $B$ and 1 for
the number of $A$, that is 21. 8 × 16 needs $8 \cdot 2 + 2 + 1 = 19$ and 8 × 24 needs $8 \cdot 3 + 3 + 1 = 28$; 8 × 32
needs $8 \cdot 4 + 4 + 1 = 37$, more than there are. For each number loaded the first three do $128/36 = 3.56$,
$128/24 = 5.33$ and $192/32 = 6$ multiplications, so by this count 8 × 24 is the best. (tinynet has 4 × 32 all the same.
A vector of $B$ is one instruction for 8 numbers, and batches that have few rows fill a flat tile better.)
"""

import numpy as np

# ln 2 in two parts: the first has so few digits that a whole number up to 1100 times it is exact.
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


def roofline(peak, bandwidth, operations, bytes_moved):
    r"""The shortest time that a kernel can take, and what limits it.

    peak: operations a second. bandwidth: bytes a second. operations, bytes_moved: what the kernel does, in all.
    Computing and moving overlap, so the slower of the two decides. Returns a pair (seconds, limit), where limit is
    "memory" or "arithmetic", whichever takes longer; "memory" where both take the same.

    With a peak of 40e9 and a bandwidth of 20e9, a ReLU of a million float64 does 1e6 operations on 16e6 bytes:
    `roofline(40e9, 20e9, 1e6, 16e6)` is `(0.0008, "memory")`.
    """
    # The roof of the chapter, min(βI, P), is the same statement: operations divided by this time.
    computing, moving = operations / peak, bytes_moved / bandwidth
    return (computing, "arithmetic") if computing > moving else (moving, "memory")


def log_sigmoid(z):
    r"""$\ln \sigma(z)$ of each number of an array, for every z from −1000 to 1000, without a warning.

    z: array, float64. Returns an array of its shape. All digits must be right, also where σ(z) is nearly 1 and its
    logarithm nearly 0. `log_sigmoid(np.array([-1000.0, 0.0, 40.0]))` is about
    `[-1000, -0.693147181, -4.248354255e-18]`. You may call np.exp, np.log1p and np.minimum.
    """
    # ln σ(z) = −ln(1 + e^(−z)). For z < 0 the power is larger than 1: take it out, e^(−z) (1 + e^z), and the result is
    # z − ln(1 + e^z). Both cases are min(0, z) − ln(1 + e^(−|z|)), and log1p does not add the 1.
    return np.minimum(0, z) - np.log1p(np.exp(-np.abs(z)))


def exp(x):
    r"""$e^x$ of each number of an array, for x from −700 to 700, within 2 ulp.

    x: array, float64. Returns an array of its shape. Reduce x to k and r with LN2_HIGH and LN2_LOW above, sum the
    series by Horner's rule (13 terms after the 1), and scale by $2^k$: np.ldexp(number, k) does that, for k of an
    integer type, `k.astype(int)`; or make $2^k$ of bits. No exponential and no power: np.exp, math.exp, expm1, `**`.
    `exp(np.array([1.0]))` is `[2.718281828459045]`.
    """
    # k = round(x / ln 2) makes |r| at most ½ ln 2, where 13 terms are enough. The first part of ln 2 is so short that
    # its product with k is exact; what is left is small, so its rounding is too.
    k = np.rint(x / (LN2_HIGH + LN2_LOW))
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    # 1 + r (1 + r/2 (1 + r/3 (1 + ...))) is the same series: each term is the one before times r/n.
    total = np.ones_like(r)
    for n in range(13, 0, -1):
        total = 1 + r / n * total
    return np.ldexp(total, k.astype(int))


def product_by_tiles(A, B, rows, columns):
    r"""C = AB, computed in tiles of C that have `rows` rows and `columns` columns.

    A: array (n, k). B: array (k, m). rows, columns: whole numbers >= 1; they need not divide n and m, and may be
    larger. Returns (n, m). Compute one tile after the other: start its sums at 0; for each p add the products of its
    part of column p of A with its part of row p of B (`np.outer` makes all of them); when p is through, store the
    tile in C, once. The whole of A and B must never be multiplied at once: no `@` and no np.matmul, np.dot, np.einsum.

    `product_by_tiles(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), 1, 1)` is `[[13, 16]]`.
    """
    # A slice that ends beyond the array ends with the array: so the last tiles come out smaller, where tiles do not
    # divide C. tinynet's tile cannot be smaller; it moves up instead, and computes some sums a second time.
    n, k, m = A.shape[0], A.shape[1], B.shape[1]
    C = np.empty((n, m))
    for i in range(0, n, rows):
        for j in range(0, m, columns):
            a, b = A[i : i + rows], B[:, j : j + columns]
            sums = np.zeros((a.shape[0], b.shape[1]))
            for p in range(k):
                sums += np.outer(a[:, p], b[p])
            C[i : i + rows, j : j + columns] = sums
    return C


def compensated_sum(x):
    r"""The sum of the numbers of x, as if computed with about twice the digits and rounded at the end.

    x: array (n,), float64. Returns a float. Add the numbers one after the other. At each addition, find out by two-sum
    what it lost, exactly; add up what was lost in a second sum; and add the two sums at the end. Two-sum, for an
    addition s = a + b of floats: b_arrived = s − a; lost = (a − (s − b_arrived)) + (b − b_arrived).

    `compensated_sum(np.array([1.0, 1e100, 1.0, -1e100]))` is 2.0, where sum says 0.0. No math.fsum, no longer floats.
    """
    # What an addition loses is smaller than the sum by 16 digits, so the second sum keeps 16 further digits.
    total, lost = 0.0, 0.0
    for number in x:
        s = total + number
        arrived = s - total
        lost += (total - (s - arrived)) + (number - arrived)
        total = s
    return total + lost
