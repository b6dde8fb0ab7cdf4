"""Marks the exercises of chapter 5."""

import math

import numpy as np
import pytest


def cube(w):
    return w**3


def D(f, w, h):
    return (f(w + h) - f(w - h)) / (2 * h)


def test_central_difference(mine, compare):
    mistakes = {
        "this is the one-sided difference; go to the left of w too": 3.31,
        "this is the one-sided difference to the left; go to the right of w too": 2.71,
        "the two points are 2h apart, not h": 6.02,
        "/ 2 * h divides by 2 and multiplies by h; write / (2 * h)": 0.602 / 2 * 0.1,
        "only f(w − h) was divided; put the difference in brackets": 1.331 - 0.729 / 0.2,
        "a sign is wrong": -3.01,
    }
    compare(mine.central_difference(cube, 1.0, 0.1), 3.01, "D(0.1) of w³ at 1", mistakes)
    compare(mine.central_difference(lambda w: w * w, 3.0, 0.5), 6.0, "D(0.5) of w² at 3, exact for a parabola")


def test_relative_errors(mine, compare):
    a = np.array([[2.0, -1.0, 0.0, -4.0], [3.0, 1e-5, 0.0, 0.5]])
    n = np.array([[1.0, 1.0, 1e-9, -2.0], [3.0, 3e-5, 0.0, 2.0]])
    r = 1e-3
    by_hand = [[1 / 2, 2, 1e-6, 1 / 2], [0, 0.02, 0, 3 / 4]]
    with np.errstate(all="ignore"):
        largest = np.maximum(np.abs(a), np.abs(n))
        mistakes = {
            "divide by the larger of |a| and |n|, but by no less than r": np.abs(a - n) / largest,
            "divide by the larger of |a| and |n|, not always by |a|": np.abs(a - n) / np.maximum(np.abs(a), r),
            "divide by the larger of |a| and |n|, not always by |n|": np.abs(a - n) / np.maximum(np.abs(n), r),
            "divide by the larger of |a|, |n| and r, not always by |a|": np.abs(a - n) / np.abs(a),
            "divide by the larger of |a|, |n| and r, not always by |n|": np.abs(a - n) / np.abs(n),
            "the larger of |a| and |n|, not their sum": np.abs(a - n) / np.maximum(np.abs(a) + np.abs(n), r),
            "one size for all entries; each needs its own, np.maximum": np.abs(a - n) / max(largest.max(), r),
            "the size of the difference is missing: np.abs": (a - n) / np.maximum(largest, r),
            "the larger of |a| and |n|, not of a and n": np.abs(a - n) / np.maximum(np.maximum(a, n), r),
        }
        got = mine.relative_errors(a, n, r)
    compare(got, by_hand, "the array of relative errors", mistakes)


def gradient_with(x, h, below, width, restore):
    """The gradient of `tangled` as some write it: from where, divided by what, and with nudges that stay."""
    x, gradient = x.astype(np.float64), np.empty(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + h
        above = tangled(x)
        x[index] = before + below
        gradient[index] = (above - tangled(x)) / width
        if restore:
            x[index] = before
    return gradient


def tangled(x):
    """(1·x₀₀ + 2·x₀₁ + …)²: the slope at one entry depends on all others, and a central difference is exact."""
    return np.sum(x * np.arange(1, x.size + 1).reshape(x.shape)) ** 2


def test_numerical_gradient(mine, compare):
    x, h = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]), 0.125
    before = x.copy()
    mistakes = {
        "an entry must be put back before the next is nudged": gradient_with(x, h, -h, 2 * h, restore=False),
        "these are one-sided differences; go to the left too": gradient_with(x, h, 0, h, restore=True),
        "the two points are 2h apart, not h": gradient_with(x, h, -h, h, restore=True),
        "all entries were nudged at once; nudge one at a time": np.full((2, 3), 11.5 * 21),
    }
    # 2 (1·1 − 2·2 + 3·0.5 + 4·3 + 5·0.25 − 6·1) c = 11.5 c for the factors c = 1 … 6
    by_hand = 11.5 * np.array([[1.0, 2, 3], [4, 5, 6]])
    got = mine.numerical_gradient(tangled, x, h)
    if not np.array_equal(x, before):
        pytest.fail("numerical_gradient changed x; put every entry back, or nudge a copy", pytrace=False)
    if np.shape(got) == x.shape and not np.ptp(got, axis=1).any() and np.ptp(got) > 0:
        pytest.fail("a whole row was nudged at once; np.ndindex(x.shape) goes through every entry", pytrace=False)
    compare(got, by_hand, "the gradient of (x₀₀ + 2 x₀₁ + 3 x₀₂ + …)²", mistakes)


