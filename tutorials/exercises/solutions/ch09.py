r"""
# Solutions of chapter 9: training on real digits

`pytest tutorials/exercises -k ch09 --solutions` marks these.

With a pencil. Exercise 7: $c_i$ is $a_i/(1-p)$ with probability $1-p$ and else 0, so $\mathrm{E}[c_i^2] = a_i^2/(1-p)$;
less the square of the mean, $a_i^2$, the variance is $a_i^2\,p/(1-p)$. At $p = \frac12$ it is $a_i^2$: the noise is as
large as the signal. Exercise 8: the negative half of the $z$ contributes $s^2$ times what the positive half does, so
$\overline{a^2} = \frac12 (1 + s^2)\,\overline{z^2}$, and $\mathrm{Var}(w) = 2/((1 + s^2)\,n_\text{in})$. For $s = 0$
that is He's, for $s = 1$, where nothing is bent, LeCun's.
"""

import numpy as np

import tinynet as tn


def deal(x, y, batch_size, rng):
    r"""The batches of one epoch, a list of pairs `(x_batch, y_batch)`, rows shuffled.

    x: (N, n_0), y: (N, n_L). rng: a NumPy generator; draw one order, `rng.permutation(N)`, and deal the rows in it.
    Every row comes once, so the last batch may be shorter: 7 rows in batches of 3 are 3, 3 and 1. x and y stay as
    they are.
    """
    # One order for both, or images get the labels of others; and rows are shuffled, not ready-made batches.
    order = rng.permutation(len(x))
    parts = [order[start : start + batch_size] for start in range(0, len(x), batch_size)]
    return [(x[rows], y[rows]) for rows in parts]


def he_uniform(n_in, n_out, rng):
    r"""First weights W, (n_in, n_out), of a ReLU layer: an even draw whose variance is $2/n_\text{in}$.

    Draw them by `rng.uniform(-r, r, shape)`. For n_in = 6, r is 1.
    """
    # The even draw has the variance r²/3, so r² = 3 · 2/n_in.
    r = np.sqrt(6 / n_in)
    return rng.uniform(-r, r, (n_in, n_out))


def confusion_matrix(a, y):
    r"""Whole numbers (n_L, n_L): row i, column j counts the examples of class i that were read as j.

    a: (N, n_L), the outputs; what was read is the largest. y: (N, n_L), one-hot. Two examples of class 0 out of two
    classes, one read right and one wrong, give [[1, 1], [0, 0]].
    """
    # confusion[true, read] += 1 would count a pair of classes once, however often it comes: NumPy reads the old
    # counts, adds 1 to each, and then writes them. add.at adds one after the other.
    confusion = np.zeros((y.shape[1], y.shape[1]), int)
    np.add.at(confusion, (y.argmax(axis=1), a.argmax(axis=1)), 1)
    return confusion


def dropout(a, p, rng):
    r"""Dropout in training: the pair (c, m), both of the shape of a.

    m, the mask, is 1.0 where `rng.random(a.shape) >= p` and 0.0 elsewhere; draw it once. c is 0 where m is 0, and
    elsewhere a, scaled so that the mean of c over all masks is a. a: an array. p: 0 ≤ p < 1.
    """
    # The part that stays, 1 − p of all, has to stand for the whole.
    m = (rng.random(a.shape) >= p).astype(float)
    return m * a / (1 - p), m


def dropout_backward(g, m, p):
    r"""$\partial L/\partial a$ from g = $\partial L/\partial c$ and the mask m of the way forward. All have one shape.

    For g = (3, 5), m = (0, 1), p = ½ it is (0, 10).
    """
    # c = a · m/(1−p), and this factor is the derivative.
    return g * m / (1 - p)


def decay_step(parameters, gradients, learning_rate, lam):
    r"""One step of gradient descent with weight decay: the list of the new arrays.

    parameters, gradients: lists of arrays, $W^1, b^1, W^2, b^2, \dots$ and $\partial L/\partial W^1, \dots$ To the loss
    L comes the price $\frac{\lambda}{2} \sum w^2$, but only of the weights: biases, the arrays with one axis, do not
    decay. lam: λ. The given arrays stay as they are. A weight 2 with gradient 1, learning rate 0.1 and λ = 0.5
    becomes 1.8.
    """
    # The price ½λw² has the derivative λw. A bias moves the activation and does not make it steeper: it may be large.
    moved = []
    for w, dw in zip(parameters, gradients):
        price = lam * w if w.ndim == 2 else 0.0
        moved.append(w - learning_rate * (dw + price))
    return moved


def train(model, optimizer, training, validation, epochs, batch_size, patience, rng):
    r"""Train with early stopping; returns the list of the validation losses, one for each epoch that was run.

    model: a `tn.Sequential` that ends in softmax; it may have dropout. optimizer: a tinynet optimizer. training,
    validation: pairs (x, y). Each epoch deals the rows as `deal` does, with `rng` going on from epoch to epoch, and
    takes a step on the mean cross-entropy of each batch. After it, the validation loss is computed, dropout off. Stop
    after the first epoch that is `patience` epochs past the best one (losses 3, 2, 2.5, 2.6 with patience 2: stop
    there), or after `epochs`. In the end the model has the weights of the best epoch.
    """
    x_val, y_val = validation
    losses, best_loss, best_epoch, best_weights = [], np.inf, 0, model.get_weights()
    for epoch in range(epochs):
        for x_batch, y_batch in deal(*training, batch_size, rng):
            # training=True, or dropout does nothing
            loss = tn.categorical_crossentropy(model(x_batch, training=True), y_batch)
            loss.backward()
            optimizer.step(model.parameters())
        losses.append(tn.categorical_crossentropy(model(x_val), y_val).item())
        if losses[-1] < best_loss:
            # get_weights copies; the arrays themselves go on changing
            best_loss, best_epoch, best_weights = losses[-1], epoch, model.get_weights()
        elif epoch - best_epoch >= patience:
            break
    model.set_weights(best_weights)
    return losses
