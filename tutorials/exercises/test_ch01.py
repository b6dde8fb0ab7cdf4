"""Marks the exercises of chapter 1."""

import math
import warnings

import numpy as np
import pytest

import tinynet as tn


def test_weighted_sum(mine, compare):
    got = mine.weighted_sum([-1.0, -2.0], [2.0, -3.0], -3.0)
    mistakes = {
        "the bias is missing": 4.0,
        "the bias was added for each input; it is added once": -2.0,
        "this is the first input and the bias: is the `return` inside the loop?": -5.0,
        "the first input is missing: Python counts from 0": 3.0,
    }
    compare(got, 1.0, "z of the chapter's neuron", mistakes)
    compare(mine.weighted_sum([0.5, 0.25, 8.0], [2.0, 4.0, 0.5], 0.125), 6.125, "z of a neuron with three inputs")
    compare(mine.weighted_sum([], [], 0.75), 0.75, "z of a neuron without inputs, which is its bias")


def test_sigmoid(mine, compare):
    compare(mine.sigmoid(0.0), 0.5, "σ(0)")
    compare(mine.sigmoid(1.0), 0.731058578630005, "σ(1)", {"this is σ(−1): a sign is wrong": 0.268941421369995})
    mistakes = {"this is σ(1): for negative z the numerator is e^z, not 1": 0.731058578630005}
    compare(mine.sigmoid(-1.0), 0.268941421369995, "σ(−1)", mistakes)


@pytest.mark.parametrize("z, expected", [(-1000.0, 0.0), (1000.0, 1.0), (-1e308, 0.0), (1e308, 1.0)])
def test_sigmoid_far_out(mine, compare, z, expected):
    trouble = None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            got = mine.sigmoid(z)
        except (OverflowError, RuntimeWarning) as error:
            trouble = error
    if trouble:
        pytest.fail(f"σ({z:g}): {trouble}. Use exp only where its argument is not positive", pytrace=False)
    compare(got, expected, f"σ({z:g})", {"this is σ of the opposite number": 1 - expected})


def test_sigmoid_keeps_its_digits(mine, compare):
    # e⁻⁴⁰ to its last digits, for 1 + e⁻⁴⁰ is 1.
    lost = {"1 − σ(40) is 1 − 1: write the formula for negative z with e^z above and below": 0.0}
    compare(mine.sigmoid(-40.0), 4.248354255291589e-18, "σ(−40)", lost)


def test_boundary(mine, compare):
    mistakes = {"a sign is wrong": 1.0, "the bias, too, is divided by w2": -3.0, "w1 and w2 are exchanged": 1.5}
    compare(mine.boundary([2.0, -3.0], -3.0, 0.0), -1.0, "x2 for x1 = 0", mistakes)
    x1 = 4.0
    x2 = mine.boundary([0.5, 2.0], 1.0, x1)
    compare(x2, -1.5, "x2 for w = (0.5, 2), b = 1, x1 = 4", {"the bias is missing": -1.0, "divide by w2": -3.0})


def test_minmax(mine, compare):
    like = np.array([[1.0, 0.0], [5.0, 20.0], [2.0, 15.0]])
    x = np.array([[3.0, 10.0], [7.0, -5.0]])
    own_range = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    mistakes = {
        "you measured the range of x, not of like": own_range,
        "one range for all columns; each needs its own (axis=0)": x / 20,
        "the smallest value was not taken away": x / [4.0, 20.0],
        "this is x over the maximum: take the minimum away, above and below": x / [5.0, 20.0],
        "divide by maximum − minimum, not by the maximum": (x - [1.0, 0.0]) / [5.0, 20.0],
        "values outside 0…1 were cut off; a new row may lie outside": [[0.5, 0.5], [1.0, 0.0]],
        "this is standardized: mean 0 and standard deviation 1": (x - like.mean(axis=0)) / like.std(axis=0),
    }
    compare(mine.minmax(x, like), [[0.5, 0.5], [1.5, -0.25]], "x, scaled", mistakes)
    for name, array, before in (("x", x, [[3, 10], [7, -5]]), ("like", like, [[1, 0], [5, 20], [2, 15]])):
        if array.tolist() != before:
            pytest.fail(f"your function changed {name}; make a new array instead", pytrace=False)


def weights_and_bias(answer):
    """Three numbers from `([w1, w2], b)`, or a message."""
    try:
        (w1, w2), b = answer
        return float(w1), float(w2), float(b)
    except (TypeError, ValueError):
        pass
    pytest.fail(f"return two weights and a bias as ([w1, w2], b); you returned {answer!r}", pytrace=False)


@pytest.mark.parametrize("name, answers", [("and_neuron", [0, 0, 0, 1]), ("or_neuron", [0, 1, 1, 1])])
def test_logic(mine, name, answers):
    w1, w2, b = weights_and_bias(getattr(mine, name)())
    for (x1, x2), answer in zip([(0, 0), (0, 1), (1, 0), (1, 1)], answers):
        z = x1 * w1 + x2 * w2 + b
        a = 1 / (1 + math.exp(-z)) if z > -700 else 0.0
        wanted = "above 0.9" if answer else "below 0.1"
        if not (a > 0.9 if answer else a < 0.1):
            pytest.fail(f"{name}: for x = ({x1}, {x2}) z = {z:g} and a = {a:.4f}; it should be {wanted}", pytrace=False)


def test_virginica_neuron(mine):
    w1, w2, b = weights_and_bias(mine.virginica_neuron())
    x, y = tn.data.iris()
    petals = tn.data.minmax_scale(x[:, 2:])
    z = petals[:, 0] * w1 + petals[:, 1] * w2 + b
    versicolor, virginica = y[:, 1] == 1, y[:, 2] == 1
    missed, taken_for = int((z[virginica] <= 0).sum()), int((z[versicolor] >= 0).sum())
    if z[virginica].mean() <= z[versicolor].mean():
        advice = "Virginicas are the larger ones, so z has to grow with length and width"
    else:
        advice = "More missed ones want a larger b, more of the others a smaller one"
    if missed + taken_for > 6:
        pytest.fail(
            f"{missed} virginicas are missed and {taken_for} versicolors taken for one: {missed + taken_for} wrong, "
            f"where 6 are allowed. {advice}",
            pytrace=False,
        )
