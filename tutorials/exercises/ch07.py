r"""
# Exercises of chapter 7: descent

Walking downhill: how far at a time, with which memory, along which schedule. Fill in the functions, then run

    pytest tutorials/exercises -k ch07
"""

import numpy as np  # noqa: F401

import tinynet as tn  # noqa: F401


def descend(gradient, w, learning_rate, steps):
    r"""Gradient descent, $w \leftarrow w - \alpha\,g$, with every point of the way.

    gradient: a function that takes w, an array (n,), and returns $\partial L/\partial w$, (n,). w: where to start;
    do not change it. Returns an array (steps + 1, n): w itself, then where each step led.

    With `gradient = lambda w: 4 * w`, w = [1.0], a learning rate of 0.1 and 2 steps: `[[1], [0.6], [0.36]]`.
    """
    raise NotImplementedError


def largest_learning_rate(H):
    r"""The bound: descent near a minimum converges for every learning rate between 0 and this one, and not above.

    H: the second derivatives of the loss at the minimum, a symmetric matrix (n, n) whose eigenvalues are positive.
    Returns a number. For `[[4.0]]`, a parabola of curvature 4, it is 0.5.
    """
    raise NotImplementedError


def momentum(gradients, w, learning_rate, mu, nesterov=False):
    r"""The way of the weights with momentum, if these are the gradients, one after the other.

    gradients: a list of arrays (n,). w: array (n,), where to start; do not change it. Returns an array
    (len(gradients), n): where each step led. The velocity begins at 0.

    With one weight, w = 1, gradients 1 and -1, a learning rate of 0.1 and mu = 0.5 it goes to 0.9 and 0.95, with
    Nesterov's rule (as chapter 7 writes it in the end) to 0.85 and 0.975.
    """
    raise NotImplementedError


def adam(gradients, w, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0):
    r"""The way of the weights with Adam, or with AdamW where weight_decay, $\lambda$, is not 0.

    gradients: a list of arrays (n,). w: array (n,), where to start; do not change it. Returns an array
    (len(gradients), n): where each step led. $\epsilon$ stands outside the root.

    With one weight, w = 1, gradients 0.5 and -1 and a learning rate of 0.1 it goes to 0.9 and about 0.936610; with a
    weight decay of 0.3 to 0.87 and about 0.880510.
    """
    raise NotImplementedError


def train(net, x, y, optimizer, steps):
    r"""Train a tinynet network with binary cross-entropy, the whole batch at each step.

    net: a `tn.Sequential`. x: (N, n_0). y: (N, n_L). optimizer: `tn.SGD(0.5)` for example. Returns a list of
    steps + 1 numbers: the loss before the first step, and after each. Leave net with the weights after the last.
    """
    raise NotImplementedError


def warm_up(initial, warm, steps):
    r"""A schedule: a function that takes t = 0, 1, 2, … and returns the learning rate of step t.

    In the first `warm` steps it rises evenly to `initial`, $\alpha_0$: at t = 0 it is $\alpha_0/\text{warm}$, at
    t = warm − 1 it is $\alpha_0$. From t = warm on, where it is $\alpha_0$ once more, it falls along half a wave of the
    cosine, to 0 at t = steps, and stays 0.

    `warm_up(0.8, 4, 8)` gives 0.2, 0.4, 0.6, 0.8, then 0.8, 0.6828, 0.4, 0.1172, then 0 for t = 8, 9, ….
    """
    raise NotImplementedError


def mazur_outputs(steps):
    r"""The outputs of Mazur's network after so many steps, as his article has them.

    The network, the example and the learning rate ½ are those of chapters 4 and 7; only the weights move, the biases
    stay. Returns an array (2,): after 0 steps `[0.75136507, 0.77292847]`, after 10,000 `[0.015912196, 0.984065734]`.
    The right loop gives `[0.015913620, 0.984064274]`: find what the article does otherwise.
    """
    raise NotImplementedError


def steepest_curvature(gradient, w, rounds=200, h=1e-4):
    r"""The largest eigenvalue of $H$ at w, without ever writing down $H$.

    Draw a random direction u of length 1. By a central difference of the *gradient*,
    $Hu \approx (g(w + hu) - g(w - hu))/2h$: two gradients, no matrix. Along each eigenvector H stretches u by the
    eigenvalue. So Hu points more towards the steepest direction than u did. Make its length 1, and begin again with
    it: after some rounds u is the steepest direction, and the length of Hu is the eigenvalue.

    gradient: a function of w, (n,), that returns (n,); ask it no more than 2 · rounds times. All eigenvalues are
    positive. Returns a number. For `gradient = lambda w: np.array([100.0, 1.0]) * w` it is 100, at any w.
    """
    raise NotImplementedError
