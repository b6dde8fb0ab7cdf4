"""Marks the exercises of chapter 7."""

from math import sqrt

import numpy as np
import pytest

import tinynet as tn

# ## 1. descend


def test_descend(mine, compare):
    start, t = np.array([1.0, -2.0]), np.arange(5)[:, None]
    got = mine.descend(lambda w: np.array([4.0, 1.0]) * w, start, 0.1, 4)
    if not np.array_equal(start, [1, -2]):
        pytest.fail("your function changed the w that it was given: `w -= …` changes it in place", pytrace=False)
    right = np.array([0.6, 0.9]) ** t * [1, -2]  # each step multiplies by 1 − αλ
    mistakes = {
        "this goes uphill: subtract the gradient": np.array([1.4, 1.1]) ** t * [1, -2],
        "the start is missing: it is the first row": right[1:],
        "these are the last weights only: keep all points": right[-1],
        "all rows are the same array, changed in place: `w = w - …` makes a new one": right[-1:].repeat(5, axis=0),
        "the gradient must be asked anew at every point, not once": [1, -2] - 0.1 * t * [4, -2],
        "one step is missing": right[:-1],
        "the learning rate is missing": np.array([-3.0, 0.0]) ** t * [1, -2],
    }
    compare(got, right, "the way down a bowl of curvatures 4 and 1", mistakes)


# ## 2. largest_learning_rate


def test_largest_learning_rate(mine, compare):
    H = np.array([[2.0, 1.0], [1.0, 2.0]])  # stretches (1, 1) by 3 and (1, −1) by 1
    mistakes = {
        "this is 1/λ_max, where the steepest direction arrives in one step; it converges up to twice that": 1 / 3,
        "this is the bound of the shallowest direction; the steepest leaves it first": 2.0,
        "the entries on the diagonal are the curvatures along the axes only; take the eigenvalues": 1.0,
        "this is 2 over the sum of the eigenvalues; only the largest counts": 0.5,
        "this is the largest eigenvalue; the bound is 2 divided by it": 3.0,
    }
    compare(mine.largest_learning_rate(H), 2 / 3, "the bound for H = [[2, 1], [1, 2]]", mistakes)
    compare(mine.largest_learning_rate(np.array([[4.0]])), 0.5, "the bound for a parabola of curvature 4")


def test_largest_learning_rate_is_where_descent_turns(mine):
    rng = np.random.default_rng(1)
    A = rng.standard_normal((6, 4))
    H, w0 = A.T @ A, rng.standard_normal(4)
    bound = mine.largest_learning_rate(H)
    if np.shape(bound) != ():
        pytest.fail(f"the bound should be one number; yours has shape {np.shape(bound)}", pytrace=False)
    for share, converges in ((0.99, True), (1.01, False)):
        w = w0
        for _ in range(2000):
            w = w - share * bound * (H @ w)
            if np.abs(w).max() > 1e9:  # it diverges
                break
        if (np.linalg.norm(w) < np.linalg.norm(w0)) != converges:
            word = "converge" if converges else "diverge"
            pytest.fail(
                f"with {share} times your bound, {bound:.6g}, descent should {word}, and does not", pytrace=False
            )


# ## 3. momentum

GRADIENTS = [np.array([1.0, 2.0]), np.array([-1.0, 2.0]), np.array([0.5, 2.0])]
START = np.array([1.0, 1.0])


def test_momentum(mine, compare):
    # v: 1, −0.5, 0.25 and 2, 3, 3.5
    right = [[0.9, 0.8], [0.95, 0.5], [0.925, 0.15]]
    mistakes = {
        "there is no memory in this: it is plain descent. Is v kept from step to step?": START
        - 0.1 * np.cumsum(GRADIENTS, axis=0),
        "the gradient is added whole, v ← μv + g, without a factor 1 − μ": [
            [0.95, 0.9],
            [0.975, 0.75],
            [0.9625, 0.575],
        ],
        "this goes uphill": [[1.1, 1.2], [1.05, 1.5], [1.075, 1.85]],
        "this is Nesterov's rule; it is asked for only by nesterov=True": [
            [0.85, 0.7],
            [0.975, 0.35],
            [0.9125, -0.025],
        ],
        "w moved along the velocity of the step before": [[1.0, 1.0], [0.9, 0.8], [0.95, 0.5]],
        "the start is no step; leave it out": [[1, 1], *right],
        "all rows are the same array, changed in place: `w = w - …` makes a new one": [right[-1]] * 3,
    }
    start = START.copy()
    compare(mine.momentum(GRADIENTS, start, 0.1, 0.5), right, "the way with momentum", mistakes)
    assert np.array_equal(start, START), "your function changed the w that it was given"


