"""LIME for a row of numbers: its draws by hand, functions whose slopes are known, the working, and what degenerates."""

import json
from statistics import NormalDist

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import lime_tabular
from tinynet.explain.lime_tabular import Bins

SAMPLES = 60 if numba.config.DISABLE_JIT else 800
RNG = np.random.default_rng(0)
# three features of different sizes
BACKGROUND = RNG.normal(size=(50, 3)) * [1, 10, 0.1] + [0, 5, -3]
X = np.array([0.3, -8.0, -3.05])


def recording(f):
    """f as a model, and the list of the arrays it was asked about."""
    asked = []

    def model(rows):
        asked.append(rows.copy())
        return f(rows)

    return model, asked


def neighbours(**settings):
    """The rows that the model is asked about."""
    model, asked = recording(lambda rows: rows[:, 0])
    lime_tabular(model, X, background=BACKGROUND, **settings)
    return asked[-1]


# ## The neighbours


# checks [eq:lime-continuous]
def test_continuous_neighbours_by_hand():
    drawn = np.random.RandomState(7).normal(size=(40, 3))
    mean, scale = BACKGROUND.mean(axis=0), BACKGROUND.std(axis=0)
    rows = neighbours(kind="continuous", samples=40, seed=7)
    assert rows.shape == (40, 3) and rows[0].tolist() == X.tolist()
    np.testing.assert_allclose(rows[1:], (mean + scale * drawn)[1:], rtol=1e-13)
    around_x = neighbours(kind="continuous", around_instance=True, samples=40, seed=7)
    np.testing.assert_allclose(around_x[1:], (X + scale * drawn)[1:], rtol=1e-13)
    assert around_x[0].tolist() == X.tolist()


# checks [eq:lime-quartile] [eq:truncated-normal]
def test_neighbours_in_bins_by_hand():
    """First all bins, column by column, then in each the numbers: Python's own normal distribution, cut off."""
    rows = neighbours(samples=40, seed=7)
    assert rows.shape == (40, 3) and rows[0].tolist() == X.tolist()
    rng = np.random.RandomState(7)
    edges = np.percentile(BACKGROUND, [25, 50, 75], axis=0).T
    inside = [np.searchsorted(e, column) for e, column in zip(edges, BACKGROUND.T)]
    bins = [rng.choice(4, 40, p=np.bincount(k) / 50) for k in inside]
    for i, column in enumerate(BACKGROUND.T):
        ends = [column.min(), *edges[i], column.max()]
        for n, u in enumerate(rng.uniform(size=39), start=1):
            k = bins[i][n]
            members = column[inside[i] == k]
            normal = NormalDist(members.mean(), members.std())
            low, high = normal.cdf(ends[k]), normal.cdf(ends[k + 1])
            assert rows[n, i] == pytest.approx(normal.inv_cdf(low + u * (high - low)), rel=1e-9)


@settings(deadline=None)
@given(st.lists(st.sampled_from([-2.0, 0.0, 0.1, 0.3, 7.0, 1e6]), min_size=1, max_size=12), st.floats(-3, 8))
def test_bins_with_ties(column, v):
    """Of whatever column: shares add up to 1, every number lies in its bin, and draws come from bins that are met."""
    column = np.array(column)
    bins = Bins(column, np.percentile(column, [25, 50, 75]))
    k = bins.of(column)
    assert bins.share.sum() == pytest.approx(1) and bins.share.tolist() == [
        (k == j).mean() for j in range(len(bins.share))
    ]
    assert (bins.least[k] <= column).all() and (column <= bins.most[k]).all()
    assert 0 <= bins.of(v) < len(bins.share)
    drawn, numbers = np.empty(50, np.int8), np.empty(50)
    bins.draw(np.linspace(0, 1 - 2**-53, 50), drawn)
    assert (bins.share[drawn] > 0).all() and len(set(drawn.tolist())) == np.count_nonzero(bins.share)
    bins.numbers(drawn, np.random.RandomState(0), numbers)
    slack = 1e-15 * np.abs(column).max()
    assert (bins.least[drawn] - slack <= numbers).all() and (numbers <= bins.most[drawn] + slack).all()
    for j in set(k.tolist()):
        assert bins.mean[j] == pytest.approx(column[k == j].mean(), rel=1e-14, abs=1e-9)
        assert bins.std[j] == pytest.approx(column[k == j].std() + 1e-11, rel=1e-9, abs=1e-9)


