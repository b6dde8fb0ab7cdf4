"""The weighted plane: small ones by hand, choices of columns against trying all of them, and what degenerates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.explain.ridge import (
    LocalPlane,
    distances_from_first,
    forward_selection,
    largest_products,
    r_squared,
    ridge,
    weighted_mean,
    weighted_products,
)


def equations(X, f, weights):
    """XᵀWX and XᵀWf by the definition."""
    X, f, weights = (np.asarray(a, float) for a in (X, f, weights))
    X, f = X - np.average(X, axis=0, weights=weights), f - np.average(f, weights=weights)
    return X.T @ np.diag(weights) @ X, X.T @ np.diag(weights) @ f


# ## Distances and weights


# checks [eq:euclidean-distance]
def test_distances_by_hand():
    assert distances_from_first(np.array([[1.0, 1], [4, 5], [1, 1], [1, -1]])).tolist() == [0, 5, 0, 2]


# checks [eq:lime-weight]
def test_weights_by_hand():
    # at a distance of one width e^{-1/2}, at two e^{-2}
    plane = LocalPlane(np.arange(3.0)[:, np.newaxis], np.arange(3.0), np.array([0, 0.5, 1]), 0.5, 1)
    np.testing.assert_allclose(plane.weights, np.exp([0, -0.5, -2]), rtol=1e-15)


def test_neighbours_that_do_not_count_at_all():
    X, f = np.arange(5.0)[:, np.newaxis], np.arange(5.0)
    alone = LocalPlane(X, f, np.array([0, 1, 2, 3, 1e300]), 1e-200, 1)
    assert alone.weights.tolist() == [1, 0, 0, 0, 0]
    assert (alone.coefficients.tolist(), alone.intercept, alone.r_squared) == ([0], 0, 1)


def test_the_weighted_mean():
    X = np.array([[1.0, 0.1], [4, 0.1], [7, 0.1]])
    mean = weighted_mean(X, np.array([1.0, 1, 2]))
    assert mean[0] == 4.75
    # of equal numbers, which do not add up so well, to the bit
    assert weighted_mean(np.full((700, 1), 0.1), np.linspace(0, 1, 700)).tolist() == [0.1] == [mean[1]]


# ## The plane


# checks [eq:weighted-ridge]
def test_a_line_by_hand():
    # x is 0, 1, 2; without means -1, 0, 1: Σx² = 2, Σxf = 3 + 3 = 6, so the slope is 6/2, and 6/3 with α = 1
    X, f, weights = np.array([[0.0], [1], [2]]), np.array([1.0, 4, 7]), np.ones(3)
    XWX, XWf = equations(X, f, weights)
    assert (XWX.tolist(), XWf.tolist()) == ([[2]], [6])
    assert ridge(XWX, XWf, 0).tolist() == [3] and ridge(XWX, XWf, 1).tolist() == [2]
    plane = LocalPlane(X, f, np.zeros(3), 1, 1)
    assert (plane.coefficients.tolist(), plane.intercept, plane.fit.tolist()) == ([2], 2, [2, 4, 6])


# checks [eq:weighted-r-squared]
def test_r_squared_by_hand():
    # f = 1, 4, 7 varies by 9 + 0 + 9; the fit 2, 4, 6 is off by 1 + 0 + 1
    f = np.array([1.0, 4, 7])
    assert r_squared(f, np.array([2.0, 4, 6]), np.ones(3), 18.0) == pytest.approx(1 - 2 / 18)
    # a row that does not count may be anywhere
    assert r_squared(f, np.array([1.0, 4, 100]), np.array([1.0, 1, 0]), 4.5) == 1
    assert LocalPlane(np.array([[0.0], [1], [2]]), f, np.zeros(3), 1, 1).r_squared == pytest.approx(8 / 9)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_no_other_plane_is_better(M, N, seed):
    """The slopes make Σ w (f - fit)² + Σ β² smallest: from there it rises in every direction."""
    rng = np.random.default_rng(seed)
    X, f, distances = rng.normal(size=(N, M)), rng.normal(size=N), rng.exponential(size=N)
    plane = LocalPlane(X, f, distances, 1.0, M)

    def price(slopes, intercept):
        return (plane.weights * (f - intercept - X @ slopes) ** 2).sum() + (slopes**2).sum()

    least = price(plane.coefficients, plane.intercept)
    for _ in range(5):
        step, up = rng.normal(scale=1e-3, size=M), rng.normal(scale=1e-3)
        assert price(plane.coefficients + step, plane.intercept + up) > least
    np.testing.assert_allclose(plane.fit, plane.intercept + X @ plane.coefficients, atol=1e-13)


@pytest.mark.parametrize("N", [1, 2, 3, 4, 5, 50])
def test_rows_are_summed_four_at_a_time(N):
    rng = np.random.default_rng(N)
    X, f, weights = rng.normal(size=(N, 3)), rng.normal(size=N), rng.uniform(size=N)
    means, mean = weighted_mean(X, weights), weighted_mean(f[:, np.newaxis], weights)
    np.testing.assert_allclose(means, np.average(X, axis=0, weights=weights), rtol=1e-13)
    XWX, XWf, variation = weighted_products(X, f, weights, means, mean)
    by_definition = equations(X, f, weights)
    np.testing.assert_allclose(XWX, by_definition[0], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(XWf, by_definition[1], rtol=1e-12, atol=1e-13)
    assert variation == pytest.approx((weights * (f - mean) ** 2).sum(), rel=1e-12)
    np.testing.assert_allclose(distances_from_first(X), np.linalg.norm(X - X[0], axis=1), rtol=1e-14)


def test_what_is_constant_has_no_slope_and_constant_answers_are_explained():
    X = np.column_stack([np.full(600, 0.1), np.arange(600.0)])
    flat = LocalPlane(X, np.full(600, 0.7), np.zeros(600), 1, 2)
    assert (flat.coefficients.tolist(), flat.intercept, flat.r_squared) == ([0, 0], 0.7, 1)
    assert LocalPlane(X, X[:, 1], np.zeros(600), 1, 2).coefficients[0] == 0


# ## Few columns


def best_by_trying(X, f, weights, count):
    """Forward selection as it is defined: every plane is fitted, by least squares, and the one with the largest R²."""
    root = np.sqrt(weights)[:, np.newaxis]
    chosen = []
    for _ in range(count):
        left = {}
        for i in set(range(X.shape[1])) - set(chosen):
            A = root * np.column_stack([np.ones(len(X)), X[:, [*chosen, i]]])
            left[i] = ((A @ np.linalg.lstsq(A, root[:, 0] * f, rcond=None)[0] - root[:, 0] * f) ** 2).sum()
        chosen.append(min(sorted(left), key=left.__getitem__))
    return chosen


# checks [eq:forward-selection]
@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_forward_selection_takes_what_fits_best(M, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, M)) @ rng.normal(size=(M, M))
    f, weights = rng.normal(size=40) + X @ rng.normal(size=M), rng.uniform(0.1, 1, 40)
    assert forward_selection(*equations(X, f, weights), M) == best_by_trying(X, f, weights, M)


def test_forward_selection_by_hand():
    # f = 3 x₁ + 2 x₂; x₃ = x₁ + x₂ alone fits better than either, but after x₁ or x₂ has nothing to add to both
    x1, x2 = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    X, f = np.column_stack([x1, x2, x1 + x2]), 3 * x1 + 2 * x2
    assert forward_selection(*equations(X, f, np.ones(4)), 3) == [2, 0, 1]


def test_of_equal_columns_the_first_is_chosen_and_the_second_last():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 50))
    X = np.column_stack([np.ones(50), b, a, a])
    assert forward_selection(*equations(X, 5 * a + b, np.ones(50)), 4) == [2, 1, 0, 3]


@pytest.mark.parametrize("seed", range(20))
def test_a_column_that_is_a_sum_of_others_comes_last(seed):
    # what rounding leaves of it must not be taken for a column
    a, b, c, f = np.random.default_rng(seed).normal(size=(4, 50))
    chosen = forward_selection(*equations(np.column_stack([a + b, a, b, c]), 9 * (a + b) + f, np.ones(50)), 4)
    assert chosen[0] == 0 and chosen[3] in (1, 2)


# checks [eq:weighted-ridge]
def test_the_largest_products_are_of_slope_and_x():
    # orthogonal columns with Σx² = 8: the slopes are nearly 1, 2, 3
    X = np.array([[x, y, z] for x in (1.0, -1) for y in (1.0, -1) for z in (1.0, -1)])
    XWX, XWf = equations(X, X @ [1, 2, 3], np.ones(8))
    np.testing.assert_allclose(ridge(XWX, XWf, 0.01), np.array([1, 2, 3]) * 8 / 8.01, rtol=1e-14)
    assert largest_products(XWX, XWf, np.array([1.0, 1, 1]), 2).tolist() == [2, 1]
    assert largest_products(XWX, XWf, np.array([-9.0, 1, 1]), 2).tolist() == [0, 2]
    # a short column has a small slope by α alone: of 0.001 + α = 0.011 it takes more than 0.0109 to pass 1/1.01
    short = np.diag([0.001, 1])
    assert largest_products(short, np.array([0.0110, 1]), np.ones(2), 1).tolist() == [0]
    assert largest_products(short, np.array([0.0108, 1]), np.ones(2), 1).tolist() == [1]
    # equal ones in their order
    assert largest_products(XWX, XWf, np.zeros(3), 2).tolist() == [0, 1]


def test_up_to_six_are_chosen_one_by_one_and_more_by_their_products():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 9))
    X[0] = [100, *np.full(8, 1e-3)]
    f = X[:, 1:] @ np.arange(1, 9) + 1e-2 * X[:, 0]
    six, seven = (LocalPlane(X, f, np.ones(60), 10, k) for k in (6, 7))
    assert six.chosen.tolist() == [3, 4, 5, 6, 7, 8] and seven.chosen.tolist()[0] == 0
    assert np.flatnonzero(seven.coefficients).tolist() == seven.chosen.tolist()
    assert LocalPlane(X, f, np.ones(60), 10, 50).chosen.tolist() == list(range(9))


# ## The table


def test_the_table_holds_what_the_slopes_come_from():
    rng = np.random.default_rng(4)
    X, f, distances = rng.normal(size=(30, 8)), rng.normal(size=30), rng.exponential(size=30)
    plane = LocalPlane(X, f, distances, 1.0, 7)
    names = [f"c_{i}" for i in range(8)]
    table = plane.table("Title", names, "c_i is a column.", None)
    chosen = [names[i] for i in plane.chosen]
    assert list(table.columns) == [*chosen, "distance", "w", "f", "fit"]
    XWX, XWf = equations(np.column_stack([table[name] for name in chosen]), table["f"], table["w"])
    again = np.linalg.solve(XWX + np.eye(7), XWf)
    np.testing.assert_allclose(again, plane.coefficients[plane.chosen], rtol=1e-12)
    assert "7 of 8 columns were chosen by the largest |β X_0|" in table.formula
    assert "All columns" in LocalPlane(X, f, distances, 1.0, 8).table("", names, "", None).formula
    assert (
        "3 of 8 columns were chosen one by one" in LocalPlane(X, f, distances, 1.0, 3).table("", names, "", 0).formula
    )


def test_the_table_of_one_column():
    rng = np.random.default_rng(5)
    X, f, distances = rng.normal(size=(30, 8)), rng.normal(size=30), rng.exponential(size=30)
    plane = LocalPlane(X, f, distances, 1.0, 7)
    names = [f"c_{i}" for i in range(8)]
    for i in range(8):
        table = plane.table("Title", names, "c_i is a column.", i)
        if i not in plane.chosen:
            assert "φ = 0" in table.formula and "others" not in table.columns
            continue
        w, x = table["w"], table[f"c_{i}"]
        x = x - np.average(x, weights=w)
        slope = (w * x * (table["f"] - table["others"])).sum() / ((w * x**2).sum() + 1)
        assert slope == pytest.approx(plane.coefficients[i], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("size", [2.0**-700, 2.0**900])
def test_the_size_of_f_is_a_unit_and_nothing_else(size):
    rng = np.random.default_rng(0)
    X, f = rng.normal(size=(50, 3)), rng.normal(size=50)
    distances = distances_from_first(X)
    plane, other = (LocalPlane(X, f * unit, distances, 1.0, 2) for unit in (1, size))
    assert other.r_squared == plane.r_squared
    assert (other.coefficients / size).tolist() == plane.coefficients.tolist()
    assert (other.intercept / size, (other.fit / size).tolist()) == (plane.intercept, plane.fit.tolist())