def test_nesterov(mine, compare):
    # g + μv: 1.5, −1.25, 0.625 and 3, 3.5, 3.75
    right = [[0.85, 0.7], [0.975, 0.35], [0.9125, -0.025]]
    mistakes = {
        "this is momentum without a look ahead. (g + μv with the v of before is v again: use the new v)": [
            [0.9, 0.8],
            [0.95, 0.5],
            [0.925, 0.15],
        ],
        "the step is g + μv, not g + v: the next look is only μ as far": START
        - 0.1 * np.cumsum([[2, 4], [-1.5, 5], [0.75, 5.5]], axis=0),
        "this is the step along μv alone; the gradient is missing": START
        - 0.1 * np.cumsum([[0.5, 1], [-0.25, 1.5], [0.125, 1.75]], axis=0),
    }
    compare(mine.momentum(GRADIENTS, START.copy(), 0.1, 0.5, nesterov=True), right, "the way with Nesterov", mistakes)


# ## 4. adam

ADAM_GRADIENTS = [np.array([0.5, 3.0]), np.array([-1.0, 3.0]), np.array([0.25, -0.1]), np.array([2.0, 0.01])]
RATES = {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.05}


def adam_by_sums(
    weight_decay=0.0, corrected="ms", inside=False, in_the_gradient=False, later=0, rate_in_decay=True, decay_last=False
):
    """Adam from the sums that its recursions stand for, so each mean is Σ βᵗ⁻ᵏ gₖ / Σ βᵗ⁻ᵏ; and its mistakes."""
    b1, b2, epsilon, w, seen, path = 0.8, 0.95, 0.05, START, [], []
    for t, g in enumerate(ADAM_GRADIENTS, start=1):
        seen.append(g + weight_decay * w if in_the_gradient else g)
        gs, ages = np.array(seen), np.arange(t)[::-1, None]
        m, s = (b1**ages * gs).sum(axis=0), (b2**ages * gs**2).sum(axis=0)
        # later = 1: the correction is that of step t + 1
        m = m / (1 - b1 ** (t + later)) * (1 - b1) if "m" in corrected else m * (1 - b1)
        s = s / (1 - b2 ** (t + later)) * (1 - b2) if "s" in corrected else s * (1 - b2)
        shrink = 1 if in_the_gradient else 1 - (0.1 if rate_in_decay else 1) * weight_decay
        if not decay_last:
            w = shrink * w
        w = w - 0.1 * m / (np.sqrt(s + epsilon) if inside else np.sqrt(s) + epsilon)
        if decay_last:
            w = shrink * w
        path.append(w)
    return np.array(path)


def test_adam(mine, compare):
    start = START.copy()
    with np.errstate(all="ignore"):
        got = mine.adam(ADAM_GRADIENTS, start, **RATES)
    mistakes = {
        "m and s are not corrected for their beginning at 0": adam_by_sums(corrected=""),
        "m is not corrected for its beginning at 0": adam_by_sums(corrected="s"),
        "s is not corrected for its beginning at 0": adam_by_sums(corrected="m"),
        "ε belongs outside the root": adam_by_sums(inside=True),
        "the count t is one too high: it is 1 at the first step": adam_by_sums(later=1),
        "this goes uphill": 2 * START - adam_by_sums(),
    }
    if np.asarray(got, dtype=float).shape == (4, 2) and not np.isfinite(np.asarray(got, dtype=float)).all():
        pytest.fail("Adam's way has nan in it. Does t begin at 0? Then 1 − β⁰ = 0 divides m and s", pytrace=False)
    compare(got, adam_by_sums(), "the way with Adam", mistakes)
    assert np.array_equal(start, START), "your function changed the w that it was given"


def test_adam_of_the_chapter(mine, compare):
    gradients = [np.array([0.5]), np.array([-1.0])]
    m, s = (0.09 * 0.5 - 0.1) / 0.19, (0.000999 * 0.25 + 0.001) / 0.001999
    second = 0.9 - 0.1 * m / (sqrt(s) + 1e-8)
    with np.errstate(all="ignore"):
        got = mine.adam(gradients, np.array([1.0]), 0.1)
    compare(got, [[0.9], [second]], "the chapter's way with Adam", rtol=1e-7)


