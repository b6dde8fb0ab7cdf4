"""Deletion and insertion: curves of a linear function by hand, and of networks one feature at a time."""

import sys
from itertools import permutations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet.explain import Attribution, Question, deletion, insertion, lime_image


def explained(model, x, phi, **settings) -> Attribution:
    """An attribution with values of one's own."""
    question = Question(model, x)
    values = np.asarray(phi, float).reshape(question.x.shape)
    return Attribution(values, explained, question, settings, lambda feature: pytest.fail("no table was asked for"))


def linear(*w):
    return lambda rows: rows @ np.array(w, float)


# ## By hand


def test_the_feature_of_the_largest_value_leaves_first():
    # checks [eq:deletion]
    # f = 3 x_1 − 2 x_2 + x_3 at (1, 1, 2): 3 − 2 + 2; then without x_1, without x_3, without x_2
    curve = deletion(explained(linear(3, -2, 1), [1, 1, 2], [3, -2, 2]))
    assert curve.order.tolist() == [0, 2, 1]
    assert curve.values.tolist() == [3, 0, -2, 0]
    np.testing.assert_allclose(curve.fractions, [0, 1 / 3, 2 / 3, 1], rtol=1e-15)


def test_it_enters_first():
    curve = insertion(explained(linear(3, -2, 1), [1, 1, 2], [3, -2, 2]))
    assert curve.values.tolist() == [0, 3, 5, 3]


def test_the_area_is_the_mean_height():
    # checks [eq:deletion-area]
    found = explained(linear(3, -2, 1), [1, 1, 2], [3, -2, 2])
    # heights half way: 1.5, −1, −1
    assert deletion(found).area == pytest.approx(-0.5 / 3, rel=1e-15)
    # 1.5, 4, 4
    assert insertion(found).area == pytest.approx(9.5 / 3, rel=1e-15)


def test_of_one_feature_there_is_but_one_step():
    curve = deletion(explained(linear(2), [3], [1]))
    assert (curve.values.tolist(), curve.area) == ([6, 0], 3)
    assert curve.random_area == 3


# ## Which baseline


def test_the_baseline_is_the_given_one_else_the_attribution_s_else_the_mean_of_its_background_else_0():
    f, x, phi = linear(1, 10), [5, 5], [1, 2]
    background = [[0, 1], [2, 3]]
    assert deletion(explained(f, x, phi)).baseline.tolist() == [0, 0]
    found = explained(f, x, phi, background=np.array(background))
    assert deletion(found).baseline.tolist() == [1, 2]
    assert deletion(found).values.tolist() == [55, 25, 21]
    found = explained(f, x, phi, background=np.array(background), baseline=np.array([3.0, 4.0]))
    assert deletion(found).baseline.tolist() == [3, 4]
    assert deletion(found, baseline=7).baseline.tolist() == [7, 7]
    assert insertion(found, baseline=[0, 1]).baseline.tolist() == [0, 1]


def test_lime_of_an_image_is_judged_by_what_it_hides_with():
    image = np.array([[1.0, 3, 0, 4], [5, 7, 0, 0]])
    found = lime_image(lambda rows: rows[:, 0, 0], image, segments=[[0, 0, 1, 1], [0, 0, 1, 1]], samples=20)
    assert deletion(found).baseline.tolist() == [[4, 4, 1, 1], [4, 4, 1, 1]]


def test_a_baseline_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the baseline has shape \(3,\), x has \(2,\)"):
        deletion(explained(linear(1, 1), [1, 1], [1, 1]), baseline=[0, 0, 0])


# ## Ties


def test_features_of_equal_value_leave_in_the_order_of_x():
    curve = deletion(explained(linear(1, 1, 1, 1, 1), np.ones(5), [0, 2, 0, 2, -1]))
    assert curve.order.tolist() == [1, 3, 0, 2, 4]
    assert curve.ties == 4
    assert deletion(explained(linear(1, 1), [1, 1], [1, 2])).ties == 0
    # all are equal: a method that says nothing
    curve = deletion(explained(linear(1, 2, 3), [1, 1, 1], [0, 0, 0]))
    assert (curve.order.tolist(), curve.ties) == ([0, 1, 2], 3)


def test_minus_0_and_0_are_a_tie():
    curve = deletion(explained(linear(1, 1), [1, 1], [-0.0, 0.0]))
    assert (curve.order.tolist(), curve.ties) == ([0, 1], 2)


# ## Any model


