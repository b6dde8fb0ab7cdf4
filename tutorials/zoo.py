r"""
# The zoo of wrong backward passes

Thirteen backward passes, each wrong in one place, as beginners and published code have written them. Most of
them learn. That is the danger: a falling loss does not show that the gradients are right. The
[gradient check](../tinynet/gradcheck.py) catches every one, and says which entries of which $W$ and $b$ are wrong.

A visit: run this file, and each animal shows what one sees in training and what the check says. Or take one, with
`import zoo` beside this file:

```python
animal = zoo.ZOO["flatfish"]
print(zoo.check(animal.network, animal.gradients))           # FAILED, and where
print(zoo.check(animal.network, animal.network.gradients))   # the right ones: passed
```

The exercise is the same at every cage. The right gradients of each network stand above the animals that live in
it: find the line that differs, and say *why* it is wrong, which entries that spoils, and why the others are right.
Then say what would have to be true of the data or the network for the mistake not to show.

One kind of mistake is not here, because no gradient check can see it: a loss that is itself not what you
meant, such as $(y - a)^2$ of shapes $(N,)$ and $(N, 1)$. Its gradients are right, of the wrong thing.

[Chapter 4](04_backpropagation.py) derives the right formulas, [chapter 5](05_checking_gradients.py) the check.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from tinynet.gradcheck import Entry, GradientReport, central_difference

Arrays = dict[str, np.ndarray]


# ## Cages


@dataclass(frozen=True)
class Network:
    """A small network: its data, its parameters by name, its loss, and the right gradients, by the same names.

    `loss` and `gradients` are functions of (x, y, and the parameters by name).
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    parameters: Arrays
    loss: Callable[..., float]
    gradients: Callable[..., Arrays]
    learning_rate: float = 0.5


@dataclass(frozen=True)
class Animal:
    """A wrong backward pass: its name, what a visitor is told, the network it lives in, its gradients."""

    name: str
    sign: str
    network: Network
    gradients: Callable[..., Arrays]


ZOO: dict[str, Animal] = {}


def lives_in(network: Network) -> Callable[[Callable[..., Arrays]], Callable[..., Arrays]]:
    """The decorator that puts a function into the zoo. Its docstring is the sign at the cage."""

    def settle(gradients: Callable[..., Arrays]) -> Callable[..., Arrays]:
        name = gradients.__name__.replace("_", " ")
        ZOO[name] = Animal(name, inspect.cleandoc(gradients.__doc__ or ""), network, gradients)
        return gradients

    return settle


def check(network: Network, gradients: Callable[..., Arrays], h: float = 1e-5, tolerance: float = 1e-6):
    r"""Hold these gradients against [central differences](#src-central-difference) of the network's loss.

    An array of the wrong shape has no entry to compare: each of its entries is NaN, and as wrong as can be.
    Returns a GradientReport, worst entry first.
    """
    x, y, parameters = network.x, network.y, {name: w.copy() for name, w in network.parameters.items()}
    given = gradients(x, y, **parameters)
    loss = network.loss(x, y, **parameters)
    resolution = float(np.finfo(np.float64).eps) * (1 + abs(loss)) / h / tolerance
    entries = []
    for name, w in parameters.items():
        shape = np.shape(given[name])
        fits = shape == w.shape
        for index in np.ndindex(w.shape):
            numeric = central_difference(lambda: network.loss(x, y, **parameters), w, index, h)
            analytic = float(given[name][index]) if fits else np.nan
            size = max(abs(analytic), abs(numeric), resolution)
            error = abs(analytic - numeric) / size if isfinite(analytic) else inf
            entry = f"{name}[{', '.join(map(str, index))}]" + ("" if fits else f" in {shape}")
            entries.append(Entry(name=entry, analytic=analytic, numeric=numeric, relative_error=error, kink=False))
    entries.sort(key=lambda e: -e.relative_error)
    return GradientReport(entries=entries, h=h, tolerance=tolerance, resolution=resolution)


def wrong_entries(report: GradientReport) -> list[str]:
    """The names of the entries that fail, in order: W1[0, 0], W1[0, 1], ..."""
    return sorted(e.name for e in report.entries if not e.relative_error <= report.tolerance)