def test_adamw(mine, compare):
    mistakes = {
        "nothing was decayed": adam_by_sums(),
        "λw was added to the gradient, so it was divided like it: shrink w itself": adam_by_sums(
            0.3, in_the_gradient=True
        ),
        "the shrinking needs the learning rate as well: αλw": adam_by_sums(0.3, rate_in_decay=False),
        "the weight was shrunk after Adam's step; it shrinks first": adam_by_sums(0.3, decay_last=True),
    }
    with np.errstate(all="ignore"):
        got = mine.adam(ADAM_GRADIENTS, START.copy(), **RATES, weight_decay=0.3)
    compare(got, adam_by_sums(0.3), "the way with AdamW", mistakes)


# ## 5. train


def xor_net():
    return tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")], seed=0)


def xor_losses(steps):
    """The chapter's loop in NumPy: the losses before the first step and after each."""
    x, y = tn.data.xor()
    W1, b1, W2, b2 = (array.copy() for array in xor_net().get_weights())
    losses = []
    for _ in range(steps + 1):
        a1 = np.tanh(x @ W1 + b1)
        a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
        losses.append(-np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2)))
        delta2 = (a2 - y) / 4
        delta1 = (delta2 @ W2.T) * (1 - a1**2)
        W1, b1 = W1 - 0.5 * x.T @ delta1, b1 - 0.5 * delta1.sum(axis=0)
        W2, b2 = W2 - 0.5 * a1.T @ delta2, b2 - 0.5 * delta2.sum(axis=0)
    return losses


def test_train(mine, compare):
    x, y = tn.data.xor()
    net, optimizer = xor_net(), tn.SGD(0.5)
    refused = None
    try:
        got = mine.train(net, x, y, optimizer, 50)
    except ValueError as error:
        refused = error
    if refused:
        pytest.fail(f"tinynet says: {refused}", pytrace=False)
    if got is not None and any(isinstance(loss, tn.Tensor) for loss in got):
        pytest.fail("these are tensors, each with its whole graph; take the number, loss.item()", pytrace=False)
    right = xor_losses(51)
    mistakes = {
        "the loss after the last step is missing": right[:50],
        "the loss before the first step is missing": right[1:51],
        "no weight has moved: is there an optimizer.step()?": right[:1] * 51,
    }
    compare(got, right[:51], "the losses of XOR", mistakes, rtol=1e-8)
    if optimizer.steps != 50:
        pytest.fail(f"50 steps were asked for; the optimizer took {optimizer.steps}", pytrace=False)


# ## 6. warm_up


def test_warm_up(mine, compare):
    schedule = mine.warm_up(0.8, 4, 8)
    if not callable(schedule):
        pytest.fail(f"warm_up should return a function of t; yours returned {schedule!r}", pytrace=False)
    got = [schedule(t) for t in range(11)]
    half = sqrt(0.5)
    rise, fall = [0.2, 0.4, 0.6, 0.8], [0.8, 0.4 * (1 + half), 0.4, 0.4 * (1 - half)]
    mistakes = {
        "the first step has rate 0, a step for nothing: at t it is (t + 1)/warm of initial": [
            0,
            *rise[:3],
            *fall,
            0,
            0,
            0,
        ],
        "after `steps` steps it should stay 0; the cosine rises again": [*rise, *fall, 0, fall[3], fall[2]],
        "the fall begins at t = warm: count the cosine's steps from there": [
            *rise,
            *(0.4 * (1 + np.cos(np.pi * np.arange(4, 9) / 8))),
            0,
            0,
        ],
        "the fall has steps − warm steps, not `steps`": [*rise, *(0.4 * (1 + np.cos(np.pi * np.arange(7) / 8)))],
    }
    compare(got, [*rise, *fall, 0, 0, 0], "warm_up(0.8, 4, 8) for t = 0 … 10", mistakes)


