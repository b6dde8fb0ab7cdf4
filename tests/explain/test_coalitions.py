"""The worth of a coalition: hand numbers, chunks, tables of partial sums beside plain mixtures, and the links."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import Question, coalitions, exact_shapley, kernel_shap, partial_sums, permutation_shap
from tinynet.explain.coalitions import Game, worth

METHODS = [exact_shapley, kernel_shap, permutation_shap]


def every(n):
    return np.array(list(product([False, True], repeat=n))).reshape(-1, n)


def asked(f, x, background):
    """v of every coalition of a function."""
    return worth(Question(f, x), np.array(background, float), every(len(x)))


# ## v(S)


def test_unknown_features_take_the_values_of_the_background_and_the_mean_is_taken():
    # checks [eq:coalition-worth]
    # f(a, b) = a b at (2, 3); the background rows (0, 1) and (4, 5)
    v = asked(lambda rows: rows[:, 0] * rows[:, 1], [2.0, 3.0], [[0, 1], [4, 5]])
    # ∅: (0·1 + 4·5)/2; {2}: (0·3 + 4·3)/2; {1}: (2·1 + 2·5)/2; both: 2·3
    assert v.tolist() == [10, 6, 6, 6]


def test_a_network_and_its_function_say_the_same(monkeypatch):
    monkeypatch.setattr(coalitions, "MANY", 1)
    rng = np.random.default_rng(0)
    net = tn.Sequential([tn.Dense(11, "tanh", input_dim=7), tn.Dense(2)], seed=1)
    x, background = rng.normal(size=7), rng.normal(size=(5, 7))
    by_hand = asked(lambda rows: net.predict(rows)[:, 1], x, background)
    np.testing.assert_allclose(worth(Question(net, x, 1), background, every(7)), by_hand, rtol=0, atol=1e-15)


@given(st.integers(1, 13), st.integers(1, 19), st.integers(1, 4), st.sampled_from([np.float32, np.float64]), st.data())
def test_a_network_is_asked_through_partial_sums_what_mixtures_would_tell_it(n, units, rows, dtype, data):
    seed = data.draw(st.integers(0, 1000))
    rng = np.random.default_rng(seed)
    activation, bias = data.draw(st.sampled_from(["relu", "tanh", None])), data.draw(st.booleans())
    net = tn.Sequential([tn.Dense(units, activation, use_bias=bias, dtype=dtype), tn.Dense(3, dtype=dtype)], seed=seed)
    x, background = rng.normal(size=n), rng.normal(size=(rows, n)).astype(dtype)
    some = rng.random((coalitions.MANY, n)) < 0.5
    question = Question(net, x, 2)
    mixed = np.where(some[:, np.newaxis], question.x, background)
    by_hand = question.f(mixed.reshape(-1, n)).reshape(len(some), rows).mean(axis=1)
    found = worth(question, background, some)
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=(1e-5 if dtype == np.float32 else 1e-13))
    # fewer coalitions are mixed, row by row
    np.testing.assert_allclose(worth(question, background, some[:3]), by_hand[:3], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "layers",
    [
        [tn.Flatten(input_shape=(3, 4)), tn.Dropout(0.5), tn.Dense(6, "relu"), tn.Dense(2)],
        [tn.Activation("tanh", input_shape=(3, 4)), tn.Flatten(), tn.Dense(2)],
    ],
)
def test_images_are_flattened_and_other_first_layers_see_mixtures(layers):
    rng = np.random.default_rng(3)
    net = tn.Sequential(layers, seed=3)
    x, background = rng.normal(size=(3, 4)), rng.normal(size=(2, 3, 4))
    some = rng.random((coalitions.MANY, 12)) < 0.5
    found = worth(Question(net, x, 0), background.reshape(2, 12), some)
    by_hand = [net.predict(np.where(S.reshape(3, 4), x, background))[:, 0].mean() for S in some]
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=1e-14)


def test_a_large_background_value_costs_the_other_features_no_digits():
    # where x is known, the sums must not have gone through 1e12
    net = tn.Sequential([tn.Dense(1, input_dim=2)], seed=0)
    net.set_weights([[[1.0], [1.0]], [0.0]])
    some = np.ones((coalitions.MANY, 2), bool)
    assert set(worth(Question(net, [0.1, 0.2]), np.array([[1e12, 0.3]]), some)) == {0.1 + 0.2}


@pytest.mark.parametrize("as_network", [True, False])
def test_chunks_change_nothing_and_bound_the_memory(monkeypatch, as_network):
    net = tn.Sequential([tn.Dense(5, "relu", input_dim=6), tn.Dense(1)], seed=0)
    sizes = []

    def predict(rows):
        sizes.append(len(rows))
        return net.predict(rows)

    rng = np.random.default_rng(0)
    x, background = rng.normal(size=6), rng.normal(size=(3, 6))
    question = Question(net if as_network else predict, x)
    at_once = worth(question, background, every(6))
    sizes.clear()
    monkeypatch.setattr(coalitions, "CHUNK", 60)
    monkeypatch.setattr(partial_sums, "CHUNK", 7)
    np.testing.assert_allclose(worth(question, background, every(6)), at_once, rtol=0, atol=1e-15)
    # 60 numbers are 3 coalitions of 3 rows of 6
    assert as_network or (max(sizes) == 9 and sum(sizes) == 3 * 64)


def test_no_coalitions_and_more_rows_than_a_chunk_holds(monkeypatch):
    monkeypatch.setattr(coalitions, "CHUNK", 1)
    assert asked(lambda rows: rows[:, 0], [1.0], [[3.0]] * 7).tolist() == [3, 1]
    assert worth(Question(lambda rows: rows[:, 0], [1.0]), np.zeros((1, 1)), every(1)[:0]).shape == (0,)


# ## Who plays


def test_features_that_no_background_row_changes_do_not_play():
    seen = []

    def predict(rows):
        seen.append(len(rows))
        return rows.sum(axis=1)

    x = [1.0, 2.0, 3.0, 4.0]
    game = Game(Question(predict, x), [[1, 0, 3, 0], [1, 2, 3, 0]], "identity")
    assert game.players.tolist() == [1, 3]
    assert (game.nobody, game.everybody) == (5.0, 10.0)
    seen.clear()
    found = exact_shapley(predict, x, background=[[1, 0, 3, 0], [1, 2, 3, 0]])
    # f(x) and nobody, then the four coalitions of features 2 and 4, with two rows each
    assert sum(seen) == 1 + 2 + 4 * 2
    assert found.values.tolist() == [0, 1, 0, 4]


@pytest.mark.parametrize("method", METHODS)
def test_where_nothing_differs_everything_is_a_dummy(method):
    found = method(lambda rows: rows.sum(axis=1) / 3, [1.0, 2.0], background=[[1, 2]] * 3)
    assert found.values.tolist() == [0, 0]
    assert found.reference == found.prediction == 1.0 and found.residual == {"completeness error": 0}
    assert found.table().columns and (found.table(0)[list(found.table(0).columns)[-1]] == 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_one_feature_gets_everything(method):
    found = method(lambda rows: rows[:, 0] ** 2, [3.0], background=[[1.0], [2.0]])
    assert found.values.tolist() == [9 - 2.5] and found.reference == 2.5
    assert method(lambda rows: rows[:, 0] ** 2, [3.0, 1.0], background=[[1.0, 1.0]]).values.tolist() == [8, 0]


@pytest.mark.parametrize("method", METHODS)
def test_images_and_their_coalitions_keep_their_places(method):
    image = np.arange(6.0).reshape(2, 3)
    weights = np.array([[0, 1, 0], [2, 0, 3]])
    found = method(lambda rows: (rows * weights).sum(axis=(1, 2)), image)
    np.testing.assert_allclose(found.values, image * weights, rtol=0, atol=1e-12)
    names = set(found.table()["S"])
    # the feature in row 1, column 1 is 0 as in the background: it does not play
    assert not any("(1,1)" in name for name in names) and "{(1,2)}" in names
    assert found.table((1, 2)).title.split(" feature ")[1].startswith("2,3")


@pytest.mark.parametrize("method", METHODS)
def test_coalitions_are_written_from_1(method):
    names = set(method(lambda rows: rows.prod(axis=1), [1.0, 2.0, 3.0]).table()["S"])
    assert {"{}", "{1}", "{2}", "{3}", "{1,2}"} <= names


# ## The link


def test_the_link_is_taken_of_the_mean():
    # checks [eq:logit]
    game = Game(Question(lambda rows: rows[:, 0], [0.75]), [[0.1], [0.3]], "logit")
    assert game.everybody == pytest.approx(np.log(3), rel=1e-15)
    # the mean of 0.1 and 0.3 is a fifth: odds of 1 to 4
    assert game.nobody == pytest.approx(-np.log(4), rel=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_through_a_link_the_log_odds_are_explained(method):
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=4)], seed=0)
    x = [0.5, -1.0, 2.0, 0.3]
    found = method(net, x, 1, output="probability", link="logit", background=np.eye(4))
    p = net.predict([x])[0, 1]
    assert found.prediction == pytest.approx(np.log(p / (1 - p)), rel=1e-13)
    assert found.explained == "log-odds of the probability a^L of class 1"
    mean = net.predict(np.eye(4))[:, 1].mean()
    assert found.reference == pytest.approx(np.log(mean / (1 - mean)), rel=1e-13)
    assert found.values.sum() == pytest.approx(found.prediction - found.reference, rel=1e-12)
    # what asks further about f asks about the log-odds, too
    assert found.question.f(found.x[np.newaxis])[0] == pytest.approx(found.prediction, rel=1e-13)
    np.testing.assert_array_equal(found.again().values, found.values)


@pytest.mark.parametrize("method", METHODS)
def test_what_has_no_log_odds_is_refused(method):
    for x in (1.5, 1.0, 0.0, -0.1):
        with pytest.raises(ValueError, match=r"'logit' is for numbers between 0 and 1, and a coalition is worth"):
            method(lambda rows: rows[:, 0], [x], background=[[0.5]], link="logit")
    with pytest.raises(ValueError, match=r"unknown link 'logitt'\. Did you mean 'logit'"):
        method(lambda rows: rows[:, 0], [0.1], link="logitt")


# ## What is given


@pytest.mark.parametrize("method", METHODS)
def test_bad_input_is_refused_kindly(method):
    def f(rows):
        return rows.sum(axis=1)

    with pytest.raises(ValueError, match=r"background has shape \(2, 3\); expected \(B, 2\)"):
        method(f, [1.0, 2.0], background=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="at least one row"):
        method(f, [1.0, 2.0], background=np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"background\[0, 1\] is nan"):
        method(f, [1.0, 2.0], background=[[0, np.nan]])
    with pytest.raises(ValueError, match="returned nan"):
        method(lambda rows: np.where(rows[:, 0] == 0, np.nan, 1.0), [1.0, 2.0])
    with pytest.raises(ValueError, match="returned shape"):
        method(lambda rows: rows.sum(axis=1)[:1], [1.0, 2.0])
    with pytest.raises(ValueError, match="target=1 is out of range"):
        method(f, [1.0, 2.0], 1)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_overflows_for_a_mixture_is_refused(method):
    net = tn.Sequential([tn.Dense(8, input_dim=6), tn.Dense(1)], seed=0)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=r"returned (-?inf|nan)"):
        method(net, np.ones(6), background=np.full((1, 6), 1e308))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_settings_repeat_it_to_the_bit(method, dtype):
    net = tn.Sequential([tn.Dense(9, "relu", input_dim=8, dtype=dtype), tn.Dense(3, "softmax", dtype=dtype)], seed=0)
    x, background = np.random.default_rng(0).normal(size=(2, 8))
    found = method(net, x, background=background)
    assert found.values.dtype == np.float64 and found.background.shape == (1, 8)
    again = method(net, x, found.target, output="logit", **found.settings)
    np.testing.assert_array_equal(again.values, found.values)
    assert abs(found.residual["completeness error"]) < (1e-14 if dtype == "float64" else 1e-6)
