"""Exact Shapley values: games by hand, the sum over all orders, and the four properties that define them."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import Question, exact_shapley
from tinynet.explain.coalitions import Game
from tinynet.explain.exact_shapley import MOST, all_coalitions, shapley_values, shapley_weights


def network(seed, n, rng):
    activation = rng.choice(["relu", "tanh", "sigmoid", "gelu"])
    return tn.Sequential([tn.Dense(rng.integers(1, 8), activation, input_dim=n), tn.Dense(2, "softmax")], seed=seed)


def over_all_orders(game) -> np.ndarray:
    """The mean over all M! orders of what each player brings: the definition, word by word."""
    M = len(game.players)
    phi, orders = np.zeros(M), list(permutations(range(M)))
    for order in orders:
        inside = np.zeros((1, M), bool)
        for i in order:
            before = game.values(inside)[0]
            inside[0, i] = True
            phi[i] += game.values(inside)[0] - before
    return phi / len(orders)


# ## By hand


def test_two_and_three_players_by_hand():
    # checks [eq:shapley]
    # v(∅) = 0, v(1) = 1, v(2) = 3, v(12) = 10: each is first in one of the two orders
    assert shapley_values(np.array([0.0, 1, 3, 10])).tolist() == [(1 + 7) / 2, (3 + 9) / 2]
    # gloves: player 1 has a left one, 2 and 3 a right one; a pair is worth 1. Shapley: 2/3, 1/6, 1/6
    v = np.array([0.0, 0, 0, 1, 0, 1, 0, 1])
    np.testing.assert_allclose(shapley_values(v), [2 / 3, 1 / 6, 1 / 6], rtol=0, atol=1e-15)


def test_the_weights_are_shares_of_the_orders():
    # checks [eq:shapley-weight]
    # of 4 players and 24 orders: nobody before i in 6, a given one in 2, given two in 2, all three in 6
    np.testing.assert_allclose(24 * shapley_weights(4), [6, 2, 2, 6], rtol=1e-15)


def test_coalitions_are_the_bits_of_their_number():
    assert all_coalitions(3)[6].tolist() == [False, True, True]
    assert all_coalitions(0).shape == (1, 0)


def test_an_and_shares_equally_what_both_are_needed_for():
    found = exact_shapley(lambda rows: rows[:, 0] * rows[:, 1], [1.0, 1.0])
    assert found.values.tolist() == [0.5, 0.5] and found.residual == {"completeness error": 0}
    assert (found.prediction, found.reference, found.method) == (1, 0, "exact_shapley")
    assert found.details == {"coalitions": 4}


def test_of_a_linear_function_each_gets_weight_times_distance_from_the_mean():
    w, x = np.array([2.0, -1.0, 0.5]), np.array([1.0, 2.0, 3.0])
    background = np.array([[0.0, 0, 0], [4, 2, 1]])
    found = exact_shapley(lambda rows: rows @ w + 7, x, background=background)
    np.testing.assert_allclose(found.values, w * (x - background.mean(axis=0)), rtol=0, atol=1e-14)


# ## The definition and its four properties


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000), st.sampled_from(["identity", "logit"]))
def test_it_is_the_mean_over_all_orders(n, rows, seed, link):
    rng = np.random.default_rng(seed)
    net, x, background = network(seed, n, rng), rng.normal(size=n), rng.normal(size=(rows, n))
    found = exact_shapley(net, x, 1, output="probability", background=background, link=link)
    game = Game(Question(net, x, 1, "probability"), background, link)
    np.testing.assert_allclose(found.values, over_all_orders(game), rtol=0, atol=1e-13)
    assert abs(found.residual["completeness error"]) < 1e-13
    mean = found.question.f(x[np.newaxis])[0] - found.values.sum()
    assert found.reference == pytest.approx(mean, abs=1e-13)


@given(st.integers(2, 8), st.integers(0, 10_000))
def test_dummies_get_nothing_and_twins_the_same(n, seed):
    rng = np.random.default_rng(seed)
    net, x, background = network(seed, n, rng), rng.normal(size=n), rng.normal(size=(2, n))
    W = net.get_weights()[0]
    unused, equal = 0, n - 1
    W[unused] = 0  # the network does not look at the first feature
    background[:, equal] = x[equal]  # the last one is always known
    if n > 3:
        W[2], x[2], background[:, 2] = W[1], x[1], background[:, 1]
    net.set_weights([W, *net.get_weights()[1:]])
    found = exact_shapley(net, x, background=background)
    assert found.values[unused] == found.values[equal] == 0
    if n > 3:
        assert found.values[1] == pytest.approx(found.values[2], abs=1e-14)


@given(st.integers(1, 7), st.floats(-3, 3), st.integers(0, 10_000))
def test_the_values_of_a_sum_are_the_sum_of_the_values(n, factor, seed):
    rng = np.random.default_rng(seed)
    f, g = network(seed, n, rng).predict, network(seed + 1, n, rng).predict
    x, background = rng.normal(size=n), rng.normal(size=(2, n))
    phi_f, phi_g, phi_sum = (
        exact_shapley(h, x, 0, background=background).values for h in (f, g, lambda rows: f(rows) + factor * g(rows))
    )
    np.testing.assert_allclose(phi_sum, phi_f + factor * phi_g, rtol=0, atol=1e-13)


# ## The working


@given(st.integers(1, 6), st.integers(0, 10_000))
def test_the_table_gives_the_values(n, seed):
    rng = np.random.default_rng(seed)
    x, background = rng.normal(size=n), rng.normal(size=(3, n))
    background[:, 0] = x[0]  # a dummy
    found = exact_shapley(network(seed, n, rng), x, background=background)
    for i in range(n):
        table = found.table(i)
        products = table["weight"] * (table["v(S ∪ i)"] - table["v(S)"])
        assert products.sum() == pytest.approx(found.values[i], abs=1e-12)
        assert table["product"].tolist() == products.tolist()
        assert table["weight"].sum() == pytest.approx(1, rel=1e-12)
        assert not any(str(i + 1) in S for S in table["S"])


def test_the_table_of_all_has_every_coalition_once():
    found = exact_shapley(lambda rows: rows @ [1.0, 10, 100], [1.0, 1, 1])
    table = found.table()
    assert dict(zip(table["S"], table["v(S)"])) == {
        "{}": 0, "{1}": 1, "{2}": 10, "{3}": 100, "{1,2}": 11, "{1,3}": 101, "{2,3}": 110, "{1,2,3}": 111
    }  # fmt: skip
    assert table["size"].tolist() == [S.count(",") + 1 if S != "{}" else 0 for S in table["S"]]
    assert "C(M − 1, |S|)" in str(table)
    assert str(found.table(1)).split("\n")[:2] == [
        "exact_shapley of the output: what feature 2 brings to every coalition",
        "φ_2 = sum of the products, weight · (v(S ∪ 2) − v(S))",
    ]


# ## How many


def test_too_many_features_are_told_of_kernel_shap():
    x = np.ones(MOST + 1)
    with pytest.raises(ValueError, match=r"21 features .* 2\^21 coalitions.*kernel_shap asks a sample"):
        exact_shapley(lambda rows: rows.sum(axis=1), x)
    # what does not differ from the background does not count
    background = np.ones((2, MOST + 1))
    background[:, :3] = 0
    assert exact_shapley(lambda rows: rows.sum(axis=1), x, background=background).values.tolist() == [1] * 3 + [0] * 18


def test_every_coalition_is_asked_once():
    rows = []

    def predict(x):
        rows.extend(map(tuple, x))
        return x.sum(axis=1)

    exact_shapley(predict, np.ones(6))
    # and before them f(x), and nobody
    assert len(rows) == 64 + 2 and len(set(rows)) == 64
