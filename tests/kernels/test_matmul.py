"""The matrix product: by hand, exactly against the formula, within its rounding, and in every form of its factors."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import kernels
from tinynet.kernels.matmul import (
    matmul,
    product,
    product_by_blocks,
    product_by_formula,
    product_by_rows,
)
from tinynet.kernels.tile import ROWS, tiled_product

# More than two tiles of 32 columns, and rows and columns left over. Plain Python takes its time.
lengths = st.integers(0, 36 if numba.config.DISABLE_JIT else 70)
dtypes = st.sampled_from([np.float32, np.float64])
seeds = st.integers(0, 2**32 - 1)


def whole_product(A, B, start, C):
    """tiled_product for all rows and columns. Fewer rows than a tile's are not its business."""
    if A.shape[0] < ROWS:
        product_by_rows(A, B, start, C)
    else:
        tiled_product(A, B, False, False, start, C, 0, A.shape[0], 0, B.shape[1])


def packed_product(A, B, start, C):
    if A.shape[0] < ROWS:
        product_by_rows(A, B, start, C)
    else:
        tiled_product(A, B, False, True, start, C, 0, A.shape[0], 0, B.shape[1])


VERSIONS = [product_by_formula, product_by_rows, product_by_blocks, whole_product, packed_product, product]
versions = pytest.mark.parametrize("version", VERSIONS)


def compute(version, A, B, start):
    C = np.full((A.shape[0], B.shape[1]), np.nan, A.dtype)  # what was there before must not matter
    version(A, B, start, C)
    return C


def whole_numbers(shape, dtype, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A, B and start whose products and sums are exact in either dtype."""
    n, k, m = shape
    rng = np.random.default_rng(seed)
    A, B, start = (rng.integers(-9, 10, size).astype(dtype) for size in [(n, k), (k, m), m])
    return A, B, start


def real_numbers(shape, dtype, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A, B and start of all sizes from 1e-3 to 1e3."""
    n, k, m = shape
    rng = np.random.default_rng(seed)
    A, B, start = (
        (rng.standard_normal(size) * 10 ** rng.uniform(-3, 3, size)).astype(dtype) for size in [(n, k), (k, m), m]
    )
    return A, B, start


def exact(A: np.ndarray, B: np.ndarray, start: np.ndarray) -> np.ndarray:
    """start + AB for whole numbers, in integers."""
    return start.astype(np.int64) + A.astype(np.int64) @ B.astype(np.int64)


def assert_rounded_rightly(C: np.ndarray, A: np.ndarray, B: np.ndarray, start: np.ndarray) -> None:
    r"""$|C - (s + AB)| \le (k + 1)\,\epsilon\,(|s| + |A||B|)$, which leaves half for a reference in float64."""
    wide = np.longdouble
    reference = start.astype(wide) + A.astype(wide) @ B.astype(wide)
    bound = np.abs(start).astype(wide) + np.abs(A).astype(wide) @ np.abs(B).astype(wide)
    assert np.all(np.abs(C - reference) <= (A.shape[1] + 1) * np.finfo(C.dtype).eps * bound)


def spread(X: np.ndarray) -> np.ndarray:
    """The same matrix as every second entry of a larger one."""
    larger = np.full((2 * X.shape[0], 2 * X.shape[1]), np.nan, X.dtype)
    larger[::2, ::2] = X
    return larger[::2, ::2]


def backwards(X: np.ndarray) -> np.ndarray:
    return X[::-1, ::-1].copy()[::-1, ::-1]


def transposed(X: np.ndarray) -> np.ndarray:
    """The same matrix as the transpose of one that lies row by row."""
    return np.ascontiguousarray(X.T).T


LAYOUTS = [np.ascontiguousarray, transposed, spread, backwards]


# ## By hand


# checks [eq:matmul]
@versions
def test_by_hand(version) -> None:
    A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [0.0, 0.0], [-1.0, 1.0]])
    B = np.array([[10.0, 0.0, -1.0], [1.0, 2.0, 0.5]])
    C = compute(version, A, B, np.array([0.0, 100.0, 1000.0]))
    assert C.tolist() == [[12, 104, 1000], [34, 108, 999], [56, 112, 998], [0, 100, 1000], [-9, 102, 1001.5]]