def train(network: Network, gradients: Callable[..., Arrays], steps: int = 1000) -> list[float]:
    """The losses before the first and after each step of gradient descent with these gradients."""
    x, y, parameters = network.x, network.y, network.parameters
    losses = [network.loss(x, y, **parameters)]
    with np.errstate(all="ignore"):  # not all of them end well
        for _ in range(steps):
            d = gradients(x, y, **parameters)
            parameters = {name: w - network.learning_rate * d[name] for name, w in parameters.items()}
            losses.append(network.loss(x, y, **parameters))
    return losses


# ## Two layers of sigmoids, half the squared error
#
# First with the single example of
# [Mazur's network](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/), then the same
# weights with a batch of four.


def sigma(z):
    return 1 / (1 + np.exp(-z))


def forward(x, W1, b1, W2, b2):
    a1 = sigma(x @ W1 + b1)
    a2 = sigma(a1 @ W2 + b2)
    return a1, a2


def sigmoid_loss(x, y, W1, b1, W2, b2):
    _, a2 = forward(x, W1, b1, W2, b2)
    return float(0.5 * np.sum((y - a2) ** 2) / len(x))


def sigmoid_gradients(x, y, W1, b1, W2, b2):
    """The right ones."""
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


MAZUR = Network(
    "Mazur's network",
    x=np.array([[0.05, 0.10]]),
    y=np.array([[0.01, 0.99]]),
    parameters={
        "W1": np.array([[0.15, 0.25], [0.20, 0.30]]),
        "b1": np.array([0.35, 0.35]),
        "W2": np.array([[0.40, 0.50], [0.45, 0.55]]),
        "b2": np.array([0.60, 0.60]),
    },
    loss=sigmoid_loss,
    gradients=sigmoid_gradients,
)
BATCH = Network(
    "Mazur's network, four examples",
    x=np.array([[0.05, 0.10], [0.90, 0.20], [0.30, 0.80], [1.00, 1.00]]),
    y=np.array([[0.01, 0.99], [0.99, 0.01], [0.01, 0.99], [0.99, 0.01]]),
    parameters=MAZUR.parameters,
    loss=sigmoid_loss,
    gradients=sigmoid_gradients,
)


@lives_in(MAZUR)
def early_bird(x, y, W1, b1, W2, b2):
    """The loss falls as it should, nearly. After one step of Mazur's, in which only the weights move, it is
    0.291027924, as his article prints it; with the right gradients it is 0.2910277737. Look at
    [how δ passes through the weights](#src-dense-da): of which loss is δ the derivative?
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    dW2, db2 = a1.T @ delta2, delta2.sum(axis=0)
    W2 = W2 - 0.5 * dW2
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": dW2, "b2": db2}


@lives_in(BATCH)
def flatfish(x, y, W1, b1, W2, b2):
    """The loss falls, at first even a little faster. But after 1000 steps it is still above 0.2, where the right
    gradients have brought it to 0.03. Each hidden δ is at least four times too large: why at least four? Look at
    [what a nudge of z does to a](#src-activation-backward).
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = delta2 @ W2.T
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))


