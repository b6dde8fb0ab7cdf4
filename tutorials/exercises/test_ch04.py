"""Marks the exercises of chapter 4."""

from itertools import pairwise

import numpy as np
import pytest


def parts(got, names, function):
    """The results of a function that returns several, or words about what came instead."""
    if got is None:
        pytest.fail(f"{function} returned None; is there a `return`?", pytrace=False)
    if not isinstance(got, tuple | list) or len(got) != len(names):
        what = f"{len(got)} things" if isinstance(got, tuple | list) else type(got).__name__
        pytest.fail(f"{function} should return {', '.join(names)}; yours returned {what}", pytrace=False)
    return got


def test_neuron_gradients(mine, compare):
    names = ["delta", "dw", "db", "dx"]
    x, w = np.array([-1.0, -2.0]), np.array([2.0, -3.0])
    got = parts(mine.neuron_gradients(x, w, -3.0, 1.0), names, "neuron_gradients")
    # The numbers of the chapter, with all their digits.
    delta, a = -0.052877092784266715, 0.7310585786300049
    sigma_of_a = 1 / (1 + np.exp(-a))
    mistakes = {
        "the sign: the derivative of ½(y − a)² by a is a − y": -delta,
        "a factor is missing: f′(z) = a(1 − a)": a - 1,
        "this took z(1 − z), which is 0 at z = 1; σ′(z) is a(1 − a)": 0.0,
        "this is σ′(a); a is σ(z) already, so σ′(z) is a(1 − a)": (a - 1) * sigma_of_a * (1 - sigma_of_a),
        "the 2 of the square cancels the ½": 2 * delta,
        "this is ∂a/∂z; the factor ∂L/∂a = a − y is missing": a * (1 - a),
    }
    compare(got[0], delta, "delta", mistakes)
    mistakes = {"∂z/∂w_i is x_i, not w_i": w * delta, "this is ∂z/∂w; the factor δ is missing": x}
    compare(got[1], [0.052877092784266715, 0.10575418556853343], "dw", mistakes)
    mistakes = {"the bias has an input too: it is always 1": 0.0, "∂z/∂b is 1, not b": -3 * delta}
    compare(got[2], delta, "db", mistakes | {"this is ∂z/∂b; the factor δ is missing": 1.0})
    mistakes = {"∂z/∂x_i is w_i, not x_i": x * delta, "this is ∂z/∂x; the factor δ is missing": w}
    compare(got[3], [-0.10575418556853343, 0.15863127835280015], "dx", mistakes)


def test_neuron_gradients_of_another_neuron(mine, compare):
    # z is 0 and a is ½, so δ = (½ − y)·¼.
    x, w = np.array([4.0, 2.0, 1.0]), np.array([0.5, -1.5, 2.0])
    delta, dw, db, dx = parts(mine.neuron_gradients(x, w, -1.0, 0.0), ["delta", "dw", "db", "dx"], "neuron_gradients")
    compare(delta, 0.125, "delta, where z = 0 and y = 0", {"this is right for y = 1; is the target used?": -0.125})
    compare(dw, [0.5, 0.25, 0.125], "dw of a neuron with three inputs")
    compare(db, 0.125, "db")
    compare(dx, [0.0625, -0.1875, 0.25], "dx")


def test_swish_prime(mine, compare):
    z = np.array([[-2.0, -0.5, 0.0], [0.5, 1.0, 3.0]])
    s = 1 / (1 + np.exp(-z))
    h = 1e-6  # central differences, which need no derivation
    expected = ((z + h) / (1 + np.exp(-(z + h))) - (z - h) / (1 + np.exp(-(z - h)))) / (2 * h)
    mistakes = {
        "a product has two terms in its slope; the one with z·σ′(z) is missing": s,
        "a product has two terms in its slope; the one with σ(z) is missing": z * s * (1 - s),
        "the slope of a product is not the product of the slopes": s * (1 - s),
        "with a = z·σ(z), a(1 − a) is not σ′(z): that takes the sigmoid": s + z * (z * s) * (1 - z * s),
        "σ′(z) is σ(z)(1 − σ(z)), not z(1 − z)": s + z * z * (1 - z),
    }
    compare(mine.swish_prime(z), expected, "the slope of z·σ(z)", mistakes, rtol=1e-8)


