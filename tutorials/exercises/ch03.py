r"""
# Exercises of chapter 3: losses

The losses of the chapter, in NumPy, from the easiest to the one that has to be computed with care, and a network whose
loss you make small by thinking. Fill in the functions, then run

    pytest tutorials/exercises -k ch03
"""

import numpy as np  # noqa: F401 (for your answers)


def half_squared_error(a, y):
    r"""
    The half squared error of a batch: the mean over the examples of $\frac12 \sum_j (y_j - a_j)^2$.

    a, y: answers and targets, both (N, n_L), one example a row. Returns one number.

    Example: half_squared_error(np.array([[0.8, 0.0]]), np.array([[1.0, 0.4]])) is ½ (0.04 + 0.16) = 0.1.
    """
    raise NotImplementedError


def one_hot(labels, classes):
    """
    A row for each label: 1 in the column of its class, 0 elsewhere.

    labels: (N,), whole numbers 0 … classes−1. classes: the number of columns. Returns (N, classes), float64.

    Example: one_hot(np.array([2, 0]), 3) is [[0, 0, 1], [1, 0, 0]].
    """
    raise NotImplementedError


def binary_crossentropy(a, y):
    """
    The mean surprise at the answers to yes-or-no questions.

    a: (N, n_L), the probabilities of yes, all between 0 and 1 and never 0 or 1. y: (N, n_L), 1 for yes, 0 for no.
    Returns one number: the mean over the outputs and the examples. Use the natural logarithm, np.log.

    Example: with a = [[0.5]] and y = [[1.0]] it is ln 2 = 0.693147…
    """
    raise NotImplementedError


def softmax(z):
    """
    Each row of logits turned into probabilities that sum to 1.

    z: (N, K), any numbers, also 1000 or -1000, a row for each example. Returns (N, K).

    Example: softmax(np.array([[0.0, np.log(3)]])) is [[0.25, 0.75]].
    """
    raise NotImplementedError


def softmax_crossentropy(z, labels):
    """
    The mean over the examples of -ln a_c, where a is the softmax of the row z and c the right class.

    z: (N, K), logits of any size, also 1000 or -1000. labels: (N,), the right classes, whole numbers 0 … K−1.
    Returns one number, which is finite for all finite z: do not form a probability that may be rounded to 0.

    Example: with z = [[0, ln 3]] and labels = [0] it is -ln 0.25 = 1.386294…
    """
    raise NotImplementedError


def xor_output_layer():
    """
    Weights and biases of two softmax outputs that solve XOR with a categorical cross-entropy below 0.001.

    The hidden layer is Goodfellow's: it turns the inputs (0,0), (0,1), (1,0), (1,1) into (0,0), (1,0), (1,0), (2,1).
    Class 0 (no) is right for the first and the last, class 1 (yes) for the two between. Find W and b with the logits
    z = h W + b, h being a row of the hidden layer.

    Returns the pair W (2, 2), b (2,). Column 0 of W and entry 0 of b belong to class 0.
    """
    raise NotImplementedError
