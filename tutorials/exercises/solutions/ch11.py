r"""
# Solutions of chapter 11: what did it look at?

`pytest tutorials/exercises -k ch11 --solutions` marks these.

With a pencil. Exercise 8: on the way from (0, 0) to (1, 1) the sum is $x_1 + x_2 = 2\alpha$, and the ReLU is on until
$\alpha = \frac12$. Until then both slopes are 1, afterwards 0. So each has the share
$1 \cdot \frac12 = \frac12$, together $f(1, 1) - f(0, 0) = 1$. DeepLIFT: $z = 1 - x_1 - x_2$ goes from 1 to −1 and $a$
from 1 to 0, so $\Delta a/\Delta z = \frac12$. The multiplier is $-\frac12$, and
$\varphi_i = \Delta x_i\,w_i\,m = 1 \cdot (-1) \cdot (-\frac12) = \frac12$: the same, as it must be with one hidden
layer. Neither witness is overlooked.

Exercise 9: yes for leaky ReLU. It is $z$ on the right and $sz$ on the left, so $a/z$ is 1 or $s$, and so is $f'$: each
piece is a line through the origin. Not for the sigmoid: at $z = 2$ it has $a/z = 0.881/2 = 0.44$ and
$f' = a(1-a) = 0.105$. And since $\sigma(0) = \frac12$ is not 0, $a/z$ grows without bound as $z$ comes near 0.
"""

import numpy as np


def occlusion(f, x, baseline):
    r"""By how much f falls when one input is covered: $\varphi$, (n,).

    f: a function that takes rows, (N, n), and returns (N,). x, baseline: (n,). Input i is covered by putting
    `baseline[i]` in its place and leaving the others. x stays as it is. For f = $x_1 x_2$, x = (3, 2) and a baseline of
    zeros it is (6, 6).
    """
    # A row for each covered input: the diagonal comes from the baseline. One call of f does them all.
    covered = np.where(np.eye(len(x), dtype=bool), baseline, x)
    return f(x[np.newaxis])[0] - f(covered)


def gradient_of_logit(x, weights, biases, target):
    r"""$\partial z_t^L/\partial x$, (n_0,), of a network with ReLU in its hidden layers; t is `target`, counted from 0.

    For x = (2, 1), W = [[[1, 1.5, -2], [-1, 2, 2]], [[0.5], [1], [-2]]], b = [[3, -1, 1], [1]] and target 0 it is
    (2, 1.5), as in the chapter.
    """
    # Forward, to know which neurons are on. Then chapter 4's walk, begun with δ = 1 at the logit and 0 at the others.
    a, slopes = x, []
    for W, b in zip(weights[:-1], biases[:-1]):
        z = a @ W + b
        a, slopes = np.maximum(0, z), [*slopes, z > 0]
    g = weights[-1][:, target]  # W^L times one-hot: a column
    for W, slope in zip(weights[-2::-1], slopes[::-1]):
        g = W @ (slope * g)
    return g


def trapezoid(n):
    r"""The pair (points, weights), each (n,), of the trapezoid rule with n points from 0 to 1, n at least 2.

    The n - 1 parts between the points are equally long, and each contributes its length times the mean of its two ends.
    For n = 3 the points are (0, 0.5, 1) and the weights (0.25, 0.5, 0.25).
    """
    # A part is 1/(n-1) long and gives half of that to each of its ends. Inner points are the ends of two parts.
    weights = np.full(n, 1 / (n - 1))
    weights[[0, -1]] /= 2
    return np.linspace(0, 1, n), weights


def integrated_gradients(gradient, x, baseline, alpha, weights):
    r"""$\varphi_i = (x_i - \tilde x_i) \sum_k w_k\,\partial f/\partial x_i$ at the points of the straight way, (n,).

    gradient: a function that takes rows, (K, n), and returns the gradient of f at each, (K, n). x, baseline: (n,).
    alpha, weights: (K,), the points between 0, the baseline, and 1, x. For f = $x_1 x_2$, x = (3, 2), a baseline of
    zeros, alpha (0.5) and weights (1) it is (3, 3).
    """
    # All points at once, a row for each. The weighted mean of the gradients, then times the way of each input.
    path = baseline + alpha[:, np.newaxis] * (x - baseline)
    return (x - baseline) * (weights @ gradient(path))


def lrp(x, weights, biases, target, epsilon):
    r"""LRP-$\varepsilon$ of logit t: $\varphi = R^0$, (n_0,), of a network with tanh in its hidden layers.

    In every layer the slope is $a/(z + \varepsilon\,\mathrm{sign}\,z)$, with sign 0 = 1. In the last layer $a = z$, so
    there it is almost 1. For x = (2), W = [[[1]], [[3]]], b = [[0], [0]], target 0 and epsilon 0 it is
    3 tanh 2 = 2.892082740.
    """
    # Forward, keeping the slope of every neuron; then the walk back with these in the place of f'.
    a, slopes = x, []
    for l, (W, b) in enumerate(zip(weights, biases), start=1):
        z = a @ W + b
        a = z if l == len(weights) else np.tanh(z)
        slopes.append(a / (z + np.where(z < 0, -epsilon, epsilon)))
    g = np.eye(len(z))[target]
    for W, slope in zip(reversed(weights), reversed(slopes)):
        g = W @ (slope * g)
    return x * g


def deeplift(x, baseline, weights, biases, target):
    r"""DeepLIFT (rescale) of logit t: $\varphi$, (n_0,), of a network with tanh in its hidden layers.

    The slope of a neuron is $\Delta a/\Delta z$, between x and the baseline, (n_0,). Where $|\Delta z| < 10^{-10}$ it
    is $f'(z)$. For x = (2), baseline (0), W = [[[1]], [[3]]], b = [[1], [0]] and target 0 it is
    3 (tanh 3 - tanh 1) = 0.700381795.
    """
    # Both go forward together. The last layer is linear: there Δa/Δz = 1, and its bias cancels in every difference.
    a, before, slopes = x, baseline, []
    for W, b in zip(weights[:-1], biases[:-1]):
        z, z_before = a @ W + b, before @ W + b
        a, before = np.tanh(z), np.tanh(z_before)
        flat = np.abs(z - z_before) < 1e-10
        chord = (a - before) / np.where(flat, 1, z - z_before)
        slopes.append(np.where(flat, 1 - a**2, chord))
    g = weights[-1][:, target]
    for W, slope in zip(weights[-2::-1], slopes[::-1]):
        g = W @ (slope * g)
    return (x - baseline) * g


def absorbed_by_biases(x, weights, biases, target):
    r"""How much of logit t the biases absorb in gradient × input with ReLU: $\sum_j b_j^l m_j^l$ for l = 1 ... L, (L,).

    Layer 1 comes first. With $\sum_i x_i\,\partial f/\partial x_i$ they add up to the logit. For the network of
    `gradient_of_logit` it is (0.5, 1).
    """
    # The m of the walk back are the δ of the logit, and the derivative by a bias is its δ.
    a, slopes = x, []
    for W, b in zip(weights[:-1], biases[:-1]):
        z = a @ W + b
        a, slopes = np.maximum(0, z), [*slopes, z > 0]
    m = np.eye(len(biases[-1]))[target]
    absorbed = [biases[-1] @ m]
    for W, b, slope in zip(weights[:0:-1], biases[-2::-1], slopes[::-1]):
        m = slope * (W @ m)
        absorbed.insert(0, b @ m)
    return np.array(absorbed)