def test_bins_in_words():
    bins = Bins(np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 3, 4]))
    assert [bins.condition(k, "x_1") for k in range(4)] == ["x_1 <= 2", "2 < x_1 <= 3", "3 < x_1 <= 4", "4 < x_1"]
    found = lime_tabular(lambda x: x[:, 0], [2.5], background=[[1.0], [2], [3], [4], [5]], samples=10)
    assert found.details["conditions"] == ["2 < x_1 <= 3"]
    assert found.details["bin of x"].tolist() == [1] and found.details["edges"][0].tolist() == [2, 3, 4]


# ## Slopes that are known


def test_a_straight_function_is_explained_by_its_slopes():
    a = np.array([2.0, -0.3, 50.0])
    for around in (False, True):
        found = lime_tabular(
            lambda x: x @ a + 4, X, background=BACKGROUND, kind="continuous", around_instance=around, samples=SAMPLES
        )
        # per standard deviation; α = 1 makes it smaller by one part in the number of neighbours, nearly
        np.testing.assert_allclose(found.values, a * BACKGROUND.std(axis=0), rtol=20 / SAMPLES)
        assert found.residual["local R²"] == pytest.approx(1, abs=1 / SAMPLES)
        assert found.residual["local error"] == found.prediction - found.details["local prediction"]
        assert abs(found.residual["local error"]) < 60 / SAMPLES


def test_a_function_of_the_bin_is_explained_by_its_jump():
    # X[1] is in the first bin of its column
    edge = np.percentile(BACKGROUND[:, 1], 25)
    assert X[1] < edge
    found = lime_tabular(lambda x: 3.0 * (x[:, 1] <= edge) + 1, X, background=BACKGROUND, samples=SAMPLES)
    np.testing.assert_allclose(found.values, [0, 3, 0], atol=40 / SAMPLES)
    assert found.details["intercept"] == pytest.approx(1, abs=40 / SAMPLES)
    assert found.details["conditions"][1] == f"x_2 <= {edge:.6g}"


def test_of_features_that_do_nothing_few_are_chosen_and_they_are_0():
    found = lime_tabular(lambda x: 2 * x[:, 1], X, background=BACKGROUND, num_features=1, samples=SAMPLES)
    assert found.details["chosen"].tolist() == [1]
    assert found.values[[0, 2]].tolist() == [0, 0] and found.values[1] < 0


def test_units_and_settings_are_told():
    found = lime_tabular(lambda x: x, X, background=BACKGROUND, samples=20)
    assert "bin" in found.details["unit"] and (found.target, found.reference) == (0, None)
    expected = {"kind": "quartile", "around_instance": False, "num_features": 10, "samples": 20, "seed": 0}
    assert {name: found.settings[name] for name in expected} == expected
    assert found.settings["kernel_width"] == pytest.approx(0.75 * np.sqrt(3))
    np.testing.assert_array_equal(found.background, BACKGROUND)
    continuous = lime_tabular(lambda x: x, X, background=BACKGROUND, kind="continuous", samples=20)
    assert "standard deviation" in continuous.details["unit"]
    np.testing.assert_allclose(continuous.details["means"], BACKGROUND.mean(axis=0))
    assert json.loads(json.dumps(found.to_dict()))["settings"]["kind"] == "quartile"


@pytest.mark.parametrize("kind", ["quartile", "continuous"])
def test_the_same_seed_gives_the_same_bits(kind):
    net = tn.Sequential([tn.Dense(4, "tanh", input_dim=3), tn.Dense(2, "softmax")], seed=0)
    first = lime_tabular(net, X, background=BACKGROUND, kind=kind, samples=50, kernel_width=0.7, num_features=2)
    again = first.again()
    assert again.values.tolist() == first.values.tolist() and again.details["intercept"] == first.details["intercept"]
    other = lime_tabular(net, X, background=BACKGROUND, kind=kind, samples=50, kernel_width=0.7, num_features=2, seed=1)
    assert other.values.tolist() != first.values.tolist()


