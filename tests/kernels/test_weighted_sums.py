"""The weighted sums of a layer and their gradients: by hand, and by the formulas for whole numbers, which are exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinynet.kernels.matmul import FEW
from tinynet.kernels.weighted_sums import sum_rows, weighted_sums, weighted_sums_backward

dtypes = st.sampled_from([np.float32, np.float64])
few = st.integers(0, 5)


def test_two_examples_by_hand() -> None:
    a, W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 10.0, 0.0], [2.0, 20.0, -1.0]]), np.array([5.0, 6, 7])
    # z_11 = 1·1 + 2·2 + 5, z_12 = 1·10 + 2·20 + 6, z_13 = −2 + 7; and with 3, 4 the second row
    assert weighted_sums(a, W, b).tolist() == [[10, 56, 5], [16, 116, 3]]


# checks [eq:input-gradient]
# checks [eq:weight-gradient]
# checks [eq:bias-gradient]
def test_their_gradients_by_hand() -> None:
    a, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 10.0, 0.0], [2.0, 20.0, -1.0]])
    delta = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]])
    da, dW, db = weighted_sums_backward(a, W, delta)
    # the first example reached z_11 and z_13: 1·1 + 2·0 for a_11, 1·2 + 2·(−1) for a_12
    assert da.tolist() == [[1, 0], [10, 17]]
    # w_11 met a_11 = 1 with δ_11 = 1 and a_21 = 3 with δ_21 = 0
    assert dW.tolist() == [[1, 3, 11], [2, 4, 16]]
    assert db.tolist() == [1, 1, 5]


# checks [eq:dense-da]
# checks [eq:dense-dW]
# checks [eq:dense-db]
# checks [eq:input-gradient]
# checks [eq:weight-gradient]
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("N", "n_in", "n"), [(1, 1, 1), (4, 2, 4), (3, 0, 2), (16, 16, 16), (17, 16, 16), (33, 20, 9)])
def test_small_and_large_layers_follow_the_same_formulas(N: int, n_in: int, n: int, dtype) -> None:
    assert (N * n_in * n <= FEW) == (N <= 16)  # on both sides of the limit
    rng = np.random.default_rng(0)
    a, W, b, delta = (rng.integers(-9, 10, shape).astype(dtype) for shape in [(N, n_in), (n_in, n), n, (N, n)])
    np.testing.assert_array_equal(weighted_sums(a, W, b), a @ W + b, strict=True)
    da, dW, db = weighted_sums_backward(a, W, delta)
    np.testing.assert_array_equal(da, delta @ W.T, strict=True)
    np.testing.assert_array_equal(dW, a.T @ delta, strict=True)
    np.testing.assert_array_equal(db, delta.sum(axis=0), strict=True)


@pytest.mark.parametrize("needed", [(True, False, False), (False, True, False), (False, False, True)])
def test_a_large_layer_computes_only_what_is_needed(needed: tuple[bool, bool, bool]) -> None:
    a, W, delta = np.ones((33, 20)), np.ones((20, 9)), np.ones((33, 9))
    gradients = weighted_sums_backward(a, W, delta, *needed)
    assert [g is not None for g in gradients] == list(needed)


def test_sum_rows_by_hand() -> None:
    db = np.full(3, np.nan)
    sum_rows(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]), db)
    assert db.tolist() == [11, 22, 33]


@given(dtypes.flatmap(lambda dtype: hnp.arrays(dtype, st.tuples(few, few), elements=st.integers(-9, 9))))
def test_sum_rows_is_the_formula(delta: np.ndarray) -> None:
    db = np.full(delta.shape[1], np.nan, delta.dtype)
    sum_rows(delta, db)
    assert db.tolist() == [sum(float(row[j]) for row in delta) for j in range(delta.shape[1])]
