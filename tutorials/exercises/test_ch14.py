"""Marks the exercises of chapter 14."""

import numpy as np
import pytest

X, BLANK = np.array([4.0, 1.0, 1.0, 3.0]), np.array([0.0, 0.0, 0.5, 2.0])


def f(rows):
    """Not linear, so that it matters what is still there."""
    rows = np.asarray(rows)
    assert rows.ndim == 2, f"f maps rows (N, M) to numbers (N,); it was given an array of shape {rows.shape}"
    return rows[:, 0] * rows[:, 2] - rows[:, 1] + 0.5 * rows[:, 3] ** 2


def untouched(now, before, what):
    """Fails where the answer has changed what it was given."""
    if not np.array_equal(now, before):
        pytest.fail(f"your function changed {what}; work on a copy", pytrace=False)


def test_deletion_curve(mine, compare):
    phi = np.array([2.0, -3.0, 1.0, 2.0])  # features 1 and 4 are equal; they leave as 1, 4, 3, 2
    # f: 4·1 − 1 + 4.5; then 1 = 0; then 4 = 2; then 3 = 0.5; then 2 = 0
    expected = [7.5, 3.5, 1, 1, 2]
    mistakes = {
        "the order: the largest φ leaves first, and yours is the smallest": [7.5, 8.5, 6.5, 4.5, 2],
        "features with negative φ leave last; this is the order of |φ|": [7.5, 8.5, 4.5, 2, 2],
        "this is insertion, from the baseline to x": [2, 4, 6.5, 8.5, 7.5],
        "f(x), before anything has left, comes first: M + 1 values": expected[1:],
        "what has left stays away; here each feature left alone": [7.5, 3.5, 5, 5.5, 8.5],
        "of two equal φ the feature that comes first in x leaves first": [7.5, 5, 1, 1, 2],
        "a feature leaves for the baseline, not for 0": [7.5, 3.5, -1, -1, 0],
    }
    kept = X.copy()
    compare(mine.deletion_curve(f, X, BLANK, phi), expected, "the curve of four features", mistakes)
    untouched(X, kept, "x")
    to_zero = mine.deletion_curve(f, X, np.zeros(4), np.array([1.0, 2.0, 4.0, 3.0]))
    compare(to_zero, [7.5, 3.5, -1, 0, 0], "the curve to a baseline of zeros")


def test_area(mine, compare):
    values = np.array([8.0, 2.0, 0.0, 1.0])
    mistakes = {
        "the first and the last value count half: they have a piece on one side only": values.mean(),
        "this adds the values after each move; take the mean of both ends of a piece": values[1:].mean(),
        "this takes the values before each move; take the mean of both ends of a piece": values[:-1].mean(),
        "divide by M: the pieces are 1/M wide": 6.5,
        "divide by the number of pieces, M, not by that of the values": 6.5 / 4,
    }
    compare(mine.area(values), 6.5 / 3, "the area under 8, 2, 0, 1", mistakes)
    compare(mine.area(np.linspace(1, 5, 9)), 3, "the area under a straight line from 1 to 5")


def test_infidelity(mine, compare):
    steps = np.array([[0.2, -0.1, 0.0, 0.3], [-0.1, 0.3, 0.4, 0.0], [0.0, 0.1, -0.2, 0.1]])
    w = np.array([1.5, -1.0, 2.0, 0.0])
    phi = np.array([1.0, -1.0, 2.5, 0.2])
    off = steps @ (phi - w)  # of a linear function I·φ − I·w
    mistakes = {
        "square each mistake before the mean is taken; up and down must not cancel": off.mean() ** 2,
        "the mistakes are squared": np.abs(off).mean(),
        "the mean over the steps, not the sum": np.sum(off**2),
        "the steps lead to x − I, and what is lost is f(x) − f(x − I); check both signs": np.mean(
            (steps @ (phi + w)) ** 2
        ),
        "no root at the end": np.sqrt(np.mean(off**2)),
    }
    got = mine.infidelity(lambda rows: rows @ w + 1, X, phi, steps)
    compare(got, np.mean(off**2), "the infidelity of a linear function", mistakes)
    slopes = np.array(
        [1.0, -1.0, 4.0, 3.0]
    )  # of f at X; what they miss of a step is ½·I_4² − I_1·I_3, with either sign
    expected = np.mean([0.045**2, 0.04**2, 0.005**2])
    compare(mine.infidelity(f, X, slopes, steps), expected, "the infidelity of slopes where f is curved", rtol=1e-7)