# checks [eq:matmul]
def test_matmul_by_hand() -> None:
    C = matmul(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[10.0, 0.0, -1.0], [1.0, 2.0, 0.5]]))
    assert C.tolist() == [[12, 4, 0], [34, 8, -1], [56, 12, -2]]


def test_the_package_shows_it_as_kernels_matmul() -> None:
    assert kernels.matmul is matmul


# ## Every shape


# checks [eq:matmul]
@versions
@given(st.tuples(lengths, lengths, lengths), dtypes, seeds)
def test_every_version_is_the_formula(version, shape, dtype, seed: int) -> None:
    A, B, start = whole_numbers(shape, dtype, seed)
    np.testing.assert_array_equal(compute(version, A, B, start), exact(A, B, start))


# checks [eq:matmul]
@versions
@given(st.tuples(lengths, lengths, lengths), dtypes, seeds)
def test_an_entry_is_rounded_no_more_often_than_it_is_added_to(version, shape, dtype, seed: int) -> None:
    A, B, start = real_numbers(shape, dtype, seed)
    assert_rounded_rightly(compute(version, A, B, start), A, B, start)


# checks [eq:matmul]
@given(st.tuples(lengths, lengths, lengths), dtypes, seeds)
def test_matmul_is_the_formula(shape, dtype, seed: int) -> None:
    A, B, start = whole_numbers(shape, dtype, seed)
    C = matmul(A, B)
    assert C.dtype == dtype
    assert C.flags.c_contiguous and C.flags.writeable
    np.testing.assert_array_equal(C, exact(A, B, 0 * start))


# checks [eq:matmul]
@pytest.mark.compiled
@versions
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(67, 129, 253), (300, 70, 260), (193, 65, 33), (1001, 17, 31), (3, 500, 300)])
def test_large_odd_shapes(version, shape, dtype) -> None:
    A, B, start = real_numbers(shape, dtype, 0)
    assert_rounded_rightly(compute(version, A, B, start), A, B, start)
    A, B, start = whole_numbers(shape, dtype, 0)
    np.testing.assert_array_equal(compute(version, A, B, start), exact(A, B, start))


def test_no_terms_leave_the_start() -> None:
    start = np.arange(40.0)
    for version in VERSIONS:
        C = compute(version, np.ones((6, 0)), np.ones((0, 40)), start)
        np.testing.assert_array_equal(C, np.tile(start, (6, 1)))
    assert matmul(np.ones((2, 0)), np.ones((0, 3))).tolist() == [[0, 0, 0], [0, 0, 0]]


# ## Every form of the factors: A B, (a^{l-1})^T δ, δ W^T, and whatever else NumPy can show as a matrix


# checks [eq:matmul]
@given(st.tuples(lengths, lengths, lengths), dtypes, seeds, st.sampled_from(LAYOUTS), st.sampled_from(LAYOUTS))
def test_any_layout_in_memory_gives_the_same_product(shape, dtype, seed: int, layout_A, layout_B) -> None:
    A, B, start = whole_numbers(shape, dtype, seed)
    np.testing.assert_array_equal(compute(product, layout_A(A), layout_B(B), start), exact(A, B, start))
    np.testing.assert_array_equal(matmul(layout_A(A), layout_B(B)), exact(A, B, 0 * start))