@pytest.mark.parametrize("shape", [(), (1,), (2, 1, 2)], ids=str)
def test_numerical_gradient_for_any_shape(mine, compare, shape):
    x = np.linspace(0.5, 1.5, math.prod(shape)).reshape(shape)
    trouble = None
    try:
        got = mine.numerical_gradient(lambda x: float(np.sum(x**2)), x, 0.1)
    except (IndexError, ValueError, TypeError) as error:
        trouble = error
    if trouble is not None:
        pytest.fail(f"for x of shape {shape}: {trouble}. np.ndindex(x.shape) goes through every index", pytrace=False)
    compare(got, 2 * x, f"the gradient of Σ x² for x of shape {shape}")


def test_numerical_gradient_of_integers(mine, compare):
    got = mine.numerical_gradient(lambda x: float(x[0] * x[1]), np.array([2, 5]), 0.1)
    # 2.1 and 1.9 are cut off to 2 and 1
    compare(got, [5.0, 2.0], "the gradient of x₀x₁ at integers, which cannot be nudged by 0.1 (make a float64 copy),")


def test_best_step(mine, compare):
    expected = 0.06299605249474366  # the cube root of 0.00025
    mistakes = {
        "here the two errors are equal, but their sum is smallest elsewhere: where E′(h) = 0": 0.0793700525984,
        "this leaves out L and L‴": 0.1,
        "the derivative of h²/6 is h/3": (0.001 / 12) ** (1 / 3),
        "E′(h) = 0 gives h³; the root that is left is the third": math.sqrt(0.00025),
        "this is h³; take the third root": 0.00025,
    }
    compare(mine.best_step(1.0, 6.0, 0.001), expected, "the best h for w³ at 1 on the calculator", mistakes)
    got = mine.best_step(-1.0, 6.0, 0.001)
    if isinstance(got, complex):
        pytest.fail("with L = −1 your h is a complex number: sizes count, not signs", pytrace=False)
    signs = {"L = −1 is as large as L = 1: sizes count, not signs": -expected}
    compare(got, expected, "the best h with L = −1", signs)
    got = mine.best_step(0.5, -3.0, 0.001)
    if isinstance(got, complex):
        pytest.fail("with L‴ = −3 your h is a complex number: sizes count, not signs", pytrace=False)
    compare(got, expected, "the best h with L = 0.5 and L‴ = −3", signs)


def test_complex_derivative(mine, compare):
    w = 0.7
    right = (1 + w) * math.exp(w)  # the product rule
    got = mine.complex_derivative(lambda w: w * np.exp(w), w)
    if isinstance(got, complex | np.complexfloating):
        pytest.fail(f"your function returned {got}; the slope is its imaginary part, over h", pytrace=False)
    mistakes = {
        "this is the value of f; the slope is in the imaginary part": w * math.exp(w),
        "a sign is wrong": -right,
        "the imaginary part is h times the slope; divide by h": right * 1e-20,
        "the imaginary part is 0: the nudge must be imaginary, w + 1j * h": 0.0,
    }
    compare(got, right, "the slope of w eʷ at 0.7", mistakes, rtol=1e-3)
    error = abs(got / right - 1)
    if error > 1e-14:
        pytest.fail(
            f"the slope of w eʷ at 0.7 is off by {error:.0e}. A complex step with a tiny h has all digits: is it along "
            "the imaginary axis, is h about 1e-20, and is nothing subtracted?",
            pytrace=False,
        )


