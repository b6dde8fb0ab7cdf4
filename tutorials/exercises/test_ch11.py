"""Marks the exercises of chapter 11."""

from itertools import pairwise

import numpy as np
import pytest

import tinynet as tn

# The network of the chapter: f(2, 1) = 7, f(0, 0) = 0.5
TINY = (
    [np.array([[1.0, 1.5, -2.0], [-1.0, 2.0, 2.0]]), np.array([[0.5], [1.0], [-2.0]])],
    [np.array([3.0, -1.0, 1.0]), np.array([1.0])],
)


def network():
    """An example, and weights and biases of a network 3-4-3-2: neurons on and off in both hidden layers."""
    rng, n = np.random.default_rng(2), [3, 4, 3, 2]
    weights = [rng.normal(size=shape) for shape in pairwise(n)]
    return rng.normal(size=3), weights, [rng.normal(size=k) for k in n[1:]]


def logits(x, weights, biases, f):
    for W, b in zip(weights[:-1], biases[:-1]):
        x = f(x @ W + b)
    return x @ weights[-1] + biases[-1]


def relu(z):
    return np.maximum(0, z)


def slopes_by_nudging(f, v, h=1e-6):
    """Central differences of a number f(v) by every entry of v."""
    return np.array([(f(v + h * e) - f(v - h * e)) / (2 * h) for e in np.eye(len(v))])


def test_occlusion(mine, compare):
    def f(rows):
        return rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2])

    x, baseline = np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.5, -1.0])
    expected = np.array([6 - 2, 6 - 1.5, 2 * np.sin(1)])  # 3·2, less 1·2, less 3·0.5; sin 1 − sin(−1)
    only = np.where(np.eye(3, dtype=bool), x, baseline)
    mistakes = {
        "the sign: what f loses, f(x) − f(covered), is in favour of the input": -expected,
        "these are the values of f(covered); subtract them from f(x)": 6 + np.sin(1) - expected,
        "cover one input and leave the others; here all but one were covered": f(x[np.newaxis]) - f(only),
        "input i gets baseline[i], not 0": [6, 6, np.sin(1)],
        "each input is covered alone: put the one before back (is x changed in place?)": 6
        + np.sin(1)
        - f(np.array([[1, 2, 1], [1, 0.5, 1], [1, 0.5, -1.0]])),
    }
    kept = x.copy()
    compare(mine.occlusion(f, x, baseline), expected, "the shares of three inputs", mistakes)
    compare(x, kept, "x, after your function has been called,")


def test_gradient_of_logit(mine, compare):
    tiny = mine.gradient_of_logit(np.array([2.0, 1.0]), *TINY, 0)
    mistakes = {
        "neuron 3 is off, so it passes nothing on: f′(z) is missing": [6, -2.5],
        "this is gradient × input; the gradient alone is asked for": [4, 1.5],
        "this is δ of layer 1; one more step, by W of layer 1, leads to the inputs": [0.5, 1, 0],
    }
    compare(tiny, [2, 1.5], "the gradient in the chapter's network", mistakes)
    x, weights, biases = network()
    for target in (0, 1):
        expected = slopes_by_nudging(lambda v: logits(v, weights, biases, relu)[target], x)  # noqa: B023
        both = sum(slopes_by_nudging(lambda v: logits(v, weights, biases, relu)[k], x) for k in (0, 1))  # noqa: B023
        mistakes = {"the walk begins with δ = 1 at the target only and 0 at the other logits": both}
        got = mine.gradient_of_logit(x, weights, biases, target)
        compare(got, expected, f"the gradient of logit {target}, counted from 0", mistakes, rtol=1e-6)


