r"""
# Exercises of chapter 4: back-propagation by hand

The derivatives of one neuron, a slope that the chapter does not have, the three gradients of a layer, a δ through
softmax, a step without the early bird, and a network of any depth. Fill in the functions with NumPy alone, then run

    pytest tutorials/exercises -k ch04

In the first exercise x and w are vectors; from the third on the rows of an array are the examples, as in the book.
"""

import numpy as np  # noqa: F401, for your answers


def neuron_gradients(x, w, b, y):
    r"""The derivatives of $L = \frac12 (y - a)^2$ of one sigmoid neuron, $a = \sigma(z)$, $z = \sum_i x_i w_i + b$.

    x, w: arrays (n,). b, y: numbers. Returns `(delta, dw, db, dx)`: $\partial L/\partial z$, a number;
    $\partial L/\partial w$, (n,); $\partial L/\partial b$, a number; $\partial L/\partial x$, (n,). For
    `x = [-1, -2]`, `w = [2, -3]`, `b = -3`, `y = 1` (as arrays) delta is -0.052877093 and dw is
    `[0.052877093, 0.105754186]`.
    """
    raise NotImplementedError


def swish_prime(z):
    r"""The slope $f'(z)$ of the activation $f(z) = z\,\sigma(z)$, which is called swish or SiLU.

    z: array of any shape, with entries between -30 and 30. Returns an array of the same shape:
    `swish_prime(np.array([0.0, 1.0]))` is `[0.5, 0.927670512]`.
    """
    raise NotImplementedError


def layer_backward(a, W, delta):
    r"""The three gradients of a layer $z = aW + b$, from $\delta = \partial L/\partial z$.

    a: (N, n_in), what came into the layer. W: (n_in, n_out). delta: (N, n_out); it carries the 1/N of the loss already.
    Returns `(da, dW, db)`, of the shapes (N, n_in), (n_in, n_out) and (n_out,). With loops or with matrix products.
    For `a = [[1, 2]]`, `W = [[3], [4]]` and `delta = [[10]]` (as arrays) they are `[[30, 40]]`, `[[10], [20]]`, `[10]`.
    """
    raise NotImplementedError


def softmax_delta(a, da):
    r"""$\delta = \partial L/\partial z$ where $a = \mathrm{softmax}(z)$, each row by itself, for a loss of any kind.

    a: (N, K), rows that sum to 1. da: (N, K), $\partial L/\partial a$; it carries the 1/N of the loss already.
    Returns (N, K). For `a = [[0.5, 0.5]]` and `da = [[-2, 0]]` (as arrays) it is `[[-0.5, 0.5]]`.
    """
    raise NotImplementedError


def one_step(x, y, W1, b1, W2, b2, learning_rate):
    r"""One step of a network with two layers of sigmoids and half the squared error, the mean over the batch.

    x: (N, n_0). y: (N, n_2). W1: (n_0, n_1), b1: (n_1,), W2: (n_1, n_2), b2: (n_2,): the weights before the step, which
    must stay as they are. Returns the four new arrays `(W1, b1, W2, b2)`, each $w - \alpha\,\partial L/\partial w$. For
    Mazur's network with `learning_rate=0.5` the new W1 begins with 0.149780716 and the new W2 with 0.358916480.
    """
    raise NotImplementedError


def backpropagate(x, y, weights):
    r"""All gradients of a network of any depth: hidden layers of tanh, a softmax at the end, categorical cross-entropy.

    x: (N, n_0). y: (N, n_L), one-hot rows. weights: `[(W1, b1), ..., (WL, bL)]`, at least one pair. The loss is the
    mean over the N examples. Returns the gradients in the same form and order: `[(dW1, db1), ..., (dWL, dbL)]`. For
    `x = [[1]]`, `y = [[1, 0]]` and one layer with `W = [[0, 0]]`, `b = [0, 0]` (as arrays) they are
    `[([[-0.5, 0.5]], [-0.5, 0.5])]`.
    """
    raise NotImplementedError
