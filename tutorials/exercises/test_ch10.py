"""Marks the exercises of chapter 10."""

import numpy as np
import pytest

import tinynet as tn


def test_typical_size(mine, compare):
    for values, expected in (
        ([3.0, 4.0], 12.5**0.5),
        ([[3.0, 4.0], [3.0, 4.0]], 12.5**0.5),
        ([[[-2.0]], [[2.0]]], 2.0),
    ):
        v = np.array(values)
        mistakes = {
            "this is the length; divide it by the root of the number of entries": np.linalg.norm(v.ravel()),
            "divide by the root of the number of entries, not by the number": np.linalg.norm(v.ravel()) / v.size,
            "the root is missing": np.mean(v**2),
            "this is the mean of the sizes; square, take the mean, take the root": np.mean(np.abs(v)),
            "this is the standard deviation: no mean is subtracted here": v.std(),
            "divide by the root of the number of *all* entries, not of the rows": np.linalg.norm(v.ravel())
            / np.sqrt(len(v)),
            "one number for the whole array, not one for each column": np.sqrt(np.mean(v**2, axis=0)),
        }
        mistakes = {advice: wrong for advice, wrong in mistakes.items() if not np.array_equal(wrong, expected)}
        compare(mine.typical_size(v), expected, f"the typical size of {values}", mistakes)


def test_dead(mine, compare):
    z = np.array([[-1.0, 2.0, 0.0, -3.0, 0.0], [0.0, -3.0, 0.0, 4.0, -1.0], [-2.0, -1.0, 0.0, 5.0, -2.0]])
    expected = [True, False, True, False, True]
    mistakes = {
        "z = 0 is silent too, and ReLU's slope there is 0": (z < 0).all(axis=0),
        "dead means silent for all examples, not for one of them": (z <= 0).any(axis=0),
        "one answer for each neuron, that is for each column": (z <= 0).all(axis=1),
        "these are the neurons that are not dead": np.logical_not(expected),
        "the sum of the z does not matter: a single positive one is life": (z.sum(axis=0) <= 0),
    }
    compare(mine.dead(z), expected, f"which neurons are dead for z = {z.tolist()}", mistakes)
    compare(mine.dead(z[:1]), [True, False, True, True, True], "which neurons are dead for the first example alone")


def test_saturated(mine, compare):
    z = np.array([[5.0, 5.0, 4.0, -4.4, 4.3, 3.0], [-6.0, 1.0, 4.0, 4.4, 4.3, -3.5]])
    a = 1 / (1 + np.exp(-z))
    slope = a * (1 - a)
    expected = [True, False, False, True, False, False]
    mistakes = {
        "a twentieth of the *largest slope*, which is ¼ for a sigmoid and not 1": (slope < 0.05).all(axis=0),
        "saturated means flat for all examples, not for one of them": (slope < 0.0125).any(axis=0),
        "one answer for each neuron, that is for each column": (slope < 0.0125).all(axis=1),
        "it has two flat ends: a near 1, and a near 0": (a > 0.9873).all(axis=0),
        "the largest slope that a sigmoid can have, not the largest of these examples": (
            slope < 0.05 * slope.max()
        ).all(axis=0),
    }
    mistakes = {advice: wrong for advice, wrong in mistakes.items() if not np.array_equal(wrong, expected)}
    compare(mine.saturated(z), expected, f"which neurons are saturated for z = {z.tolist()}", mistakes)


def chain():
    rng = np.random.default_rng(1)
    n = [4, 3, 3, 2]  # layers 1 … 4
    weights = [rng.normal(size=(n[l], n[l + 1])) for l in range(3)]
    slopes = [rng.uniform(0, 0.25, (5, n[l])) for l in range(3)]
    return rng.normal(size=(5, 2)), weights, slopes


