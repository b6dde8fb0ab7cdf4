r"""
# Solutions of chapter 3: losses

`pytest tutorials/exercises -k ch03 --solutions` marks them. The answers to the two questions for the pencil:

7. The derivative of the mean of (y − a)² is 0 where a is the mean of the targets, (1 + 2 + 6)/3 = 3. The mean of
   |y − a| falls as long as more targets lie on the side to which a moves, and so is smallest at the median, 2. The
   absolute error does not care how far away the 6 is.
8. The network says no to all, and 900 of 1,000 are no: an accuracy of 90 %. Its loss is
   −0.1 ln 0.1 − 0.9 ln 0.9 = 0.3251. This is the entropy of the classes, the loss of one that knows how frequent they
   are and nothing else. A network has learned something from its input only when it is below that; ln 2 = 0.6931 is the
   number for two classes that are equally frequent.
"""

import numpy as np


def half_squared_error(a, y):
    r"""
    The half squared error of a batch: the mean over the examples of $\frac12 \sum_j (y_j - a_j)^2$.

    a, y: answers and targets, both (N, n_L), one example a row. Returns one number.

    Example: half_squared_error(np.array([[0.8, 0.0]]), np.array([[1.0, 0.4]])) is ½ (0.04 + 0.16) = 0.1.
    """
    # First the sum over the outputs, one loss an example; then the mean over the examples.
    each = 0.5 * np.sum((y - a) ** 2, axis=1)
    return each.mean()


def one_hot(labels, classes):
    """
    A row for each label: 1 in the column of its class, 0 elsewhere.

    labels: (N,), whole numbers 0 … classes−1. classes: the number of columns. Returns (N, classes), float64.

    Example: one_hot(np.array([2, 0]), 3) is [[0, 0, 1], [1, 0, 0]].
    """
    # Row n of y, column labels[n]: the two lists of indices go side by side and name N entries.
    y = np.zeros((len(labels), classes))
    y[np.arange(len(labels)), labels] = 1
    return y


def binary_crossentropy(a, y):
    """
    The mean surprise at the answers to yes-or-no questions.

    a: (N, n_L), the probabilities of yes, all between 0 and 1 and never 0 or 1. y: (N, n_L), 1 for yes, 0 for no.
    Returns one number: the mean over the outputs and the examples. Use the natural logarithm, np.log.

    Example: with a = [[0.5]] and y = [[1.0]] it is ln 2 = 0.693147…
    """
    # What happened had the probability a if y is 1, and 1 - a if y is 0; one of the two terms is always 0.
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def softmax(z):
    """
    Each row of logits turned into probabilities that sum to 1.

    z: (N, K), any numbers, also 1000 or -1000, a row for each example. Returns (N, K).

    Example: softmax(np.array([[0.0, np.log(3)]])) is [[0.25, 0.75]].
    """
    # A shift of a row changes nothing, so each row is shifted by its own maximum: no power is above 1. One maximum for
    # the whole table would leave a row of much smaller logits with nothing but zeros to divide by each other.
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_crossentropy(z, labels):
    """
    The mean over the examples of -ln a_c, where a is the softmax of the row z and c the right class.

    z: (N, K), logits of any size, also 1000 or -1000. labels: (N,), the right classes, whole numbers 0 … K−1.
    Returns one number, which is finite for all finite z: do not form a probability that may be rounded to 0.

    Example: with z = [[0, ln 3]] and labels = [0] it is -ln 0.25 = 1.386294…
    """
    # ln a_c = (z_c - m) - ln Σ_k e^(z_k - m): the logarithm is taken of the sum, which is at least 1, and never of a
    # probability. The shifted logit of the right class is picked out, one for each row.
    shifted = z - z.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    right = shifted[np.arange(len(labels)), labels]
    return np.mean(log_sum - right)


def xor_output_layer():
    """
    Weights and biases of two softmax outputs that solve XOR with a categorical cross-entropy below 0.001.

    The hidden layer is Goodfellow's: it turns the inputs (0,0), (0,1), (1,0), (1,1) into (0,0), (1,0), (1,0), (2,1).
    Class 0 (no) is right for the first and the last, class 1 (yes) for the two between. Find W and b with the logits
    z = h W + b, h being a row of the hidden layer.

    Returns the pair W (2, 2), b (2,). Column 0 of W and entry 0 of b belong to class 0.
    """
    # h_1 - 2 h_2 is 0, 1, 1, 0, so h_1 - 2 h_2 - ½ has the right signs. Logits 0 and z make a sigmoid of z. The loss of
    # each point is ln(1 + e^(-s/2)) for a scale s; below 0.001 it is from s = 14 on: ln(1 + e^-7) = 0.00091.
    s = 20.0
    W = np.array([[0.0, s], [0.0, -2 * s]])
    b = np.array([0.0, -s / 2])
    return W, b