A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])
W = np.array([[1.0, -1.0], [2.0, 0.0], [0.0, 3.0]])
DELTA = np.array([[1.0, -2.0], [3.0, 1.0]])


def test_layer_backward(mine, compare):
    da, dW, db = parts(mine.layer_backward(A, W, DELTA), ["da", "dW", "db"], "layer_backward")
    # The chapter's pencil numbers.
    mean = "the mean over the examples is in δ already; here they add up"
    compare(da, [[3, 2, -6], [2, 6, 3]], "da", {mean: np.array([[3, 2, -6], [2, 6, 3]]) / 2})
    mistakes = {
        mean: [[0.5, -1], [2.5, -1.5], [4.5, 1.5]],
        "only the last example counts: add with +=": [[0, 0], [3, 1], [9, 3]],
    }
    compare(dW, [[1, -2], [5, -3], [9, 3]], "dW", mistakes)
    mistakes = {
        mean: [2, -0.5],
        "a bias belongs to a neuron: add up over the examples, axis=0": [-1, 4],
        "δ itself is not the gradient: add up over the examples, or NumPy will add a row for each to b": DELTA,
        "only the last example counts: add with +=": [3, 1],
    }
    compare(db, [4, -1], "db", mistakes)


def test_layer_backward_of_a_square_layer(mine, compare):
    # Where W is square, a forgotten transpose raises no error.
    a, w, delta = (
        np.array([[1.0, 2.0], [3.0, 5.0]]),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 0.0], [0.0, 1.0]]),
    )
    da, dW, _ = parts(mine.layer_backward(a, w, delta), ["da", "dW", "db"], "layer_backward")
    compare(da, [[1, 3], [2, 4]], "da of a square layer", {"W must be transposed: we sum over its second index": w})
    compare(dW, [[1, 3], [2, 5]], "dW of a square layer", {"a must be transposed: we sum over the examples": a})


def test_softmax_delta(mine, compare):
    a = np.array([[0.125, 0.25, 0.625], [0.2, 0.5, 0.3]])
    da = np.array([[0.0, -4.0, 0.0], [1.0, 2.0, -3.0]])
    right = np.array([[0.125, -0.75, 0.625], [0.14, 0.85, -0.99]])  # in the second row Σ a_k ∂L/∂a_k = 0.3
    mistakes = {
        "only the slope of a_i by its own z_i; but z_i moves the other outputs too": da * a * (1 - a),
        "the sum Σ_k a_k ∂L/∂a_k is missing": da * a,
        "the sum is over one row, not over the whole batch (axis=1, keepdims=True)": a * (da - (a * da).sum()),
        "the sum is over one row, not over the examples (axis=1, keepdims=True)": a * (da - (a * da).sum(axis=0)),
        "the sum needs the weights a_k": a * (da - da.sum(axis=1, keepdims=True)),
        "this is log-softmax, whose ∂L/∂ ln a is another quantity": da - a * da.sum(axis=1, keepdims=True),
        "∂L/∂a carries the 1/N already": right / 2,
    }
    compare(mine.softmax_delta(a, da), right, "δ through softmax", mistakes)


MAZUR = {
    "x": np.array([[0.05, 0.10]]),
    "y": np.array([[0.01, 0.99]]),
    "W1": np.array([[0.15, 0.25], [0.20, 0.30]]),
    "b1": np.array([0.35, 0.35]),
    "W2": np.array([[0.40, 0.50], [0.45, 0.55]]),
    "b2": np.array([0.60, 0.60]),
}
STEP = ["W1", "b1", "W2", "b2"]