def test_infidelity_goes_the_right_way(mine, compare):
    def bend(rows):
        return np.maximum(0, rows[:, 0])  # falls by 0.5 only on the way down

    got = mine.infidelity(bend, np.array([0.5]), np.array([1.0]), np.array([[2.0]]))
    mistakes = {
        "the step goes to x − I; yours went to x + I": 16,
        "what f loses is f(x) − f(x − I); this is f(x + I) − f(x)": 0,
        "the sign: what f loses is f(x) − f(x − I), not f(x − I) − f(x)": 6.25,
    }
    compare(got, (2 - 0.5) ** 2, "the infidelity of a ReLU for a step over its kink", mistakes)


def test_max_sensitivity(mine, compare):
    def gradient(x):
        return np.array([2.0, 1.0]) if x.sum() > 1 else np.array([1.0, 0.0])  # of x_1 + relu(x_1 + x_2 − 1)

    x = np.array([0.505, 0.5])
    steps = np.array([[0.01, 0.0], [-0.01, -0.005], [0.0, 0.01]])
    mistakes = {
        "the largest change counts, not the mean of all": np.sqrt(2 / 5) / 3,
        "divide by the length of φ(x), where nothing has moved": np.sqrt(2),
        "the length is a root of a sum of squares": 2 / 5,
        "the length is a root of a sum of squares, not the largest entry": 1 / 2,
        "this is the sum of the absolute changes; the length is a root of a sum of squares": 2 / 3,
    }
    compare(mine.max_sensitivity(gradient, x, steps), np.sqrt(2 / 5), "where a ReLU switches off", mistakes)
    untouched(x, [0.505, 0.5], "x")
    x = np.array([3.0, 4.0])
    got = mine.max_sensitivity(lambda v: 3 * np.maximum(v, [3, 4]), x, np.array([[0.0, 0.5], [-1.0, 0.0]]))
    compare(got, 0.1, "of an explanation that changes on one side only", {"the steps lead to x + r, not to x − r": 0.2})


def places(v):
    """The mean place of each value among the sorted ones, counted from 1."""
    return [1 + np.mean([place for place, other in enumerate(sorted(v)) if other == value]) for value in v]


def test_ranks(mine, compare):
    v = np.array([0.0, 3.0, 0.0, 1.0])
    mistakes = {
        "count from 1, not from 0": [0.5, 3, 0.5, 2],
        "equal values share the mean of their places; here they got different ones": [1, 4, 2, 3],
        "equal values share the mean of their places, not the smallest": [1, 4, 1, 3],
        "equal values share the mean of their places, not the largest": [2, 4, 2, 3],
        "the smallest value has rank 1": [3.5, 1, 3.5, 2],
        "this is the order (argsort): which value is in which place. Asked is the place of each value": [1, 3, 4, 2],
    }
    compare(mine.ranks(v), [1.5, 4, 1.5, 3], "the ranks of 0, 3, 0, 1", mistakes)
    compare(mine.ranks(np.array([5.0, -2.0, 7.0, 5.0, 5.0])), [3, 1, 5, 3, 3], "the ranks of 5, −2, 7, 5, 5")
    compare(mine.ranks(np.zeros(3)), [2, 2, 2], "the ranks of three equal values")


