"""KernelSHAP: which coalitions, with which weight, and the least squares that make Shapley values of them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import exact_shapley, kernel_shap
from tinynet.explain.kernel_shap import choose_coalitions, weighted_least_squares


def network(seed, n):
    return tn.Sequential([tn.Dense(5, "tanh", input_dim=n), tn.Dense(3, "softmax")], seed=seed)


def solved_again(table, M):
    """φ from the columns of a table alone, by another way: least squares with a multiplier for the condition."""
    Z = np.array([[str(i + 1) in S.strip("{}").split(",") for i in range(M)] for S in table["S"]], float)
    v, weight = table["v(S)"], table["weight"]
    nobody, everybody = np.flatnonzero(np.isinf(weight))
    inside = np.isfinite(weight)
    Z, y, w = Z[inside], v[inside] - v[nobody], weight[inside]
    system = np.block([[2 * Z.T @ (w[:, None] * Z), np.ones((M, 1))], [np.ones((1, M)), np.zeros((1, 1))]])
    return np.linalg.solve(system, np.append(2 * Z.T @ (w * y), v[everybody] - v[nobody]))[:M]


# ## Which coalitions


def test_the_weights_of_four_players_by_hand():
    # checks [eq:shapley-kernel]
    Z, weights = choose_coalitions(4, 14, np.random.RandomState(0))
    # 3/(4·1·3) = 1/4 for each of the 8 of size 1 and 3, 3/(6·2·2) = 1/8 for each of the 6 of size 2; in all 11/4
    expected = {1: 1 / 11, 2: 1 / 22, 3: 1 / 11}
    assert len({S.tobytes() for S in Z}) == len(Z) == 14
    for S, weight in zip(Z, weights):
        assert weight == pytest.approx(expected[S.sum()], rel=1e-14)


@given(st.integers(2, 12), st.integers(1, 5000), st.integers(0, 1000))
def test_the_budget_is_kept_and_the_weight_of_every_size_is_right(M, budget, seed):
    budget = min(budget, 2**M - 2)
    Z, weights = choose_coalitions(M, budget, np.random.RandomState(seed))
    sizes = Z.sum(axis=1)
    assert 0 < len(Z) <= budget and Z.shape[1] == M and (weights > 0).all()
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert sizes.min() >= 1 and sizes.max() <= M - 1
    # sizes 1 and M − 1 are taken whole as soon as their share of the budget suffices, and keep their share
    share = 1 / sum((M - 1) / (s * (M - s)) for s in range(1, M))
    ends = (sizes == 1) | (sizes == M - 1)
    if budget * share >= M:
        assert ends.sum() == len({S.tobytes() for S in Z[ends]}) == (2 * M if M > 2 else 2)
        assert weights[ends].sum() == pytest.approx((2 if M > 2 else 1) * share, rel=1e-12)
    if budget == 2**M - 2:
        assert len({S.tobytes() for S in Z}) == len(Z) == budget


def test_small_sizes_are_taken_whole_and_the_rest_is_drawn_in_pairs():
    Z, weights = choose_coalitions(10, 200, np.random.RandomState(0))
    sizes = Z.sum(axis=1)
    assert sum(sizes == 1) == sum(sizes == 9) == 10
    drawn = Z[20:]
    assert set(sizes[20:]) <= set(range(2, 9)) and len(Z) == 200
    # one after the other they are complements, but for those of size 5, whose complements are of size 5 too
    k, pairs = 0, 0
    while k < len(drawn) - 1:
        if sizes[20 + k] == 5:
            k += 1
            continue
        np.testing.assert_array_equal(drawn[k], ~drawn[k + 1])
        assert weights[20 + k] == weights[20 + k + 1]
        k, pairs = k + 2, pairs + 1
    assert pairs > 50
    share = (9 / 9) / sum(9 / (s * (10 - s)) for s in range(1, 10))
    assert weights[sizes == 1].sum() == pytest.approx(share, rel=1e-12)


def test_what_is_drawn_twice_counts_twice():
    # of 6 players, whose sizes 2 to 4 have 50 coalitions, 40 are drawn
    Z, weights = choose_coalitions(6, 52, np.random.RandomState(1))
    drawn = weights[12:] / weights[12:].min()
    assert len(Z) == 52 and drawn.max() > 1
    np.testing.assert_allclose(drawn, np.round(drawn), rtol=0, atol=1e-9)


def test_the_sizes_are_drawn_by_their_weight():
    Z, _ = choose_coalitions(40, 4000, np.random.RandomState(0))
    sizes = Z[80:].sum(axis=1)
    share = np.array([1 / (s * (40 - s)) for s in range(2, 39)])
    counts = np.bincount(sizes, minlength=39)[2:39]
    expected = len(sizes) * share / share.sum()
    # almost none is drawn twice but of size 2; five standard deviations
    assert (np.abs(counts - expected)[2:-2] < 5 * np.sqrt(2 * expected[2:-2])).all()


# ## The weighted line


def test_two_players_by_hand():
    # checks [eq:kernel-shap]
    # equal weights; v(1) = 1, v(2) = 3, v(12) = 10. With φ₂ = 10 − φ₁: (1 − φ₁)² + (3 − 10 + φ₁)² is least at 4
    Z = np.array([[True, False], [False, True]])
    assert weighted_least_squares(Z, np.array([0.5, 0.5]), np.array([1.0, 3.0]), 10.0).tolist() == [4, 6]
    # if only v(1) counts it is met exactly
    assert weighted_least_squares(Z, np.array([1.0, 0.0]), np.array([1.0, 3.0]), 10.0).tolist() == [1, 9]


@given(st.integers(1, 8), st.integers(1, 3), st.integers(0, 10_000), st.sampled_from(["identity", "logit"]))
def test_with_every_coalition_it_is_exact(n, rows, seed, link):
    rng = np.random.default_rng(seed)
    x, background = rng.normal(size=n), rng.normal(size=(rows, n))
    settings = {"output": "probability", "background": background, "link": link}
    found = kernel_shap(network(seed, n), x, 1, **settings)
    exact = exact_shapley(network(seed, n), x, 1, **settings)
    np.testing.assert_allclose(found.values, exact.values, rtol=0, atol=1e-12)
    assert found.reference == exact.reference
    assert found.details == {"coalitions": 2**n, "all of them": True}


@given(st.integers(3, 20), st.integers(0, 10_000))
def test_of_a_linear_function_any_sample_is_exact(n, seed):
    rng = np.random.default_rng(seed)
    w, x, background = rng.normal(size=n), rng.normal(size=n), rng.normal(size=(2, n))
    found = kernel_shap(lambda rows: rows @ w, x, background=background, samples=4 * n, seed=seed)
    np.testing.assert_allclose(found.values, w * (x - background.mean(axis=0)), rtol=0, atol=1e-11)


@given(st.integers(9, 14), st.integers(0, 10_000))
def test_completeness_dummy_symmetry_and_linearity_of_a_sample(n, seed):
    rng = np.random.default_rng(seed)
    net, x, background = network(seed, n), rng.normal(size=n), rng.normal(size=(2, n))
    background[:, 0] = x[0]
    f, g = (lambda rows, k=k: net.predict(rows)[:, k] for k in (0, 1))
    phi_f, phi_g, phi_sum = (
        kernel_shap(h, x, background=background, samples=150, seed=seed)
        for h in (f, g, lambda rows: f(rows) - 2 * g(rows))
    )
    assert abs(phi_f.residual["completeness error"]) < 1e-13
    assert phi_f.values[0] == 0
    np.testing.assert_allclose(phi_sum.values, phi_f.values - 2 * phi_g.values, rtol=0, atol=1e-12)
    # a function that treats its inputs alike: with every coalition also the values are alike
    alike = kernel_shap(lambda rows: np.tanh(rows.sum(axis=1)), np.ones(6))
    np.testing.assert_allclose(alike.values, np.tanh(6) / 6, rtol=0, atol=1e-13)


def test_more_samples_come_nearer_and_seeds_differ():
    net, rng = network(0, 12), np.random.default_rng(0)
    x, background = 2 * rng.normal(size=12), rng.normal(size=(3, 12))
    exact = exact_shapley(net, x, background=background).values

    def error(samples):
        return np.mean([
            np.abs(kernel_shap(net, x, background=background, samples=samples, seed=s).values - exact).max()
            for s in range(5)
        ])  # fmt: skip

    errors = [error(samples) for samples in (100, 600, 4094)]
    assert errors[0] > 2 * errors[1] > 0 and errors[2] < 1e-12
    one, other = (kernel_shap(net, x, background=background, samples=100, seed=s).values for s in (0, 1))
    assert (one != other).any()


def test_the_default_budget_and_its_number_of_features():
    found = kernel_shap(network(0, 14), np.ones(14))
    assert found.settings["samples"] is None and found.seed == 0
    assert found.details == {"coalitions": 2 * 14 + 2048 + 2, "all of them": False}
    few = np.zeros((1, 14))
    few[:, 3:] = 1
    assert kernel_shap(network(0, 14), np.ones(14), background=few).details == {"coalitions": 8, "all of them": True}
    # features beyond what a 64-bit number of coalitions could count
    assert kernel_shap(lambda rows: rows[:, 5], np.ones(70), samples=300).values[5] == pytest.approx(1, abs=1e-12)


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match=r"5 coalitions are too few to tell 10 features apart; .* default it is 2068"):
        kernel_shap(lambda rows: rows.sum(axis=1), np.ones(10), samples=5)
    for samples in (0, -1, 2.5, "many"):
        with pytest.raises(ValueError, match="samples is a whole number >= 1"):
            kernel_shap(lambda rows: rows.sum(axis=1), np.ones(3), samples=samples)
    with pytest.raises(ValueError, match="seed is a whole number >= 0"):
        kernel_shap(lambda rows: rows.sum(axis=1), np.ones(3), seed=-1)


# ## The working


@given(st.integers(1, 7), st.sampled_from([None, 20, 31]), st.integers(0, 10_000))
def test_the_table_gives_the_values(n, samples, seed):
    rng = np.random.default_rng(seed)
    x, background = rng.normal(size=n), rng.normal(size=(2, n))
    samples = None if n < 5 else samples
    found = kernel_shap(network(seed, n), x, background=background, samples=samples, seed=seed)
    np.testing.assert_allclose(solved_again(found.table(), n), found.values, rtol=0, atol=1e-12)
    for i in range(n):
        table = found.table(i)
        products = table["coefficient"] * (table["v(S)"] - table["v(S)"][0])
        assert products.sum() == pytest.approx(found.values[i], abs=1e-12)
        assert table["product"].tolist() == products.tolist()


def test_the_table_names_all_that_was_asked():
    found = kernel_shap(lambda rows: rows @ [1.0, 10, 100], [1.0, 1, 1], background=[[0, 0, 1]])
    table = found.table()
    assert dict(zip(table["S"], table["v(S)"])) == {"{}": 100, "{1}": 101, "{2}": 110, "{1,2}": 111}
    assert table["weight"].tolist() == [np.inf, 0.5, 0.5, np.inf]
    dummy = found.table(2)
    assert (dummy["coefficient"] == 0).all() and found.values[2] == 0


@pytest.mark.parametrize("n", [2, 3])
def test_all_coalitions_of_the_smallest_games(n):
    Z, weights = choose_coalitions(n, 2**n - 2, np.random.RandomState(0))
    inside = [S for S in product([False, True], repeat=n) if 0 < sum(S) < n]
    assert sorted(map(tuple, Z.tolist())) == sorted(inside)
    np.testing.assert_allclose(weights, 1 / len(Z), rtol=1e-15)