def test_sizes_back(mine, compare):
    one = mine.sizes_back(np.array([[4.0]]), [np.array([[0.5]])], [np.array([[0.25]])])
    mistakes = {
        "layer 1 comes first in the list": [4.0, 0.5],
        "the slope f′ is missing": [2.0, 4.0],
        "the weight is missing": [1.0, 4.0],
        "δ of the last layer belongs to the list too": [0.5],
    }
    compare(one, [0.5, 4.0], "the sizes for one neuron in each of two layers", mistakes)

    # the formula of chapter 4, one number after the other
    delta, weights, slopes = chain()
    d, expected = delta, [np.sqrt(np.mean(delta**2))]
    for W, f_prime in zip(weights[::-1], slopes[::-1]):
        d = np.array([[f_prime[n, i] * sum(W[i] * d[n]) for i in range(len(W))] for n in range(len(d))])
        expected.insert(0, np.sqrt(np.mean(d**2)))
    lengths = np.array(expected) * np.sqrt([20, 15, 15, 10])
    mistakes = {
        "layer 1 comes first in the list": expected[::-1],
        "these are lengths; divide by the root of the number of entries, N·n_l": lengths,
    }
    compare(mine.sizes_back(delta, weights, slopes), expected, "the sizes in four layers", mistakes)


def test_sizes_back_of_a_network(mine, compare):
    x, y = tn.data.digits()
    net = tn.Sequential([tn.Dense(8, activation="sigmoid", input_dim=64), tn.Dense(6, activation="sigmoid")], seed=0)
    net.add(tn.Dense(10, activation="softmax"))
    trace = tn.introspect.trace(net, x[:20], y[:20], loss="categorical_crossentropy")
    got = mine.sizes_back(trace[3].delta, [trace[2].W, trace[3].W], [trace[1].f_prime, trace[2].f_prime])
    expected = [np.sqrt(np.mean(trace[l].delta ** 2)) for l in (1, 2, 3)]
    compare(got, expected, "the sizes in a network for digits", {"layer 1 comes first in the list": expected[::-1]})


def test_change_of_z(mine, compare):
    rng = np.random.default_rng(2)
    x, x_batch, delta, alpha = rng.random((3, 4)), rng.random((5, 4)), rng.normal(size=(5, 2)), 0.1
    W, b = rng.normal(size=(4, 2)), rng.normal(size=2)
    W_after, b_after = W - alpha * x_batch.T @ delta, b - alpha * delta.sum(axis=0)
    expected = (x @ W_after + b_after) - (x @ W + b)  # the step taken, and z computed before and after
    mistakes = {
        "the bias moves too: it is the 1 in x · x_n + 1": x @ (W_after - W),
        "descent goes against the gradient: the sign is wrong": -expected,
        "the learning rate is missing": expected / alpha,
        "δ carries the 1/N of the mean already; do not divide again": expected / 5,
    }
    got = mine.change_of_z(x, x_batch, delta, alpha)
    compare(got, expected, "the change of z for three examples", mistakes, rtol=1e-8)
    hand = mine.change_of_z(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]), np.array([[0.5]]), 0.1)
    compare(hand, [[-0.1]], "the change of z in the example of the docstring", {"the bias moves too": [[-0.05]]})


def test_dead_for_sure(mine, compare):
    W = np.array([[1.0, 1.0, -1.0, 2.0, -1.0], [-2.0, -2.0, -3.0, 3.0, -1.0]])
    b = np.array([-1.0, -0.5, 0.5, -4.0, 0.0])
    # z is linear, so it is largest at a corner: try all four
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    expected = (corners @ W + b <= 0).all(axis=0)
    mistakes = {
        "an input may have a 1 at one weight and a 0 at another: sum the positive weights only": W.sum(axis=0) + b <= 0,
        "the bias counts too": np.maximum(W, 0).sum(axis=0) <= 0,
        "several inputs may be 1 at once: sum the positive weights": np.maximum(W, 0).max(axis=0) + b <= 0,
        "z = 0 is silent too": np.maximum(W, 0).sum(axis=0) + b < 0,
        "sum over the inputs, axis 0: there is one answer for each neuron": [True, False],
        "these are the neurons that some input wakes": ~expected,
    }
    compare(
        mine.dead_for_sure(W, b),
        expected,
        f"which neurons no input wakes, for W = {W.tolist()} and b = {b.tolist()}",
        mistakes,
    )