def test_spearman(mine, compare):
    u, v = np.array([6.0, -1.0, 2.0, 0.0]), np.array([1.5, -1.0, 2.0, 0.0])
    mistakes = {
        "this is the correlation of the values; take that of their ranks": np.corrcoef(u, v)[0, 1],
        "the mean rank is to be subtracted from both": 29 / 30,
        "divide by the root of both sums of squares": 4,
        "this is the covariance of the ranks; divide by both standard deviations": 1,
    }
    compare(mine.spearman(u, v), 0.8, "ρ of shares and slopes", mistakes)
    compare(mine.spearman(u, -u), -1, "ρ of opposite orders")
    one, other = np.random.default_rng(0).integers(0, 4, (2, 4, 5)).astype(float)
    R, S = np.array(places(one.ravel())), np.array(places(other.ravel()))
    mistakes = {"the formula with 6 Σ(R − S)² holds only without ties": 1 - 6 * np.sum((R - S) ** 2) / (20 * 399)}
    compare(mine.spearman(one, other), np.corrcoef(R, S)[0, 1], "ρ of two images, laid out flat, with ties", mistakes)


def test_from_the_top(mine, compare):
    trained, drawn = [np.full((2, 2), float(l)) for l in (1, 2, 3)], [np.full((2, 2), float(l)) for l in (10, 20, 30)]
    stages = mine.from_the_top(trained, drawn)
    if not isinstance(stages, list) or [len(stage) for stage in stages] != [3, 3, 3]:
        pytest.fail("three layers have three stages, each a list of three arrays", pytrace=False)
    got = [[W[0, 0] for W in stage] for stage in stages]
    mistakes = {
        "it begins at the output: the last layer first": [[10, 2, 3], [10, 20, 3], [10, 20, 30]],
        "what was redrawn stays so in the next stage": [[1, 2, 30], [1, 20, 3], [10, 2, 3]],
        "the first stage has one layer redrawn already; the network as trained is no stage": [
            [1, 2, 3],
            [1, 2, 30],
            [1, 20, 30],
        ],
        "all stages are the same: make a new list for each (the same list was changed again and again)": 3
        * [[10, 20, 30]],
    }
    compare(got, [[1, 2, 30], [1, 20, 30], [10, 20, 30]], "the layers of the three stages", mistakes)
    untouched([W[0, 0] for W in trained], [1, 2, 3], "the list of trained weights")


def test_top_overlap(mine, compare):
    phi, other = np.array([6.0, -1.0, 2.0, 0.0, 0.5]), np.array([1.0, -3.0, 2.0, 0.0, 1.5])
    mistakes = {
        "features that speak against count as well: take the largest |φ|": 1,
        "the share: divide by k": 2,
        "divide by k, not by how many there are in either": 1 / 2,
        "divide by k, not by M": 2 / 5,
        "which features, not in which order": 1 / 3,
    }
    # the top 3 are {1, 2, 3} and {2, 3, 5}, the top 2 are {1, 3} and {2, 3}
    compare(mine.top_overlap(phi, other, 3), 2 / 3, "the share of the top 3", mistakes)
    compare(mine.top_overlap(phi, other, 2), 1 / 2, "the share of the top 2")
    compare(mine.top_overlap(phi, phi, 4), 1, "an explanation and itself")


def test_suspects(mine, compare):
    phis = np.array([[-3.0, -1.0, 5.0, 0.0, 0.0], [-4.0, 1.0, -5.0, 2.0, 1.0]])  # importances 3½, 1, 5, 1, ½
    mistakes = {
        "the mean of |φ|: feature 2 pulls both ways, and the mean of its φ is 0": [0],
        "the mean of |φ|, not of φ": [3, 4],
        "the most important first": [0, 2],
        "compare with the median of the importances, not with their mean": [2],
        "return the numbers of the features, not a mask": [1, 0, 1, 0, 0],
        "the features count from 0": [3, 1],
    }
    compare(mine.suspects(phis, 2), [2, 0], "the suspects among five features, counted from 0,", mistakes)
    mistakes = {"the median of the importances, not of all |φ|": []}
    compare(mine.suspects(phis, 4), [2], "those of more than four times the median", mistakes)
    compare(mine.suspects(phis, 5), np.array([]), "those of more than five times the median: none")