@lives_in(BATCH)
def parrot(x, y, W1, b1, W2, b2):
    """The loss falls as it should, and here ends even a little lower: the wrong factor, too, lies between 0 and 1/4.
    Nothing looks suspicious, but every entry is wrong. Look at [the formula](#src-sigmoid-prime): of what is it a
    function, and what is it given here? Why is `a * (1 - a)` right?
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * sigma_prime(a2)
    delta1 = (delta2 @ W2.T) * sigma_prime(a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


@lives_in(BATCH)
def cuckoo(x, y, W1, b1, W2, b2):
    """The loss falls much faster than with the right gradients. And yet every entry is wrong: these are the right
    gradients of [another loss](#src-sigmoid-crossentropy-delta), but for a factor. Which loss, and why is it the
    better one to minimise?
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


@lives_in(BATCH)
def salmon(x, y, W1, b1, W2, b2):
    r"""The loss rises. Every entry is wrong, by a relative error of 2; why 2? Some books write
    $\delta = (y - a)\,f'(z)$ and are right: look at [the sign in the update](#src-sgd).
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (y - a2) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


@lives_in(BATCH)
def elephant(x, y, W1, b1, W2, b2):
    """The loss falls, here much faster; with large batches it jumps about. Every entry is wrong, by a relative error
    of 3/4. What does 3/4 tell about the factor? With a batch of one example nothing is wrong. Look at
    [the gradient of the loss](#src-half-squared-error-gradient).
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


@lives_in(BATCH)
def snail(x, y, W1, b1, W2, b2):
    """The loss falls, a little slower. Only the biases are wrong, by a relative error of 3/4. The loss is a mean, so it
    looks reasonable that a gradient is one. Look at [the bias](#src-dense-db), and at where the mean already is.
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.mean(axis=0), "W2": a1.T @ delta2, "b2": delta2.mean(axis=0)}


@lives_in(BATCH)
def hydra(x, y, W1, b1, W2, b2):
    """The loss falls, here much faster. Then one asks the trained network about a single example, and it gives four
    answers, for NumPy adds arrays of different shapes without a word. Look at [the bias](#src-dense-db): what shape
    must its gradient have? With a batch of one example nothing seems wrong.
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1, "W2": a1.T @ delta2, "b2": delta2}


@lives_in(BATCH)
def crab(x, y, W1, b1, W2, b2):
    r"""The loss falls as it should, and here, by luck, lower. If the two layers had different widths, NumPy would
    refuse; with a square $W$ it does not. Look at [how δ passes through the weights](#src-dense-da), and write out
    the sum for $\delta_1^1$: which weights lead away from hidden neuron 1?
    """
    a1, a2 = forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2) * a1 * (1 - a1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


# ## The same layer twice
#
# The hidden layer and the output layer have the same $W$ and $b$, as the steps of a recurrent network do.


def tied_loss(x, y, W, b):
    a2 = np.tanh(np.tanh(x @ W + b) @ W + b)
    return float(0.5 * np.sum((y - a2) ** 2) / len(x))


def tied_gradients(x, y, W, b):
    """The right ones."""
    a1 = np.tanh(x @ W + b)
    a2 = np.tanh(a1 @ W + b)
    dW, db = np.zeros_like(W), np.zeros_like(b)

    delta2 = (a2 - y) / len(x) * (1 - a2**2)
    dW += a1.T @ delta2
    db += delta2.sum(axis=0)

    delta1 = (delta2 @ W.T) * (1 - a1**2)
    dW += x.T @ delta1
    db += delta1.sum(axis=0)
    return {"W": dW, "b": db}


TIED = Network(
    "one layer, used twice",
    x=BATCH.x,
    y=2 * BATCH.y - 1,
    parameters={"W": np.array([[0.40, -0.50], [-0.30, 0.60]]), "b": np.array([0.10, -0.20])},
    loss=tied_loss,
    gradients=tied_gradients,
    learning_rate=0.2,
)


@lives_in(TIED)
def goldfish(x, y, W, b):
    """The loss falls, slower: after 1000 steps it is more than ten times as high. Every entry is wrong, each by another
    factor. The weights act on the loss along two paths. Look at
    [how tinynet gathers what comes along all paths](#src-chain-rule).
    """
    a1 = np.tanh(x @ W + b)
    a2 = np.tanh(a1 @ W + b)
    dW, db = np.zeros_like(W), np.zeros_like(b)

    delta2 = (a2 - y) / len(x) * (1 - a2**2)
    dW = a1.T @ delta2
    db = delta2.sum(axis=0)

    delta1 = (delta2 @ W.T) * (1 - a1**2)
    dW = x.T @ delta1
    db = delta1.sum(axis=0)
    return {"W": dW, "b": db}


# ## Softmax and cross-entropy
#
# Three classes, behind a hidden layer of relu.


def relu_softmax(x, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W2 + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    return z1, a1, e / e.sum(axis=1, keepdims=True)


def softmax_loss(x, y, W1, b1, W2, b2):
    _, _, a2 = relu_softmax(x, W1, b1, W2, b2)
    return float(-np.sum(y * np.log(a2)) / len(x))


def softmax_gradients(x, y, W1, b1, W2, b2):
    """The right ones."""
    z1, a1, a2 = relu_softmax(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x)
    delta1 = (delta2 @ W2.T) * (z1 > 0)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


CLASSES = Network(
    "three classes",
    x=BATCH.x,
    y=np.array([[1.0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]),
    parameters={
        "W1": np.array([[0.80, -0.60, 0.50], [-0.70, 0.90, 0.40]]),
        "b1": np.array([0.10, -0.05, -0.30]),
        "W2": np.array([[0.20, 0.70, -0.40], [-0.50, 0.30, 0.60], [0.40, -0.80, 0.10]]),
        "b2": np.array([0.10, 0.00, -0.10]),
    },
    loss=softmax_loss,
    gradients=softmax_gradients,
    learning_rate=0.2,
)


@lives_in(CLASSES)
def hermit(x, y, W1, b1, W2, b2):
    r"""The loss falls, slower, and then it is nan. Yet the chain rule is followed to the letter:
    $\partial L/\partial a$, times $a\,(1 - a)$. Print `delta2`: what is learned about the wrong classes? Look at
    [the derivative of softmax](#src-softmax-backward): on which $z_j$ does $a_i$ depend?
    """
    z1, a1, a2 = relu_softmax(x, W1, b1, W2, b2)
    da2 = -y / a2 / len(x)
    delta2 = da2 * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * (z1 > 0)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


@lives_in(CLASSES)
def mole(x, y, W1, b1, W2, b2):
    r"""The loss falls a little, to 1.0397, and then stays there: that is $\frac32 \ln 2$, what one gets by knowing only
    how frequent each class is. The last layer is right. Look at [relu's derivative](#src-relu-prime): whose sign does
    it ask for? And why does the loss get stuck: what has become of the hidden neurons?
    """
    _, a1, a2 = relu_softmax(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x)
    delta1 = delta2 @ W2.T
    delta1[delta1 < 0] = 0
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


# ## Dropout
#
# The sigmoids again. Dropout draws a new mask at each step; here it is held fixed, so that there is one loss to
# check. For the first and the fourth example it drops the second hidden neuron, for the second example the first.
# What stays is doubled.

MASK = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]])


def dropout_loss(x, y, W1, b1, W2, b2):
    a1 = sigma(x @ W1 + b1) * MASK
    a2 = sigma(a1 @ W2 + b2)
    return float(0.5 * np.sum((y - a2) ** 2) / len(x))


def dropout_gradients(x, y, W1, b1, W2, b2):
    """The right ones. `f1` is what the neurons gave, `a1` what the mask left of it."""
    f1 = sigma(x @ W1 + b1)
    a1 = f1 * MASK
    a2 = sigma(a1 @ W2 + b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * MASK * f1 * (1 - f1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


DROPOUT = Network(
    "a network with dropout",
    x=BATCH.x,
    y=BATCH.y,
    parameters=MAZUR.parameters,
    loss=dropout_loss,
    gradients=dropout_gradients,
)


@lives_in(DROPOUT)
def sleepwalker(x, y, W1, b1, W2, b2):
    r"""The loss falls, a little slower, and dropout is noisy anyway: nobody notices. The last layer is right. In the
    hidden layer, neurons learn that took no part. Look at [dropout](#src-dropout-backward): what is the derivative
    of $0 \cdot f(z)$?
    """
    f1 = sigma(x @ W1 + b1)
    a1 = f1 * MASK
    a2 = sigma(a1 @ W2 + b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * f1 * (1 - f1)
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


# ## A visit


def visit() -> None:
    """Print what one sees of each animal in training, and what the check says of it."""
    steps = (0, 10, 100, 1000)
    for animal in ZOO.values():
        network = animal.network
        wrong, right = train(network, animal.gradients), train(network, network.gradients)
        print(f"\n{'-' * 100}\n{animal.name.upper()}, in {network.name}\n")
        print("loss after" + "".join(f"{n:>10}" for n in steps) + " steps")
        print("  wrong   " + "".join(f"{wrong[n]:>10.6f}" for n in steps))
        print("  right   " + "".join(f"{right[n]:>10.6f}" for n in steps) + "\n")
        print(check(network, animal.gradients))


if __name__ == "__main__":
    visit()