def test_one_step_of_mazurs_network(mine, compare):
    before = {name: array.copy() for name, array in MAZUR.items()}
    got = parts(mine.one_step(**before, learning_rate=0.5), STEP, "one_step")
    for name, array in before.items():
        if not np.array_equal(array, MAZUR[name]):
            pytest.fail(f"your function changed {name}, which was handed in: make a new array (no -=)", pytrace=False)
    # As Mazur prints them, one row for each receiving neuron. He leaves the biases, whose steps are α δ.
    W1 = np.array([[0.149780716, 0.19956143], [0.24975114, 0.29950229]]).T
    W2 = np.array([[0.35891648, 0.408666186], [0.511301270, 0.561370121]]).T
    b1 = 0.35 - 0.5 * np.array([0.008771354689, 0.009954254705])
    b2 = 0.60 - 0.5 * np.array([0.138498561629, -0.038098236517])

    a1 = np.array([[0.593269992, 0.596884378]])
    delta2 = np.array([[0.138498562, -0.038098237]])
    slope = a1 * (1 - a1)
    wrong = {
        "the early bird: δ of the hidden layer went through the new W2": (delta2 @ W2.T) * slope,
        "δ of the hidden layer lacks its own slope, f′(z¹) = a¹(1 − a¹)": delta2 @ MAZUR["W2"].T,
        "W2 must be transposed on the way back; it is square, so NumPy does not complain": (delta2 @ MAZUR["W2"])
        * slope,
        "the slope was taken at z¹: σ′(z) is a(1 − a)": (delta2 @ MAZUR["W2"].T) * [[0.23499375, 0.23844375]],
    }
    uphill = "the weights moved uphill: w − α ∂L/∂w"
    error = np.array([[0.751365070, 0.772928465]]) - MAZUR["y"]  # a² − y
    mistakes = {
        uphill: 2 * MAZUR["W2"] - W2,
        "δ of the output lacks its slope, f′(z²) = a²(1 − a²)": MAZUR["W2"] - 0.5 * a1.T @ error,
        "what comes into layer 2 is a¹, not x": MAZUR["W2"] - 0.5 * MAZUR["x"].T @ delta2,
    }
    compare(got[2], W2, "new W2", mistakes, rtol=1e-8)
    mistakes = {advice: MAZUR["W1"] - 0.5 * MAZUR["x"].T @ delta1 for advice, delta1 in wrong.items()}
    compare(got[0], W1, "new W1", mistakes | {uphill: 2 * MAZUR["W1"] - W1}, rtol=2e-8)
    still = "the biases move too, by α Σ_n δ_n"
    compare(got[1], b1, "new b1", {still: MAZUR["b1"]}, rtol=1e-8)
    compare(got[3], b2, "new b2", {still: MAZUR["b2"]}, rtol=1e-8)


def central_differences(loss, arrays, h=1e-5):
    """∂L/∂w of every entry of every array, by trying: nothing is derived."""
    gradients = []
    for w in arrays:
        gradient = np.zeros_like(w)
        for index in np.ndindex(w.shape):
            kept = w[index]
            w[index] = kept + h
            above = loss()
            w[index] = kept - h
            gradient[index] = (above - loss()) / (2 * h)
            w[index] = kept
        gradients.append(gradient)
    return gradients


def test_one_step_of_a_batch(mine, compare):
    rng = np.random.default_rng(4)
    x, y = rng.random((5, 3)), rng.random((5, 2))
    W1, b1, W2, b2 = arrays = [rng.normal(size=shape) for shape in [(3, 4), (4,), (4, 2), (2,)]]

    def loss():
        a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
        a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
        return 0.5 * np.sum((y - a2) ** 2) / len(x)

    gradients = central_differences(loss, arrays)
    got = parts(mine.one_step(x, y, W1, b1, W2, b2, 0.1), STEP, "one_step")
    for name, new, old, gradient in zip(STEP, got, arrays, gradients):
        mistakes = {
            "the loss is a mean: its 1/N is missing": old - 0.5 * gradient,
            "1/N was put in twice: it is in δ already": old - 0.02 * gradient,
        }
        compare(new, old - 0.1 * gradient, f"new {name}, for a batch of five", mistakes, rtol=1e-8)


CANCELLED = "with softmax and cross-entropy δ is (a − y)/N; here came one more factor, a(1 − a)"


