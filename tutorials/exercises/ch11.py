r"""
# Exercises of chapter 11: what did it look at?

Occlusion, the gradient of a logit, integrated gradients and their points, LRP, DeepLIFT, and what biases absorb. Fill
in the functions, then run

    pytest tutorials/exercises -k ch11

In all of them `x` is one example, a row (n_0,), and a network is two lists, `weights` $W^1 \dots W^L$, each
(n_{l-1}, n_l), and `biases` $b^1 \dots b^L$. Its hidden layers have the activation that the exercise names; the last
layer has none, so that it ends in logits.
"""

import numpy as np  # noqa: F401, for your answers


def occlusion(f, x, baseline):
    r"""By how much f falls when one input is covered: $\varphi$, (n,).

    f: a function that takes rows, (N, n), and returns (N,). x, baseline: (n,). Input i is covered by putting
    `baseline[i]` in its place and leaving the others. x stays as it is. For f = $x_1 x_2$, x = (3, 2) and a baseline of
    zeros it is (6, 6).
    """
    raise NotImplementedError


def gradient_of_logit(x, weights, biases, target):
    r"""$\partial z_t^L/\partial x$, (n_0,), of a network with ReLU in its hidden layers; t is `target`, counted from 0.

    For x = (2, 1), W = [[[1, 1.5, -2], [-1, 2, 2]], [[0.5], [1], [-2]]], b = [[3, -1, 1], [1]] and target 0 it is
    (2, 1.5), as in the chapter.
    """
    raise NotImplementedError


def trapezoid(n):
    r"""The pair (points, weights), each (n,), of the trapezoid rule with n points from 0 to 1, n at least 2.

    The n - 1 parts between the points are equally long, and each contributes its length times the mean of its two ends.
    For n = 3 the points are (0, 0.5, 1) and the weights (0.25, 0.5, 0.25).
    """
    raise NotImplementedError


def integrated_gradients(gradient, x, baseline, alpha, weights):
    r"""$\varphi_i = (x_i - \tilde x_i) \sum_k w_k\,\partial f/\partial x_i$ at the points of the straight way, (n,).

    gradient: a function that takes rows, (K, n), and returns the gradient of f at each, (K, n). x, baseline: (n,).
    alpha, weights: (K,), the points between 0, the baseline, and 1, x. For f = $x_1 x_2$, x = (3, 2), a baseline of
    zeros, alpha (0.5) and weights (1) it is (3, 3).
    """
    raise NotImplementedError


def lrp(x, weights, biases, target, epsilon):
    r"""LRP-$\varepsilon$ of logit t: $\varphi = R^0$, (n_0,), of a network with tanh in its hidden layers.

    In every layer the slope is $a/(z + \varepsilon\,\mathrm{sign}\,z)$, with sign 0 = 1. In the last layer $a = z$, so
    there it is almost 1. For x = (2), W = [[[1]], [[3]]], b = [[0], [0]], target 0 and epsilon 0 it is
    3 tanh 2 = 2.892082740.
    """
    raise NotImplementedError


def deeplift(x, baseline, weights, biases, target):
    r"""DeepLIFT (rescale) of logit t: $\varphi$, (n_0,), of a network with tanh in its hidden layers.

    The slope of a neuron is $\Delta a/\Delta z$, between x and the baseline, (n_0,). Where $|\Delta z| < 10^{-10}$ it
    is $f'(z)$. For x = (2), baseline (0), W = [[[1]], [[3]]], b = [[1], [0]] and target 0 it is
    3 (tanh 3 - tanh 1) = 0.700381795.
    """
    raise NotImplementedError


def absorbed_by_biases(x, weights, biases, target):
    r"""How much of logit t the biases absorb in gradient × input with ReLU: $\sum_j b_j^l m_j^l$ for l = 1 ... L, (L,).

    Layer 1 comes first. With $\sum_i x_i\,\partial f/\partial x_i$ they add up to the logit. For the network of
    `gradient_of_logit` it is (0.5, 1).
    """
    raise NotImplementedError
