r"""
# Exercises of chapter 9: training on real digits

Dealing batches, first weights, a confusion matrix, dropout there and back, weight decay, and the whole loop with early
stopping. Fill in the functions, then run

    pytest tutorials/exercises -k ch09
"""

import numpy as np  # noqa: F401, for your answers

import tinynet as tn  # noqa: F401


def deal(x, y, batch_size, rng):
    r"""The batches of one epoch, a list of pairs `(x_batch, y_batch)`, rows shuffled.

    x: (N, n_0), y: (N, n_L). rng: a NumPy generator; draw one order, `rng.permutation(N)`, and deal the rows in it.
    Every row comes once, so the last batch may be shorter: 7 rows in batches of 3 are 3, 3 and 1. x and y stay as
    they are.
    """
    raise NotImplementedError


def he_uniform(n_in, n_out, rng):
    r"""First weights W, (n_in, n_out), of a ReLU layer: an even draw whose variance is $2/n_\text{in}$.

    Draw them by `rng.uniform(-r, r, shape)`. For n_in = 6, r is 1.
    """
    raise NotImplementedError


def confusion_matrix(a, y):
    r"""Whole numbers (n_L, n_L): row i, column j counts the examples of class i that were read as j.

    a: (N, n_L), the outputs; what was read is the largest. y: (N, n_L), one-hot. Two examples of class 0 out of two
    classes, one read right and one wrong, give [[1, 1], [0, 0]].
    """
    raise NotImplementedError


def dropout(a, p, rng):
    r"""Dropout in training: the pair (c, m), both of the shape of a.

    m, the mask, is 1.0 where `rng.random(a.shape) >= p` and 0.0 elsewhere; draw it once. c is 0 where m is 0, and
    elsewhere a, scaled so that the mean of c over all masks is a. a: an array. p: 0 ≤ p < 1.
    """
    raise NotImplementedError


def dropout_backward(g, m, p):
    r"""$\partial L/\partial a$ from g = $\partial L/\partial c$ and the mask m of the way forward. All have one shape.

    For g = (3, 5), m = (0, 1), p = ½ it is (0, 10).
    """
    raise NotImplementedError


def decay_step(parameters, gradients, learning_rate, lam):
    r"""One step of gradient descent with weight decay: the list of the new arrays.

    parameters, gradients: lists of arrays, $W^1, b^1, W^2, b^2, \dots$ and $\partial L/\partial W^1, \dots$ To the loss
    L comes the price $\frac{\lambda}{2} \sum w^2$, but only of the weights: biases, the arrays with one axis, do not
    decay. lam: λ. The given arrays stay as they are. A weight 2 with gradient 1, learning rate 0.1 and λ = 0.5
    becomes 1.8.
    """
    raise NotImplementedError


def train(model, optimizer, training, validation, epochs, batch_size, patience, rng):
    r"""Train with early stopping; returns the list of the validation losses, one for each epoch that was run.

    model: a `tn.Sequential` that ends in softmax; it may have dropout. optimizer: a tinynet optimizer. training,
    validation: pairs (x, y). Each epoch deals the rows as `deal` does, with `rng` going on from epoch to epoch, and
    takes a step on the mean cross-entropy of each batch. After it, the validation loss is computed, dropout off. Stop
    after the first epoch that is `patience` epochs past the best one (losses 3, 2, 2.5, 2.6 with patience 2: stop
    there), or after `epochs`. In the end the model has the weights of the best epoch.
    """
    raise NotImplementedError