# checks [eq:matmul]
@pytest.mark.compiled
@pytest.mark.parametrize("layout_A", LAYOUTS)
@pytest.mark.parametrize("layout_B", LAYOUTS)
@pytest.mark.parametrize(
    "shape",
    # B's columns used in place, and packed; A's read down, and copied, for they are long; too few rows for a tile
    [(40, 33, 70), (200, 31, 45), (21, 600, 40), (3, 90, 80)],
)
def test_any_layout_of_large_factors(shape, layout_A, layout_B) -> None:
    A, B, start = real_numbers(shape, np.float64, 1)
    C = compute(product, layout_A(A), layout_B(B), start)
    assert_rounded_rightly(C, A, B, start)
    np.testing.assert_array_equal(C, compute(product, A, B, start))  # to the last bit


def test_one_row_or_column_is_both_layouts_at_once() -> None:
    # NumPy calls such an array contiguous in either order; each must do.
    for n, k, m in [(1, 70, 80), (80, 70, 1), (80, 1, 70), (5, 1000, 1), (6, 1, 1000), (1, 1, 1)]:
        A, B, start = whole_numbers((n, k, m), np.float64, 2)
        for left in (A, transposed(A)):
            for right in (B, transposed(B)):
                np.testing.assert_array_equal(compute(product, left, right, start), exact(A, B, start))


def test_the_factors_may_be_read_only_and_stay_as_they_were() -> None:
    A, B = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    A.flags.writeable = B.flags.writeable = False
    np.testing.assert_array_equal(matmul(A, B), [[20, 23, 26, 29], [56, 68, 80, 92]])
    A, B, start = whole_numbers((20, 21, 22), np.float64, 3)
    expected = exact(A, B, 0 * start)
    before = A.tobytes(), B.tobytes()
    A.flags.writeable = B.flags.writeable = False
    np.testing.assert_array_equal(matmul(A, B), expected)  # large enough for the tile
    assert (A.tobytes(), B.tobytes()) == before


# ## NaN and infinity


def test_zero_times_nan_and_infinity_is_nan() -> None:
    # A loop that skips zeros would say 0.
    C = matmul(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[np.nan, 1.0], [1.0, np.inf]]))
    np.testing.assert_array_equal(C, [[np.nan, np.nan], [np.nan, np.nan]])


@versions
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_nan_and_infinity_reach_their_row_or_column_and_no_other(version, dtype) -> None:
    A, B, start = np.ones((21, 9), dtype), np.ones((9, 37), dtype), np.zeros(37, dtype)
    A[20, 8], A[5, 0] = np.nan, -np.inf
    B[8, 36], B[0, 3] = np.inf, 0
    start[7] = np.nan
    C = np.full((21, 37), 9.0)
    C[:, 3] = 8
    C[:, 36] = np.inf
    C[5] = -np.inf
    C[5, 3] = C[5, 36] = np.nan  # -inf * 0, and inf - inf
    C[20] = np.nan
    C[:, 7] = np.nan
    np.testing.assert_array_equal(compute(version, A, B, start), C)


# ## What matmul refuses


@pytest.mark.parametrize(
    ("shape_A", "shape_B"), [((2, 3), (2, 3)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 2, 3), (3, 2)), ((), ())]
)
def test_shapes_that_do_not_fit_are_named(shape_A, shape_B) -> None:
    with pytest.raises(ValueError, match=r"\(n, k\) and \(k, m\)") as error:
        matmul(np.ones(shape_A), np.ones(shape_B))
    assert f"not {shape_A} and {shape_B}" in str(error.value)


@pytest.mark.parametrize(
    ("dtype_A", "dtype_B"), [("f8", "f4"), ("f4", "f8"), ("i8", "i8"), ("f8", "i8"), ("c16", "c16"), ("f2", "f2")]
)
def test_dtypes_that_do_not_fit_are_named(dtype_A: str, dtype_B: str) -> None:
    with pytest.raises(TypeError, match=f"not {np.dtype(dtype_A)} and {np.dtype(dtype_B)}"):
        matmul(np.ones((2, 2), dtype_A), np.ones((2, 2), dtype_B))