# ## The broken backward pass


def example():
    rng = np.random.default_rng(5)
    shapes = {"x": (5, 3), "y": (5, 2), "W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}
    return {name: rng.uniform(-1, 1, shape) for name, shape in shapes.items()}


def loss(x, y, W1, b1, W2, b2):
    a2 = np.tanh(x @ W1 + b1) @ W2 + b2
    return np.sum((y - a2) ** 2) / (2 * len(x))


def by_complex_steps(name):
    arrays = {key: array.astype(complex) for key, array in example().items()}
    gradient = np.empty(arrays[name].shape)
    for index in np.ndindex(gradient.shape):
        before = arrays[name][index]
        arrays[name][index] += 1e-20j
        gradient[index] = loss(**arrays).imag / 1e-20
        arrays[name][index] = before
    return gradient


@pytest.mark.parametrize("name", ["W2", "b2", "W1", "b1"])
def test_repaired(mine, compare, name):
    given = example()
    x, y, W1, b1, W2, b2 = given.values()
    got = mine.repaired(**given)
    if not isinstance(got, dict) or name not in got:
        pytest.fail(f"repaired should return a dict with the keys W1, b1, W2, b2; there is no {name}", pytrace=False)
    right, N = by_complex_steps(name), len(x)
    mistakes = {
        f"{N} times too large in every entry, and there are {N} examples: where is the 1/N of the mean?": N * right
    }
    if name == "b2":
        mistakes[f"{N} times too small in every entry: the 1/N is in δ already, so sum it"] = right / N
    if name[1] == "1":
        # what δ¹ would be with the wrong tanh′, from the right δ²
        z1 = x @ W1 + b1
        delta1 = ((np.tanh(z1) @ W2 + b2 - y) / N @ W2.T) * (1 - z1**2)
        wrong = x.T @ delta1 if name == "W1" else delta1.sum(axis=0)
        what = "each entry is off by another factor: of what is tanh′ = 1 − …² a function?"
        mistakes[what] = wrong
        mistakes[what + " And the 1/N of the mean is missing too"] = N * wrong
        if name == "b1":
            mistakes[f"{N} times too small in every entry: the 1/N is in δ already, so sum it"] = right / N
            mistakes[what + " And δ¹ was averaged, though the 1/N is in it already"] = wrong / N
    compare(got[name], right, f"∂L/∂{name}", mistakes)


def test_repaired_for_other_data(mine, compare):
    # 1, 2 or 3 examples: a 5 that was written for N would show here.
    for N in (1, 2, 3):
        given = example()
        given["x"], given["y"] = given["x"][:N], given["y"][:N]
        got = mine.repaired(**given)["b2"]
        a2 = np.tanh(given["x"] @ given["W1"] + given["b1"]) @ given["W2"] + given["b2"]
        right = (a2 - given["y"]).mean(axis=0)
        compare(got, right, f"∂L/∂b2 with N = {N}", {"N is len(x), not always 5": right * N / 5})


def test_extrapolated(mine, compare):
    def fifth(w):
        return w**5

    once, twice, half = (D(fifth, 1.0, h) for h in (0.1, 0.2, 0.05))
    mistakes = {
        "this is D(h) alone": once,
        "this is D(2h) alone": twice,
        "this is their mean, and both err to the same side": (once + twice) / 2,
        "D(2h) has four times the h² of D(h), not twice": 2 * once - twice,
        "D(h) and D(2h) are exchanged": (4 * twice - once) / 3,
        "c₁ + c₂ is not 1: divide by 3": 4 * once - twice,
        "this combines D(h/2) and D(h)": (4 * half - once) / 3,
    }
    compare(mine.extrapolated(fifth, 1.0, 0.1), 4.9996, "the slope of w⁵ at 1 with h = 0.1", mistakes)
    errors = [abs(mine.extrapolated(math.exp, 0.0, h) - 1) for h in (0.2, 0.1)]
    compare(errors[0] / errors[1], 16, "by how much the error for eʷ falls when h is halved", rtol=0.02)
