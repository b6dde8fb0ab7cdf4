"""Permutation Shapley values: orders, there and back, and what they have from the first pair on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import exact_shapley, permutation_shap
from tinynet.explain.permutation_shap import coalitions_before, draw_orders


def network(seed, n):
    return tn.Sequential([tn.Dense(5, "tanh", input_dim=n), tn.Dense(3, "softmax")], seed=seed)


def test_orders_come_in_pairs_there_and_back():
    orders = draw_orders(5, 3, seed=0)
    assert orders.shape == (6, 5) and (np.sort(orders, axis=1) == np.arange(5)).all()
    np.testing.assert_array_equal(orders[0::2], orders[1::2, ::-1])
    assert len({order.tobytes() for order in orders}) > 2
    np.testing.assert_array_equal(orders, draw_orders(5, 3, seed=0))
    assert (orders != draw_orders(5, 3, seed=1)).any()


def test_who_is_in_before_each_step():
    before = coalitions_before(np.array([[2, 0, 1]]))
    assert before[0].astype(int).tolist() == [[0, 0, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]]


def test_three_features_by_hand():
    # checks [eq:permutation-shap]
    # f = a b + c at (1, 1, 1): whoever of a and b comes last brings 1, c always 1. There and back: one half each
    found = permutation_shap(lambda rows: rows[:, 0] * rows[:, 1] + rows[:, 2], [1.0, 1, 1], permutations=1)
    assert found.values.tolist() == [0.5, 0.5, 1]
    assert (found.method, found.details, found.seed) == ("permutation_shap", {"orders": 2}, 0)
    # f = a b c: the last one of the order brings 1, there and back another
    values = permutation_shap(lambda rows: rows.prod(axis=1), [1.0, 1, 1], permutations=1, seed=3).values
    first, _, last = draw_orders(3, 1, seed=3)[0]
    assert values[first] == values[last] == 0.5 and values.sum() == 1


@given(st.integers(1, 6), st.integers(0, 10_000))
def test_one_pair_is_exact_where_no_more_than_two_act_together(n, seed):
    rng = np.random.default_rng(seed)
    W, w, x, background = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n), rng.normal(size=(3, n))

    def f(rows):
        return ((rows @ W) * rows).sum(axis=1) + rows @ w

    found = permutation_shap(f, x, background=background, permutations=1, seed=seed)
    exact = exact_shapley(f, x, background=background)
    np.testing.assert_allclose(found.values, exact.values, rtol=0, atol=1e-12)


@given(st.integers(2, 9), st.integers(1, 4), st.integers(0, 10_000), st.sampled_from(["identity", "logit"]))
def test_completeness_dummy_and_linearity_for_any_number_of_orders(n, permutations, seed, link):
    rng = np.random.default_rng(seed)
    net, x, background = network(seed, n), rng.normal(size=n), rng.normal(size=(2, n))
    background[:, 0] = x[0]
    settings = {"background": background, "permutations": permutations, "seed": seed}
    found = permutation_shap(net, x, 2, output="probability", link=link, **settings)
    assert abs(found.residual["completeness error"]) < 1e-13
    assert found.values[0] == 0
    f, g = (lambda rows, k=k: net.predict(rows)[:, k] for k in (0, 1))
    phi_f, phi_g, phi_sum = (
        permutation_shap(h, x, **settings).values for h in (f, g, lambda rows: f(rows) + 3 * g(rows))
    )
    np.testing.assert_allclose(phi_sum, phi_f + 3 * phi_g, rtol=0, atol=1e-13)


def test_symmetry_holds_over_all_orders_and_more_orders_come_nearer():
    net, rng = network(0, 8), np.random.default_rng(0)
    x, background = 2 * rng.normal(size=8), rng.normal(size=(3, 8))
    exact = exact_shapley(net, x, background=background).values

    def error(permutations):
        found = [
            permutation_shap(net, x, None, background=background, permutations=permutations, seed=s) for s in range(5)
        ]
        return np.mean([np.abs(each.values - exact).max() for each in found])

    errors = [error(permutations) for permutations in (1, 10, 100)]
    assert errors[0] > 2 * errors[1] and errors[1] > 2 * errors[2] > 0
    alike = permutation_shap(lambda rows: np.tanh(rows.sum(axis=1)), np.ones(3), permutations=3000).values
    np.testing.assert_allclose(alike, np.tanh(3) / 3, rtol=0, atol=0.02)


def test_how_many_are_asked():
    sizes = []

    def predict(rows):
        sizes.append(len(rows))
        return rows.sum(axis=1)

    permutation_shap(predict, np.ones(6), permutations=4)
    # f(x) and nobody; then nobody and everybody, and 2 · 4 walks with five coalitions between them
    assert sum(sizes) == 2 + 2 + 8 * 5


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 10_000))
def test_the_table_gives_the_values(n, permutations, seed):
    rng = np.random.default_rng(seed)
    x, background = rng.normal(size=n), rng.normal(size=(2, n))
    if n > 2:
        background[:, 1] = x[1]
    found = permutation_shap(network(seed, n), x, background=background, permutations=permutations, seed=seed)
    everything = found.table()
    for i in range(n):
        table = found.table(i)
        differences = table["v(S ∪ i)"] - table["v(S)"]
        assert len(table) == 2 * permutations and set(table["i"]) == {str(i + 1)}
        assert differences.mean() == pytest.approx(found.values[i], abs=1e-12)
        assert table["difference"].tolist() == differences.tolist()
        if (background[:, i] != x[i]).any():
            rows = everything["i"] == str(i + 1)
            assert everything["difference"][rows].mean() == pytest.approx(found.values[i], abs=1e-12)


def test_the_table_walks_the_orders():
    found = permutation_shap(lambda rows: rows @ [1.0, 10], [1.0, 1], permutations=1)
    table = found.table()
    assert table["order"].tolist() == [1, 1, 2, 2]
    assert table["S"][[0, 2]].tolist() == ["{}", "{}"] and table["i"][0] == table["i"][3] != table["i"][1]
    assert found.table(0).formula == "φ_1 = mean of the differences"


def test_bad_settings_are_refused():
    for permutations in (0, -1, 1.5):
        with pytest.raises(ValueError, match="permutations is a whole number >= 1"):
            permutation_shap(lambda rows: rows.sum(axis=1), np.ones(3), permutations=permutations)
    with pytest.raises(ValueError, match="seed is a whole number >= 0"):
        permutation_shap(lambda rows: rows.sum(axis=1), np.ones(3), seed=0.5)