def test_backpropagate_one_layer(mine, compare):
    got = mine.backpropagate(np.array([[1.0]]), np.array([[1.0, 0.0]]), [(np.zeros((1, 2)), np.zeros(2))])
    ((dW, db),) = parts(got, ["(dW1, db1)"], "backpropagate, for one layer,")
    mistakes = {"the sign: δ is a − y": [[0.5, -0.5]], CANCELLED: [[-0.125, 0.125]]}
    compare(dW, [[-0.5, 0.5]], "dW1 of the example", mistakes)
    compare(db, [-0.5, 0.5], "db1 of the example")


@pytest.mark.parametrize("widths", [(3, 4), (2, 5, 3), (3, 4, 4, 2), (2, 3, 3, 3, 3)])
def test_backpropagate(mine, compare, widths):
    rng = np.random.default_rng(len(widths))
    N, L = 6, len(widths) - 1
    x, y = rng.normal(size=(N, widths[0])), np.eye(widths[-1])[rng.integers(widths[-1], size=N)]
    weights = [(0.7 * rng.normal(size=shape), 0.3 * rng.normal(size=shape[1])) for shape in pairwise(widths)]

    def forward():
        a = [x]
        for W, b in weights[:-1]:
            a.append(np.tanh(a[-1] @ W + b))
        W, b = weights[-1]
        return a, a[-1] @ W + b

    def loss():
        _, z = forward()
        return float(np.mean(np.log(np.exp(z).sum(axis=1)) - (z * y).sum(axis=1)))

    expected = central_differences(loss, [array for pair in weights for array in pair])
    names = [f"(dW{l}, db{l})" for l in range(1, L + 1)]
    got = parts(mine.backpropagate(x, y, weights), names, f"backpropagate, for {L} layer{'s' * (L > 1)},")
    if L > 1 and np.shape(got[0][0]) == weights[-1][0].shape != weights[0][0].shape:
        pytest.fail("the gradients of the last layer stand first; the walk goes back, the list forward", pytrace=False)
    a, z = forward()
    powers = np.exp(z)
    answers = powers / powers.sum(axis=1, keepdims=True)
    delta_of_all, delta_sloped = (powers / powers.sum() - y) / N, (answers - y) / N * answers * (1 - answers)
    came_back = ((answers - y) / N) @ weights[-1][0].T
    slips = {  # of δ of the last hidden layer
        "its own slope is missing, tanh′(z) = 1 − a²": came_back,
        "a(1 − a) is the slope of the sigmoid; that of tanh is 1 − a²": came_back * a[-1] * (1 - a[-1]),
        "1 − tanh²(a) was taken; a is tanh(z) already": came_back * (1 - np.tanh(a[-1]) ** 2),
    }
    for l in range(L, 0, -1):  # from the end, where the walk begins: the first mark is where it went wrong
        where = f" of {L} layers" if L > 1 else ""
        if l < L:
            where += f" (dW{l + 1} and db{l + 1} are right: look at how δ gets from layer {l + 1} to layer {l})"
        for letter, mark, right in zip(
            "Wb", parts(got[l - 1], [f"dW{l}", f"db{l}"], f"layer {l}"), expected[2 * l - 2 :]
        ):
            mistakes = {
                "the loss is a mean: its 1/N is missing": N * right,
                "1/N was put in twice: it is in δ already": right / N,
                "the sign: δ of the last layer is (a − y)/N": -right,
            }
            if l == L:
                all_rows = "softmax belongs to one example: divide by the sum of its row (axis=1, keepdims=True)"
                for advice, delta in {all_rows: delta_of_all, CANCELLED: delta_sloped}.items():
                    mistakes[advice] = a[l - 1].T @ delta if letter == "W" else delta.sum(axis=0)
            if l == L - 1:
                for advice, delta in slips.items():
                    mistakes[advice] = a[l - 1].T @ delta if letter == "W" else delta.sum(axis=0)
            compare(mark, right, f"d{letter}{l}{where}", mistakes, rtol=1e-6)