@given(
    arrays(float, 6, elements=st.floats(-5, 5)),
    arrays(float, 6, elements=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 1e9, -1e-9])),
    st.sampled_from(["relu", "tanh", "softplus"]),
    st.sampled_from([(6,), (2, 3), (3, 2, 1)]),
)
def test_a_curve_is_what_comes_of_moving_one_feature_after_the_other(x, phi, activation, shape):
    layers = [tn.Flatten(input_shape=shape), tn.Dense(5, activation), tn.Dense(3, "softmax")]
    net = tn.Sequential(layers, seed=1)
    found = explained(net, x.reshape(shape), phi)
    away, back = x.copy(), np.full(6, 0.25)
    expected = {"deletion": [away.copy()], "insertion": [back.copy()]}
    for i in sorted(range(6), key=lambda i: (-phi[i], i)):
        away[i], back[i] = 0.25, x[i]
        expected["deletion"].append(away.copy())
        expected["insertion"].append(back.copy())
    for method in (deletion, insertion):
        curve = method(found, baseline=0.25)
        rows = np.array(expected[method.__name__]).reshape(-1, *shape)
        assert curve.kind == method.__name__
        np.testing.assert_array_equal(curve.values, found.question.f(rows))
        # and the random ones share its ends
        assert curve.random.shape == (20, 7)
        np.testing.assert_allclose(curve.random[:, [0, -1]], curve.values[[0, -1]] + np.zeros((20, 1)), atol=1e-12)


def test_many_features_move_in_parts(monkeypatch):
    x = np.arange(1.0, 11)
    found = explained(lambda rows: (rows**2).sum(axis=1), x, x)
    whole = deletion(found)
    # the module, which the function of the same name hides
    monkeypatch.setattr(sys.modules["tinynet.explain.deletion"], "CHUNK", 4)
    in_parts = deletion(found)
    np.testing.assert_array_equal(whole.values, in_parts.values)
    np.testing.assert_array_equal(whole.random, in_parts.random)


def test_float32_networks_are_asked_in_float32():
    net = tn.Sequential([tn.Dense(2, input_dim=4, dtype="float32")], seed=0)
    curve = deletion(explained(net, [1, 2, 3, 4], [1, 2, 3, 4]), baseline=0.1)
    assert (curve.baseline.dtype, curve.values.dtype) == (np.float32, np.float64)


# ## What an area means


@given(arrays(float, 4, elements=st.integers(-9, 9).map(float)))
def test_of_a_linear_function_no_order_beats_that_of_its_shares(share):
    x, w = np.array([1.0, -2.0, 4.0, 0.5]), share / np.array([1.0, -2.0, 4.0, 0.5])
    found = explained(linear(*w), x, w * x)
    lows, highs = [], []
    for order in permutations(range(4)):
        ranks = -np.argsort(order).astype(float)
        lows.append(deletion(explained(linear(*w), x, ranks)).area)
        highs.append(insertion(explained(linear(*w), x, ranks)).area)
    assert deletion(found).area == pytest.approx(min(lows), abs=1e-12)
    assert insertion(found).area == pytest.approx(max(highs), abs=1e-12)
    # what has left and what has entered make up the whole: the two curves mirror each other
    np.testing.assert_allclose(deletion(found).values + insertion(found).values, share.sum(), atol=1e-12)


def test_random_orders_are_random_and_always_the_same():
    x = np.arange(1.0, 9)
    found = explained(linear(*np.ones(8)), x, x)
    curve = deletion(found)
    np.testing.assert_array_equal(curve.random, deletion(found).random)
    # each step takes one of the numbers 1 … 8, each of them once
    steps = -np.diff(curve.random, axis=1)
    np.testing.assert_array_equal(np.sort(steps, axis=1), np.broadcast_to(x, (20, 8)))
    assert len(np.unique(steps, axis=0)) == 20
    # half of the way on the average, whatever leaves first; the largest first is faster
    assert curve.random_area == pytest.approx(18, rel=0.1)
    assert curve.area < 0.8 * curve.random_area
    assert curve.random_area == pytest.approx(np.mean([np.trapezoid(v, dx=1 / 8) for v in curve.random]), rel=1e-14)


# ## Pictures


def test_the_curve_is_drawn_beside_those_of_random_orders():
    x = np.arange(1.0, 9)
    curve = deletion(explained(linear(*np.ones(8)), x, x))
    ax = curve.plot()
    random, drawn = ax.get_lines()
    assert ax.get_title() == f"deletion: explained of the output\narea 12.8, of random orders {curve.random_area:.3g}"
    np.testing.assert_array_equal(drawn.get_xydata(), np.column_stack([curve.fractions, curve.values]))
    np.testing.assert_array_equal(random.get_ydata(), curve.random.mean(axis=0))
    assert ax.get_xlabel() == "share of the features that have left"
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["largest φ first", "20 random orders, mean and range"]


def test_an_axes_of_one_s_own_is_drawn_on_and_ties_are_said():
    _, ax = plt.subplots()
    assert insertion(explained(linear(1, 1, 1), [1, 1, 1], [1, 1, 0])).plot(ax) is ax
    assert ax.get_xlabel() == "share of the features that have entered" and "ties: 2 of 3 features" in ax.get_title()


def test_printed_it_has_both_areas():
    curve = deletion(explained(linear(3, -2, 1), [1, 1, 2], [3, -2, 2]))
    assert str(curve).startswith("deletion by explained: area −0.167, of random orders 1")
    assert str(curve).endswith("f from 3 to 0")