def test_warm_up_drives_an_optimizer(mine, compare):
    schedule = mine.warm_up(1.0, 2, 4)
    if not callable(schedule):
        pytest.fail(f"warm_up should return a function of t; yours returned {schedule!r}", pytrace=False)
    optimizer, w = tn.SGD(schedule), tn.Tensor([0.0])
    path = []
    for _ in range(5):
        w.grad = np.array([-1.0])
        optimizer.step([w])
        path.append(w.item())
    compare(path, [0.5, 1.5, 2.5, 3.0, 3.0], "the way of a weight under warm_up(1, 2, 4) with gradient −1")


# ## 7. mazur_outputs


def mazur_by_the_right_loop(steps, biases=False):
    x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    W1, W2 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])
    b1, b2 = 0.35, 0.60
    for step in range(steps + 1):
        a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
        a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
        if step < steps:
            delta2 = (a2 - y) * a2 * (1 - a2)
            delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
            W1, W2 = W1 - 0.5 * x.T @ delta1, W2 - 0.5 * a1.T @ delta2
            if biases:
                b1, b2 = b1 - 0.5 * delta1, b2 - 0.5 * delta2
    return a2[0]


def test_mazur_outputs(mine, compare):
    begin = mine.mazur_outputs(0)
    compare(begin, [0.751365070, 0.772928465], "the outputs before the first step", rtol=1e-8)
    mistakes = {
        "these are the outputs of the right loop; look for the mistake in chapter 4": (mazur_by_the_right_loop(10_000)),
        "the biases should stay": mazur_by_the_right_loop(10_000, biases=True),
    }
    got = mine.mazur_outputs(10_000)
    compare(got, [0.015912196, 0.984065734], "the outputs after 10,000 steps", mistakes, rtol=4e-8)


# ## 8. steepest_curvature


def test_steepest_curvature_of_a_bowl(mine, compare):
    H = np.array([[2.0, 1.0], [1.0, 2.0]])
    mistakes = {
        "the difference of the gradients must be divided by 2h": 3 * 2e-4,
        "divide by 2h, not by h": 6.0,
        "this is the smallest eigenvalue": 1.0,
        "this is one entry of H": 2.0,
    }
    with np.errstate(all="ignore"):
        got = mine.steepest_curvature(lambda w: H @ w, np.array([0.3, -0.2]))
    if got is not None and np.size(got) == 1 and not abs(float(np.squeeze(got))) < 1e6:
        pytest.fail(f"yours is {got}: is Hu made of length 1 again in each round?", pytrace=False)
    compare(got, 3.0, "the steepest curvature of H = [[2, 1], [1, 2]]", mistakes, rtol=1e-6)


def test_steepest_curvature_of_a_neuron(mine, compare):
    x, y = np.array([0, 0.25, 0.5, 0.75, 1]), np.array([0, 0, 1, 0, 1])
    w = np.array([4.0, -2.5])

    def gradient(w):
        delta = (1 / (1 + np.exp(-(x * w[0] + w[1]))) - y) / 5
        return np.array([np.sum(x * delta), np.sum(delta)])

    a = 1 / (1 + np.exp(-(x * w[0] + w[1])))
    share = a * (1 - a) / 5
    H = np.array([[np.sum(share * x * x), np.sum(share * x)], [np.sum(share * x), np.sum(share)]])
    far = {"did you ask the gradient at w + hu and w − hu, or at hu?": _steepest_at_zero(x)}
    compare(mine.steepest_curvature(gradient, w), np.linalg.eigvalsh(H)[1], "the chapter's neuron", far, rtol=1e-5)


def _steepest_at_zero(x):
    """The largest curvature of that neuron at w = b = 0, where every a(1 − a) is ¼."""
    return np.linalg.eigvalsh(np.array([[np.sum(x * x), np.sum(x)], [np.sum(x), 5.0]]) / 20)[1]


def test_steepest_curvature_asks_for_few_gradients(mine, compare):
    curvatures, asked = np.linspace(1.0, 50.0, 1000), 0
    curvatures[700] = 80.0

    def gradient(w):
        nonlocal asked
        asked += 1
        return curvatures * w

    with np.errstate(all="ignore"):
        got = mine.steepest_curvature(gradient, np.zeros(1000), rounds=100)
    stuck = {"u began along an axis, which is an eigenvector here, and never turned: draw it at random": curvatures[0]}
    compare(got, 80.0, "the steepest of a thousand curvatures", stuck, rtol=1e-5)
    if asked > 200:
        pytest.fail(f"100 rounds should ask for 200 gradients; yours asked for {asked}", pytrace=False)
