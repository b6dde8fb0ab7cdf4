"""Occlusion: one feature, windows that overlap, images, and what one covered part at a time does not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import occlusion


def weighted(*weights):
    return lambda rows: rows.reshape(len(rows), -1) @ np.array(weights, float)


# ## By hand


def test_one_feature_at_a_time():
    # checks [eq:occlusion]
    found = occlusion(lambda rows: rows[:, 0] * rows[:, 1] + rows[:, 2], [2.0, 3.0, 4.0])
    # without the first or the second the product is 0
    assert found.values.tolist() == [6, 6, 4]
    assert (found.prediction, found.reference) == (10, 0)
    # 16 of 10: the product is counted twice
    assert found.residual == {"completeness error": 6.0}
    assert found.details == {"windows": 3} and found.method == "occlusion"


def test_what_two_features_say_both_is_not_seen():
    found = occlusion(lambda rows: rows.max(axis=1), [1.0, 1.0])
    assert found.values.tolist() == [0, 0] and found.residual == {"completeness error": -1.0}


def test_the_baseline_covers():
    found = occlusion(weighted(1, 10), [5.0, 7.0], baseline=[4.0, 4.0])
    assert found.values.tolist() == [1, 30] and found.reference == 44
    assert found.baseline.tolist() == [4, 4]
    assert occlusion(weighted(1, 10), [5.0, 7.0], baseline=4).values.tolist() == [1, 30]


def test_windows_in_a_row_and_the_mean_where_they_overlap():
    found = occlusion(weighted(1, 10, 100, 1000), np.ones(4), window=2)
    # lost: 11, 110 and 1100
    assert found.values.tolist() == [11, (11 + 110) / 2, (110 + 1100) / 2, 1100]
    # side by side; the last window is cut off at the end
    assert occlusion(weighted(1, 10, 100), np.ones(3), window=2, stride=2).values.tolist() == [11, 11, 100]
    # a window as long as x covers it once, whatever the stride
    assert occlusion(weighted(1, 10), np.ones(2), window=2, stride=9).values.tolist() == [11, 11]


def test_windows_of_an_image():
    weights = 10.0 ** np.arange(6)  # 1 10 100 over 1000 10000 100000
    image = np.ones((2, 3))
    found = occlusion(weighted(*weights), image, window=2)
    left, right = 11011, 110110
    assert found.values.tolist() == [[left, (left + right) / 2, right]] * 2
    flat = occlusion(weighted(*weights), image.ravel(), window=2, image_shape=(2, 3))
    assert flat.values.tolist() == found.values.ravel().tolist()
    assert flat.settings["image_shape"] == (2, 3)


def test_the_channels_of_an_image_are_covered_together():
    image = np.ones((2, 2, 3))
    found = occlusion(lambda rows: rows.sum(axis=(1, 2, 3)), image)
    assert found.values.shape == (2, 2, 3) and (found.values == 3).all() and found.details == {"windows": 4}


# ## What it has for every network


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8), st.integers(0, 1000))
def test_it_is_the_mean_over_the_windows_that_cover_a_feature(n, window, stride, seed):
    window = min(window, n)
    stride = min(stride, window)
    rng = np.random.default_rng(seed)
    net = tn.Sequential([tn.Dense(5, "tanh", input_dim=n), tn.Dense(2, "softmax")], seed=seed)
    x, baseline = rng.normal(size=n), rng.normal(size=n)
    found = occlusion(net, x, 1, output="probability", baseline=baseline, window=window, stride=stride)
    lost = [[] for _ in range(n)]
    first = 0
    while True:
        covered = x.copy()
        covered[first : first + window] = baseline[first : first + window]
        for i in range(first, min(first + window, n)):
            lost[i].append(net.predict([x])[0, 1] - net.predict([covered])[0, 1])
        if first + window >= n:
            break
        first += stride
    np.testing.assert_allclose(found.values, [np.mean(each) for each in lost], rtol=0, atol=1e-14)
    expected = found.values.sum() - (net.predict([x])[0, 1] - net.predict([baseline])[0, 1])
    assert found.residual["completeness error"] == pytest.approx(expected, abs=1e-14)
    for i in range(n):
        table = found.table(i)
        assert (table["f(x)"] - table["f(covered)"]).mean() == pytest.approx(found.values[i], abs=1e-12)
        assert len(table) == len(lost[i])


@given(st.integers(1, 6), st.integers(0, 1000))
def test_of_a_linear_network_it_is_complete(n, seed):
    rng = np.random.default_rng(seed)
    net = tn.Sequential([tn.Dense(1, input_dim=n)], seed=seed)
    x, baseline = rng.normal(size=n), rng.normal(size=n)
    found = occlusion(net, x, baseline=baseline)
    np.testing.assert_allclose(found.values, (x - baseline) * net.get_weights()[0][:, 0], rtol=0, atol=1e-14)
    assert abs(found.residual["completeness error"]) < 1e-13


def test_many_windows_of_a_network_go_through_partial_sums_and_agree():
    rng = np.random.default_rng(0)
    net = tn.Sequential([tn.Flatten(input_shape=(12, 12)), tn.Dense(9, "relu"), tn.Dense(3, "softmax")], seed=0)
    x = rng.random((12, 12))
    found = occlusion(net, x, 2, output="probability", window=3)
    assert found.details == {"windows": 100}
    of_function = occlusion(lambda rows: net.predict(rows)[:, 2], x, window=3)
    np.testing.assert_allclose(found.values, of_function.values, rtol=0, atol=1e-15)


def test_float32_and_the_same_settings_again():
    net = tn.Sequential([tn.Dense(9, "relu", input_dim=8, dtype="float32"), tn.Dense(3, dtype="float32")], seed=0)
    x = np.random.default_rng(0).normal(size=8)
    found = occlusion(net, x, window=2, stride=2, image_shape=(2, 4))
    np.testing.assert_array_equal(found.again().values, found.values)
    of_double = occlusion(net.astype("float64"), np.float32(x), found.target, window=2, stride=2, image_shape=(2, 4))
    np.testing.assert_allclose(found.values, of_double.values, rtol=0, atol=1e-5)


# ## The working, and what is refused


def test_the_table_names_the_windows_by_their_first_feature():
    found = occlusion(weighted(*range(6)), np.ones((2, 3)), window=2)
    table = found.table()
    assert table["first of the window"].tolist() == ["1,1", "1,2"]
    assert table["covered"].tolist() == [4, 4] and table["difference"].tolist() == [0 + 1 + 3 + 4, 1 + 2 + 4 + 5]
    assert found.table((1, 1)).formula == "φ_2,2 = mean of f(x) − f(covered) over the windows that cover feature 2,2"
    assert found.table((0, 0))["difference"].tolist() == [8]


def test_bad_windows_are_refused():
    f = weighted(*range(6))
    with pytest.raises(ValueError, match=r"window=7 is larger than x, which is 6"):
        occlusion(f, np.ones(6), window=7)
    with pytest.raises(ValueError, match=r"window=3 is larger than x, which is 2 × 3"):
        occlusion(f, np.ones(6), window=3, image_shape=(2, 3))
    with pytest.raises(ValueError, match=r"stride=3 is larger than window=2: features .* left out"):
        occlusion(f, np.ones(6), window=2, stride=3)
    for name in ("window", "stride"):
        with pytest.raises(ValueError, match=f"{name} is a whole number >= 1"):
            occlusion(f, np.ones(6), **{name: 0})
    with pytest.raises(ValueError, match="image_shape is several whole numbers"):
        occlusion(f, np.ones(6), image_shape=6)
    with pytest.raises(ValueError, match=r"image_shape is \(height, width\), not \(1, 2, 3\)"):
        occlusion(f, np.ones(6), image_shape=(1, 2, 3))
    with pytest.raises(ValueError, match=r"image_shape=\(2, 2\) are 4 pixels; x has 6"):
        occlusion(f, np.ones(6), image_shape=(2, 2))
    with pytest.raises(ValueError, match=r"baseline has shape \(5,\), x has \(6,\)"):
        occlusion(f, np.ones(6), baseline=np.ones(5))
    with pytest.raises(ValueError, match="returned nan"):
        occlusion(lambda rows: np.where(rows[:, 0] == 0, np.nan, 1.0), [1.0, 2.0])
