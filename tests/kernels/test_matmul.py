"""The matrix product: by hand, exactly against the three loops of the formula, and with the right rounding."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinynet import kernels
from tinynet.kernels.matmul import add_product, matmul, sum_rows, weighted_sums

lengths = st.integers(0, 5)
dtypes = st.sampled_from([np.float32, np.float64])
whole = st.integers(-9, 9)  # products and sums of small whole numbers are exact in either dtype


@st.composite
def factors(draw, elements=whole, dtype=None):
    """A (n, k) and B (k, m), of one dtype."""
    n, k, m = draw(lengths), draw(lengths), draw(lengths)
    dtype = dtype or draw(dtypes)
    return draw(hnp.arrays(dtype, (n, k), elements=elements)), draw(hnp.arrays(dtype, (k, m), elements=elements))


def formula(A: np.ndarray, B: np.ndarray) -> list[list[Fraction]]:
    """C_ij = Σ_p A_ip B_pj as it stands, in whole fractions: no rounding."""
    a = [[Fraction(float(number)) for number in row] for row in A]
    b = [[Fraction(float(number)) for number in row] for row in B]
    return [[sum(a[i][p] * b[p][j] for p in range(len(b))) for j in range(B.shape[1])] for i in range(len(a))]


# ## AB


# checks [eq:matmul]
def test_matmul_by_hand() -> None:
    C = matmul(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[10.0, 0.0, -1.0], [1.0, 2.0, 0.5]]))
    assert C.tolist() == [[12, 4, 0], [34, 8, -1], [56, 12, -2]]


def test_the_package_shows_it_as_kernels_matmul() -> None:
    assert kernels.matmul is matmul


# checks [eq:matmul]
@given(factors())
def test_matmul_is_the_formula(pair) -> None:
    A, B = pair
    C = matmul(A, B)
    assert C.shape == (A.shape[0], B.shape[1])
    assert C.dtype == A.dtype
    assert C.flags.c_contiguous and C.flags.writeable
    assert C.tolist() == formula(A, B)


# checks [eq:matmul]
@given(factors(elements=st.floats(-1e3, 1e3), dtype=np.float64))
def test_each_entry_is_rounded_at_most_k_times(pair) -> None:
    A, B = pair
    k = A.shape[1]
    bound = k * np.finfo(np.float64).eps * (np.abs(A) @ np.abs(B)) + 1e-300
    exact = np.array(formula(A, B), float).reshape(len(A), B.shape[1])
    assert np.all(np.abs(matmul(A, B) - exact) <= bound)


@given(factors(), st.integers(0, 3), st.integers(0, 3))
def test_any_layout_in_memory_gives_the_same_product(pair, layout_A: int, layout_B: int) -> None:
    layouts = [
        np.ascontiguousarray,
        np.asfortranarray,  # column by column, as a transposed array is
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],  # every second column of a larger array
        lambda X: X[::-1, ::-1].copy()[::-1, ::-1],  # backwards
    ]
    A, B = pair
    np.testing.assert_array_equal(matmul(layouts[layout_A](A), layouts[layout_B](B)), matmul(A, B))


def test_the_factors_may_be_read_only_and_stay_as_they_were() -> None:
    A, B = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    A.flags.writeable = B.flags.writeable = False
    np.testing.assert_array_equal(matmul(A, B), [[20, 23, 26, 29], [56, 68, 80, 92]])
    assert A.tolist() == np.arange(6.0).reshape(2, 3).tolist()
    assert B.tolist() == np.arange(12.0).reshape(3, 4).tolist()


def test_zero_times_nan_and_infinity_is_nan() -> None:
    # A loop that skips zeros would say 0.
    C = matmul(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[np.nan, 1.0], [1.0, np.inf]]))
    np.testing.assert_array_equal(C, [[np.nan, np.nan], [np.nan, np.nan]])


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


# ## The pieces of it that a layer uses


def test_add_product_adds_to_what_is_there() -> None:
    C = np.array([[100.0, 200.0]])
    add_product(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [10.0, 1.0]]), C)
    assert C.tolist() == [[121, 202]]


# checks [eq:affine]
def test_weighted_sums_by_hand() -> None:
    # Two examples, three inputs, two neurons: z_j = Σ_i a_i w_ij + b_j.
    a = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    W = np.array([[1.0, -1.0], [0.5, 2.0], [-2.0, 0.0]])
    z = np.full((2, 2), np.nan)
    weighted_sums(a, W, np.array([10.0, 20.0]), z)
    assert z.tolist() == [[10 + 1 + 1 - 6, 20 - 1 + 4], [10.5, 22]]


# checks [eq:affine]
@given(factors(), st.data())
def test_weighted_sums_are_the_formula(pair, data) -> None:
    a, W = pair
    b = data.draw(hnp.arrays(a.dtype, W.shape[1], elements=whole))
    z = np.full((a.shape[0], W.shape[1]), np.nan, a.dtype)
    weighted_sums(a, W, b, z)
    assert z.tolist() == [[c + Fraction(float(bias)) for c, bias in zip(row, b)] for row in formula(a, W)]


# checks [eq:bias-gradient]
def test_sum_rows_by_hand() -> None:
    db = np.full(3, np.nan)
    sum_rows(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]), db)
    assert db.tolist() == [11, 22, 33]


# checks [eq:bias-gradient]
@given(dtypes.flatmap(lambda dtype: hnp.arrays(dtype, st.tuples(lengths, lengths), elements=whole)))
def test_sum_rows_is_the_formula(delta: np.ndarray) -> None:
    db = np.full(delta.shape[1], np.nan, delta.dtype)
    sum_rows(delta, db)
    assert db.tolist() == [sum(float(row[j]) for row in delta) for j in range(delta.shape[1])]