def test_trapezoid(mine, compare):
    for n in (2, 3, 7):
        result = mine.trapezoid(n)
        if not isinstance(result, tuple) or len(result) != 2:
            pytest.fail("trapezoid should return the pair (points, weights)", pytrace=False)
        points, weights = result
        expected = [k / (n - 1) for k in range(n)]
        compare(points, expected, f"the {n} points", {"the last point is 1": [k / n for k in range(n)]})
        parts = [1 / (n - 1)] * (n - 1)
        both = [(left + right) / 2 for left, right in zip([0, *parts], [*parts, 0])]
        halved = [1 / n * (0.5 if k in (0, n - 1) else 1) for k in range(n)]
        mistakes = {
            "n points have n − 1 parts between them; these weights add up to (n − 1)/n and not to 1": halved,
            "the two ends belong to one part each: half the weight": [1 / (n - 1)] * n,
            "equal weights are no trapezoid: the ends count half": [1 / n] * n,
        }
        mistakes = {advice: wrong for advice, wrong in mistakes.items() if not np.allclose(wrong, both)}
        compare(weights, both, f"the weights of {n} points", mistakes)


def test_integrated_gradients(mine, compare):
    def gradient(rows):  # of x_1² x_2 + x_3
        return np.stack([2 * rows[:, 0] * rows[:, 1], rows[:, 0] ** 2, np.ones(len(rows))], axis=1)

    x, baseline = np.array([3.0, 2.0, 5.0]), np.array([1.0, 4.0, 5.0])
    alpha = (1 + np.array([-1, 1]) / np.sqrt(3)) / 2  # two points of Gauss: exact for these polynomials
    weights = np.array([0.5, 0.5])
    # ∫ 2 (1 + 2α)(4 − 2α) dα = 34/3 times 2; ∫ (1 + 2α)² dα = 13/3 times −2; input 3 does not move
    path = baseline + alpha[:, np.newaxis] * (x - baseline)
    mean = weights @ gradient(path)
    expected = np.array([68 / 3, -26 / 3, 0.0])
    mistakes = {
        "an input may also fall on the way: x − baseline with its sign": np.abs(expected),
        "multiply by the way of each input, x − baseline, not by x": x * mean,
        "these are mean gradients; multiply by x − baseline": mean,
        "begin at the baseline: the path is baseline + α (x − baseline)": (x - baseline)
        * (weights @ gradient(alpha[:, np.newaxis] * x)),
        "on the path the difference x − baseline is added to the baseline": (x - baseline)
        * (weights @ gradient(alpha[:, np.newaxis] * (x - baseline))),
        "each gradient has its weight; they are summed, not averaged once more": expected / 2,
        "the sign: the way leads from the baseline to x": -expected,
    }
    got = mine.integrated_gradients(gradient, x, baseline, alpha, weights)
    compare(got, expected, "the shares for f = x_1² x_2 + x_3", mistakes)
    uneven = mine.integrated_gradients(gradient, x, baseline, np.array([0.0, 0.5, 1.0]), np.array([1, 4, 1]) / 6)
    mistakes = {
        "the weights of the points are missing: they are not all equal": (x - baseline)
        * gradient(baseline + np.array([[0.0], [0.5], [1.0]]) * (x - baseline)).mean(axis=0)
    }
    compare(uneven, expected, "the shares with Simpson's points and weights", mistakes)


def dealt_out(x, weights, biases, target, epsilon, *, bias=True, sign=True):
    """LRP as Bach and others tell it: each neuron deals its relevance out, input by input."""
    a_all, z_all, a = [x], [], x
    for l, (W, b) in enumerate(zip(weights, biases), start=1):
        z = a @ W + b
        a = z if l == len(weights) else np.tanh(z)
        z_all.append(z if bias else z - b)
        a_all.append(a)
    R = np.zeros(len(a))
    R[target] = a[target]
    for W, a, z in zip(weights[::-1], a_all[-2::-1], z_all[::-1]):
        below = z + epsilon * np.where((z < 0) & sign, -1, 1)
        R = np.array([sum(a[j] * W[j, k] / below[k] * R[k] for k in range(len(R))) for j in range(len(a))])
    return R