# ## The working


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 9), st.sampled_from(["quartile", "continuous"]), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_the_values_come_out_of_the_table(M, kind, num_features, seed):
    rng = np.random.default_rng(seed)
    background, x = rng.normal(size=(20, M)), rng.normal(size=M)
    net = tn.Sequential([tn.Dense(5, "tanh", input_dim=M), tn.Dense(3, "softmax")], seed=seed % 1000)
    found = lime_tabular(net, x, background=background, kind=kind, samples=60, num_features=num_features, seed=seed)
    table = found.table()
    names = list(table.columns)[:-4]
    assert list(table.columns)[-4:] == ["distance", "w", "f", "fit"] and len(names) == min(num_features, M)
    # the formula, with the columns alone
    w, f = table["w"], table["f"]
    columns = np.column_stack([table[name] for name in names])
    np.testing.assert_allclose(
        w, np.exp(-(table["distance"] ** 2) / found.settings["kernel_width"] ** 2) ** 0.5, rtol=1e-13
    )
    columns, f = columns - np.average(columns, axis=0, weights=w), f - np.average(f, weights=w)
    slopes = np.linalg.solve(columns.T @ (w[:, None] * columns) + np.eye(len(names)), columns.T @ (w * f))
    expected = np.zeros(M)
    expected[[int(name.split("_")[1]) - 1 for name in names]] = slopes
    np.testing.assert_allclose(found.values, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())
    # and feature by feature
    for i in range(M):
        one = found.table(i)
        if "others" not in one.columns:
            assert found.values[i] == 0
            continue
        x_i = one[names[0][:2] + str(i + 1)]
        x_i = x_i - np.average(x_i, weights=w)
        slope = (w * x_i * (one["f"] - one["others"])).sum() / ((w * x_i**2).sum() + 1)
        assert slope == pytest.approx(found.values[i], rel=1e-12, abs=1e-12 * np.abs(expected).max())


def test_the_table_can_be_read():
    found = lime_tabular(lambda x: x[:, 0], X, background=BACKGROUND, samples=30)
    table = found.table()
    assert str(table).startswith("LIME of the output: 30 neighbours\nb_i is 1 where the i-th number is in the same bin")
    assert found.details["sum of weights"] == pytest.approx(table["w"].sum())
    assert [table[f"b_{i}"][0] for i in (1, 2, 3)] == [1, 1, 1] and (table["distance"][0], table["w"][0]) == (0, 1)
    assert set(table["b_1"].tolist()) == {0, 1}
    # rows that differ from x in k bins are √k away
    differing = 3 - table["b_1"] - table["b_2"] - table["b_3"]
    np.testing.assert_allclose(table["distance"], np.sqrt(differing), rtol=1e-15)


# ## Every kind of model and input


def test_a_network_of_images_with_one_output_unbuilt_and_in_float32():
    net = tn.Sequential([tn.Flatten(), tn.Dense(1, "sigmoid", dtype="float32")], seed=0)
    rng = np.random.default_rng(1)
    background, x = rng.random((30, 2, 3)), rng.random((2, 3))
    for kind in ("quartile", "continuous"):
        found = lime_tabular(net, x, background=background, kind=kind, samples=SAMPLES)
        assert found.values.shape == (2, 3) and found.values.dtype == np.float64
        assert found.table((1, 2))["f"].shape == (SAMPLES,)
        assert f"{'b' if kind == 'quartile' else 's'}_2,3" in found.table().columns
    # the logit is straight: its slopes are the weights, times σ
    sigma = found.details["scales"].reshape(2, 3)
    W = net.get_weights()[0].reshape(2, 3)
    np.testing.assert_allclose(found.values, W * sigma, rtol=0.05, atol=20 / SAMPLES)


def test_the_probability_and_a_function_that_gives_it_are_explained_alike():
    net = tn.Sequential([tn.Dense(4, "tanh", input_dim=3), tn.Dense(2, "softmax")], seed=0)
    of_net = lime_tabular(net, X, 1, output="probability", background=BACKGROUND, samples=40)
    of_function = lime_tabular(net.predict, X, 1, background=BACKGROUND, samples=40)
    np.testing.assert_allclose(of_net.values, of_function.values, rtol=1e-12)


# ## What degenerates