def recording():
    """Four ReLU neurons whose biases are set by hand: kept steps 0, 10, … 40."""
    net = tn.Sequential([tn.Dense(4, activation="relu", input_dim=1)], seed=0)
    recorder = tn.introspect.Recorder([[0.0], [1.0]], np.zeros((2, 4)), every=10)
    recorder.loss_name = "half_squared_error"
    # Is the neuron alive? By kept step.
    alive = np.array([[0, 1, 1, 1], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]])
    for step in range(41):
        # one of the two examples wakes it; the other is silent, and neuron 4 is silent at z = 0 exactly
        net.set_weights([[[1.0, 1.0, 1.0, 1.0]], np.where(alive[step // 10], -0.5, [-1.5, -2.0, -1.1, -1.0])])
        recorder.record(net)
    return recorder


def test_first_deaths(mine, compare):
    recorder = recording()
    assert recorder.steps == [0, 10, 20, 30, 40]
    mistakes = {
        "neuron 2 was dead at step 10 but woke at step 20: it died for good at step 30": [0, 10, -1, 10],
        "neurons 2 and 3 were dead once and woke again; ask from which step on they *stayed* dead": [0, 10, 20, 10],
        "these are places in the list of kept steps; recorder.steps has their numbers": [0, 3, -1, 1],
        "one silent example is no death; it has to be all of them": [0, 0, 0, 0],
        "neuron 4 has z = 0 for one example, which is silent too": [0, 30, -1, -1],
        "these are the last steps before the deaths": [0, 20, -1, 0],
    }
    compare(mine.first_deaths(recorder, 1), [0, 30, -1, 10], "the steps from which on neurons stayed dead", mistakes)


def paths():
    rng = np.random.default_rng(3)
    t = np.linspace(0, 1, 12)[:, np.newaxis]
    frame = np.linalg.qr(rng.normal(size=(6, 6)))[0]  # six directions at right angles
    noise = 0.01 * rng.normal(size=(12, 6))
    return 5 + 4 * t * frame[0] + 1.5 * t**2 * frame[1] + noise


def test_shadow_points(mine, compare):
    path = paths()
    result = mine.shadow(path)
    if not isinstance(result, tuple) or len(result) != 2:
        pytest.fail("shadow should return the pair (points, shares)", pytrace=False)
    points = np.asarray(result[0], float)
    # by another road: the eigenvectors of the matrix of covariances
    centred = path - path.mean(axis=0)
    d = np.linalg.eigh(centred.T @ centred)[1][:, [-1, -2]]
    expected = (path - path[-1]) @ d
    wrong = {
        "the last step should lie at (0, 0); measure from it and not from the mean": centred @ d,
        "the last step should lie at (0, 0), not the first": (path - path[0]) @ d,
        "the directions are those of the steps less their mean; here nothing was subtracted": (path - path[-1])
        @ np.linalg.svd(path)[2][:2].T,
        "the directions are those of the steps less their mean, not less the last one": (path - path[-1])
        @ np.linalg.svd(path - path[-1])[2][:2].T,
        "the directions are the *rows* of the third matrix that svd returns": (path - path[-1])
        @ np.linalg.svd(centred, full_matrices=False)[2][:, :2],
    }

    def turned(candidate):
        """With the signs of `points`, for either direction may be turned round."""
        if points.shape != candidate.shape:
            return candidate
        return candidate * np.where((points * candidate).sum(axis=0) < 0, -1, 1)

    mistakes = {advice: turned(candidate) for advice, candidate in wrong.items()}
    compare(points, turned(expected), "the points of the path on the plane", mistakes, rtol=1e-7)


def test_shadow_shares(mine, compare):
    path = paths()
    centred = path - path.mean(axis=0)
    sigma = np.linalg.svd(centred)[1]
    total = np.sum(centred**2)  # all squared distances from the mean
    directions = np.linalg.eigh(centred.T @ centred)[1][:, [-1, -2]]
    expected = np.sum((centred @ directions) ** 2, axis=0) / total
    mistakes = {
        "the shares are of squares: σ², not σ": sigma[:2] / sigma.sum(),
        "divide by the sum of *all* σ², not of the first two": sigma[:2] ** 2 / np.sum(sigma[:2] ** 2),
        "these are the σ² themselves; divide by their sum": sigma[:2] ** 2,
        "subtract the mean of the steps before the decomposition": np.linalg.svd(path)[1][:2] ** 2 / np.sum(path**2),
        "subtract the mean of the steps, not the last one": np.linalg.svd(path - path[-1])[1][:2] ** 2
        / np.sum((path - path[-1]) ** 2),
    }
    compare(mine.shadow(path)[1], expected, "the shares of the two directions", mistakes, rtol=1e-7)
    straight = np.array([[0.0, 0, 0], [2, 0, 0], [4, 0, 0]])
    compare(mine.shadow(straight)[1], [1, 0], "the shares of a straight path")