def test_lrp(mine, compare):
    hand = mine.lrp(np.array([2.0]), [np.array([[1.0]]), np.array([[3.0]])], [np.zeros(1), np.zeros(1)], 0, 0.0)
    slope = 3 * 2 * (1 - np.tanh(2) ** 2)
    mistakes = {
        "the slope is a/z, the line from the origin; this is gradient × input": [slope],
        "these are multipliers; φ = R^0 is x times what comes to it": [3 * np.tanh(2) / 2],
        "the last layer has no activation: it ends in the logit": [np.tanh(3 * np.tanh(2))],
    }
    compare(hand, [3 * np.tanh(2)], "LRP with one hidden neuron", mistakes)
    x, weights, biases = network()
    for target, epsilon in ((0, 0.0), (1, 0.1), (0, 0.1)):
        expected = dealt_out(x, weights, biases, target, epsilon)
        hidden_only = expected * (1 + epsilon / abs(logits(x, weights, biases, np.tanh)[target]))
        mistakes = {
            "z contains the bias": dealt_out(x, weights, biases, target, epsilon, bias=False),
            "ε has the sign of z, or it makes a negative z smaller instead of larger": dealt_out(
                x, weights, biases, target, epsilon, sign=False
            ),
            "ε acts in the last layer too": hidden_only,
            "ε is missing": dealt_out(x, weights, biases, target, 0.0),
            "this is for the sum of both logits; begin at the target only": sum(
                dealt_out(x, weights, biases, k, epsilon) for k in (0, 1)
            ),
            "these are multipliers; φ = R^0 is x times what comes to it": expected / x,
        }
        mistakes = {what: wrong for what, wrong in mistakes.items() if not np.allclose(wrong, expected, rtol=1e-7)}
        got = mine.lrp(x, weights, biases, target, epsilon)
        compare(got, expected, f"LRP of logit {target} with ε = {epsilon:g}", mistakes)


def test_lrp_where_z_is_0(mine, compare):
    weights, biases = [np.array([[1.0, 1.0], [-1.0, 1.0]]), np.array([[2.0], [1.0]])], [np.zeros(2), np.zeros(1)]
    with np.errstate(divide="ignore", invalid="ignore"):  # the result is judged, not the way
        got = mine.lrp(np.array([1.0, 1.0]), weights, biases, 0, 0.01)  # z of the first neuron is 1 − 1
    expected = dealt_out(np.array([1.0, 1.0]), weights, biases, 0, 0.01)
    mistakes = {"0/0 is not a number: where z = 0, sign z is 1, so that ε is left to divide by": [np.nan] * 2}
    compare(got, expected, "LRP where a z is exactly 0", mistakes)


def chords(x, baseline, weights, biases, target):
    """DeepLIFT of a tanh network by tinynet."""
    net = tn.Sequential([tn.Dense(W.shape[1], activation="tanh") for W in weights[:-1]], seed=0)
    net.add(tn.Dense(weights[-1].shape[1]))
    net.build((len(x),))
    net.set_weights([array for pair in zip(weights, biases) for array in pair])
    return tn.explain.deeplift(net, x, target, baseline=baseline).values