def test_a_constant_feature_stays_what_it_is_and_has_no_slope():
    background = BACKGROUND.copy()
    background[:, 1] = 4.25
    model, asked = recording(lambda x: x[:, 0] + 100 * (x[:, 1] - 4.25))
    found = lime_tabular(model, [0.3, 4.25, -3.05], background=background, samples=SAMPLES)
    assert (asked[-1][:, 1] == 4.25).all() and found.values[1] == 0
    assert found.details["conditions"][1] == "x_2 <= 4.25"
    # the standard deviation is 1 where there is none
    continuous = lime_tabular(model, [0.3, 4.25, -3.05], background=background, kind="continuous", samples=SAMPLES)
    assert continuous.details["scales"][1] == 1
    assert continuous.values[1] == pytest.approx(100, rel=20 / SAMPLES)


def test_a_feature_that_mostly_is_one_number():
    # 30 of 40 rows are 5: its lowest bin is that number alone
    background = np.r_[np.full(30, 5.0), np.arange(6.0, 16)][:, np.newaxis]
    model, asked = recording(lambda x: (x[:, 0] == 5).astype(float))
    found = lime_tabular(model, [5.0], background=background, samples=SAMPLES)
    assert found.values[0] == pytest.approx(1, abs=40 / SAMPLES)
    assert 0.6 < (asked[-1] == 5).mean() < 0.9 and asked[-1].min() == 5


def test_equal_columns_are_drawn_apart():
    # so both slopes are found, though no row of the background tells the two apart
    background = np.repeat(BACKGROUND[:, :1], 2, axis=1)
    settings = {"background": background, "kind": "continuous", "samples": SAMPLES}
    found = lime_tabular(lambda x: x[:, 0] + 3 * x[:, 1], [1.0, 1.0], **settings)
    np.testing.assert_allclose(found.values, np.array([1, 3]) * background.std(axis=0), rtol=20 / SAMPLES)


def test_a_background_of_one_row_has_nothing_to_change():
    found = lime_tabular(lambda x: x.sum(axis=1), [1.0, 1.0], background=[1.0, 1.0], samples=20)
    assert found.values.tolist() == [0, 0] and found.residual == {"local R²": 1, "local error": 0}


@pytest.mark.parametrize("kind", ["quartile", "continuous"])
def test_one_feature_two_samples_and_x_far_outside(kind):
    found = lime_tabular(lambda x: x[:, 0], [1e3], background=BACKGROUND[:, :1], kind=kind, samples=2)
    assert np.isfinite(found.values).all() and found.values.shape == (1,)
    far = lime_tabular(lambda x: np.tanh(x[:, 0]), [1e200], background=BACKGROUND[:, :1], kind=kind, samples=20)
    assert np.isfinite(far.values).all() and np.isfinite(list(far.residual.values())).all()


def test_a_constant_model():
    found = lime_tabular(lambda x: np.full(len(x), 0.1), X, background=BACKGROUND, samples=20)
    assert found.values.tolist() == [0, 0, 0] and found.details["intercept"] == 0.1
    assert found.residual == {"local R²": 1, "local error": 0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"background": None}, "lime_tabular needs a background"),
        ({"background": np.empty((0, 3))}, "at least one row"),
        ({"background": BACKGROUND[:, :2]}, "the background has shape"),
        ({"background": [[0, np.nan, 0]]}, "is nan"),
        ({"kind": "quartil"}, "unknown kind 'quartil'. Did you mean 'quartile'"),
        ({"around_instance": True}, 'is for kind="continuous"'),
        ({"num_features": 0}, "num_features is a whole number >= 1, not 0"),
        ({"samples": 1}, "samples is a whole number >= 2, not 1"),
        ({"kernel_width": 0}, "kernel_width is a number > 0, not 0"),
        ({"seed": -1}, "seed is a whole number >= 0, not -1"),
        ({"target": 3}, "target=3 is out of range: the model has 3 outputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        lime_tabular(lambda x: x, X, **{"background": BACKGROUND, "samples": 20, **settings})


def test_a_model_that_returns_another_shape_or_nan():
    with pytest.raises(ValueError, match="the model was given 20 examples"):
        lime_tabular(lambda x: x[:1], X, background=BACKGROUND, samples=20)
    with pytest.raises(ValueError, match="the model returned nan"):
        lime_tabular(lambda x: np.where(x > 0, x, np.nan if len(x) > 1 else 0), X, background=BACKGROUND, samples=20)
