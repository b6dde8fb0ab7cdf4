r"""
# Exercises of chapter 8: kernels

The roofline, a logarithm that keeps its digits, an exponential made of multiplications and bits, a product in tiles,
and a sum that puts back what rounding took. Fill in the functions, then run

    pytest tutorials/exercises -k ch08

No function here has to be fast: a kernel is plain Python until it is compiled.
"""

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
    raise NotImplementedError


def log_sigmoid(z):
    r"""$\ln \sigma(z)$ of each number of an array, for every z from −1000 to 1000, without a warning.

    z: array, float64. Returns an array of its shape. All digits must be right, also where σ(z) is nearly 1 and its
    logarithm nearly 0. `log_sigmoid(np.array([-1000.0, 0.0, 40.0]))` is about
    `[-1000, -0.693147181, -4.248354255e-18]`. You may call np.exp, np.log1p and np.minimum.
    """
    raise NotImplementedError


def exp(x):
    r"""$e^x$ of each number of an array, for x from −700 to 700, within 2 ulp.

    x: array, float64. Returns an array of its shape. Reduce x to k and r with LN2_HIGH and LN2_LOW above, sum the
    series by Horner's rule (13 terms after the 1), and scale by $2^k$: np.ldexp(number, k) does that, for k of an
    integer type, `k.astype(int)`; or make $2^k$ of bits. No exponential and no power: np.exp, math.exp, expm1, `**`.
    `exp(np.array([1.0]))` is `[2.718281828459045]`.
    """
    raise NotImplementedError


def product_by_tiles(A, B, rows, columns):
    r"""C = AB, computed in tiles of C that have `rows` rows and `columns` columns.

    A: array (n, k). B: array (k, m). rows, columns: whole numbers >= 1; they need not divide n and m, and may be
    larger. Returns (n, m). Compute one tile after the other: start its sums at 0; for each p add the products of its
    part of column p of A with its part of row p of B (`np.outer` makes all of them); when p is through, store the
    tile in C, once. The whole of A and B must never be multiplied at once: no `@` and no np.matmul, np.dot, np.einsum.

    `product_by_tiles(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), 1, 1)` is `[[13, 16]]`.
    """
    raise NotImplementedError


def compensated_sum(x):
    r"""The sum of the numbers of x, as if computed with about twice the digits and rounded at the end.

    x: array (n,), float64. Returns a float. Add the numbers one after the other. At each addition, find out by two-sum
    what it lost, exactly; add up what was lost in a second sum; and add the two sums at the end. Two-sum, for an
    addition s = a + b of floats: b_arrived = s − a; lost = (a − (s − b_arrived)) + (b − b_arrived).

    `compensated_sum(np.array([1.0, 1e100, 1.0, -1e100]))` is 2.0, where sum says 0.0. No math.fsum, no longer floats.
    """
    raise NotImplementedError