def test_deeplift(mine, compare):
    one = [np.array([[1.0]]), np.array([[3.0]])], [np.ones(1), np.zeros(1)]
    hand = mine.deeplift(np.array([2.0]), np.zeros(1), *one, 0)
    mistakes = {
        "the line leads to the baseline's point, Δa/Δz; this is a/z": [3 * 2 * np.tanh(3) / 3],
        "the slope is Δa/Δz; this is the tangent's, f′(z)": [3 * 2 * (1 - np.tanh(3) ** 2)],
        "these are multipliers; φ is Δx times what comes to the input": [1.5 * (np.tanh(3) - np.tanh(1))],
    }
    compare(hand, [3 * (np.tanh(3) - np.tanh(1))], "DeepLIFT with one hidden neuron", mistakes)
    x, weights, biases = network()
    baseline = np.array([0.5, 0.6, 0.3])  # one input falls
    for target in (0, 1):
        expected = chords(x, baseline, weights, biases, target)
        mistakes = {
            "multiply by Δx = x − baseline, not by x": expected * x / (x - baseline),
            "the baseline is not always 0: use the one that is given": chords(x, np.zeros(3), weights, biases, target),
            "let the baseline go through the network too, for its z and a": chords(
                x, np.zeros(3), weights, biases, target
            )
            * (x - baseline)
            / x,
            "this is for the sum of both logits; begin at the target only": sum(
                chords(x, baseline, weights, biases, k) for k in (0, 1)
            ),
        }
        got = mine.deeplift(x, baseline, weights, biases, target)
        compare(got, expected, f"DeepLIFT of logit {target}", mistakes)
        difference = np.diff([logits(v, weights, biases, np.tanh)[target] for v in (baseline, x)])[0]
        compare(np.sum(got), difference, "the sum of the shares, f(x) − f(baseline),")


def test_deeplift_where_a_neuron_does_not_move(mine, compare):
    # Neuron 1 sees 1 + 2 − 3 = 0 of a difference: no chord, so its slope is the tangent's. It matters to nobody's sum,
    # but to each share.
    weights = [np.array([[1.0, 1.0], [1.0, 0.0], [-1.0, 0.0]]), np.array([[2.0], [1.0]])]
    biases = [np.array([0.5, 0.0]), np.zeros(1)]
    x, baseline = np.array([1.0, 2.0, 3.0]), np.zeros(3)
    with np.errstate(divide="ignore", invalid="ignore"):  # the result is judged, not the way
        got = mine.deeplift(x, baseline, weights, biases, 0)
    m1 = 2 * (1 - np.tanh(0.5) ** 2)
    expected = [m1 + np.tanh(1), 2 * m1, -3 * m1]
    mistakes = {
        "0/0 is not a number: where Δz = 0 the slope is f′(z)": [np.nan] * 3,
        "where Δz = 0 the slope is not 0 but f′(z), to which Δa/Δz tends": [np.tanh(1), 0, 0],
        "multiply the multiplier of neuron 1 by its f′(z), which is 1 − a² and not 1": [2 + np.tanh(1), 4, -6],
    }
    compare(got, expected, "DeepLIFT where Δz of a neuron is 0", mistakes)


def test_absorbed_by_biases(mine, compare):
    mistakes = {
        "layer 1 comes first": [1, 0.5],
        "neuron 3 is off: its bias absorbs nothing": [-1.5, 1],
        "one number for each layer, not their sum": 1.5,
        "the bias of the last layer absorbs too": [0.5],
    }
    got = mine.absorbed_by_biases(np.array([2.0, 1.0]), *TINY, 0)
    compare(got, [0.5, 1], "what the biases absorb in the chapter's network", mistakes)
    x, weights, biases = network()
    for target in (0, 1):
        expected, all_logits = [], []
        for l, b in enumerate(biases):

            def f(v):
                return logits(x, weights, [*biases[:l], v, *biases[l + 1 :]], relu)  # noqa: B023

            # f is linear in b as long as no ReLU switches, with slope m: b · m
            expected.append(b @ slopes_by_nudging(lambda v: f(v)[target], b))  # noqa: B023
            all_logits.append(b @ slopes_by_nudging(lambda v: f(v).sum(), b))
        mistakes = {
            "layer 1 comes first": expected[::-1],
            "the walk begins at the target only, not at all logits": all_logits,
            "these are the biases times 1; each counts with its multiplier": [b.sum() for b in biases],
        }
        got = mine.absorbed_by_biases(x, weights, biases, target)
        compare(got, expected, f"what the biases absorb of logit {target}", mistakes, rtol=1e-6)
