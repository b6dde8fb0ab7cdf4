r"""
# Solutions of chapter 2: a layer, a network

One answer to each exercise of [ch02.py](../ch02.py), and why it is so.

    pytest tutorials/exercises -k ch02 --solutions

**7, with a pencil.** 14 of the 16: all but XOR and its opposite, whose four inequalities contradict each other in the
same way. Both constant answers are given by $w = (0, 0)$; the four that say 1 of a single example, and the four that
say 0 of a single one, by a line that cuts off that corner; and the four that depend on one input alone by a line
between two opposite sides.

**8, with a pencil.** $w = (1, 1)$, $b = -1$: with $s = x_1 + x_2 = 0, 1, 2$ the sum $z = s - 1$ is $-1, 0, 1$, and its
square is $1, 0, 1$. $z^2$ falls for negative $z$. Where $a$ exceeds ½, $z$ is above $\sqrt{1/2}$ *or below*
$-\sqrt{1/2}$: these are two lines and not one threshold, and the four inequalities were about one.
"""

from itertools import pairwise

import numpy as np


def count_parameters(widths):
    """The number of weights and biases of a network of dense layers.

    widths: a list n_0, n_1, ..., n_L: the number of inputs, then the number of neurons of each layer.
    Returns a whole number. `count_parameters([2, 3])` is 2·3 + 3 = 9.
    """
    # Neuron by neuron: a weight for each output of the layer before, and one bias.
    return sum((n_before + 1) * n for n_before, n in pairwise(widths))


def weighted_sums(x, W, b):
    """z_nj = Σ_i x_ni w_ij + b_j, written as loops: without `@`, `np.dot` and the like.

    x: array (N, n_in). W: array (n_in, n_out). b: array (n_out,). Returns an array (N, n_out).
    `weighted_sums([[1, 2]], [[10, 20, 30], [40, 50, 60]], [1, 2, 3])`, with arrays for the lists, is
    [[91, 122, 153]].
    """
    # n and j say which sum it is; i runs through it. The bias is where the sum starts, so it is added once.
    N, n_in = x.shape
    n_out = W.shape[1]
    z = np.empty((N, n_out))
    for n in range(N):
        for j in range(n_out):
            z[n, j] = b[j]
            for i in range(n_in):
                z[n, j] += x[n, i] * W[i, j]
    return z


def from_pytorch(layers):
    """The list of weights that `set_weights` takes, [W^1, b^1, W^2, b^2, ...], from those of a PyTorch network.

    layers: a list with a pair (weight, bias) for each layer. PyTorch stores a row for each *receiving* neuron:
    weight has the shape (n_out, n_in), and the layer computes x weightᵀ + bias. bias has the shape (n_out,).
    Returns a list of 2L arrays, those of W with shape (n_in, n_out). Of the pair ([[1, 2], [3, 4]], [5, 6]),
    the first array is [[1, 3], [2, 4]], the second [5, 6].
    """
    # The transpose turns the row of a receiving neuron into its column. A reshape to the same shape would keep the
    # numbers in their order and give them to other neurons. A bias has one axis and nothing to turn.
    weights = []
    for weight, bias in layers:
        weights += [np.transpose(weight), np.asarray(bias)]
    return weights


def forward(x, weights, activations):
    """Every z^l and a^l of a network.

    x: array (N, n_0). weights: the list [W^1, b^1, W^2, b^2, ...] of arrays, W^l of shape (n_{l-1}, n_l).
    activations: a list of L functions of an array, f^1, f^2, ..., one for each layer.
    Returns two lists of L arrays each: the z^l and the a^l, for l = 1 ... L, all of shape (N, n_l).
    With x = [[3]], weights [[[2]], [-7], [[5]], [1]] and relu, identity: z is [[-1]], [[1]] and a is [[0]], [[1]].
    """
    # `a` is what the next layer is given: first the input, then the outputs of each layer in turn, never z.
    a, all_z, all_a = x, [], []
    for W, b, f in zip(weights[::2], weights[1::2], activations):
        z = a @ W + b
        a = f(z)
        all_z.append(z)
        all_a.append(a)
    return all_z, all_a


def collapse(weights):
    """One layer that computes the same as several without activations.

    weights: the list [W^1, b^1, ..., W^L, b^L], L >= 1, where layer l computes a^{l-1} W^l + b^l and nothing else.
    Returns W of shape (n_0, n_L) and b of shape (n_L,), such that xW + b is a^L for every x.
    With [[[2]], [3], [[10]], [4]], all in all 10(2x + 3) + 4, W is [[20]] and b is [34].
    """
    # If the layers so far are xW + b, the next makes (xW + b) W^l + b^l = x (W W^l) + (b W^l + b^l) of it. The
    # bias goes through the next layer like an example, which is why a bias added late is not the same as one
    # added early.
    W, b = weights[0], weights[1]
    for W_next, b_next in zip(weights[2::2], weights[3::2]):
        W, b = W @ W_next, b @ W_next + b_next
    return W, b


def parity_of_three():
    """Weights of a network that tells whether an odd number of three bits is 1.

    The network has three inputs, three hidden neurons with relu, and one output without activation. For each of
    the eight inputs (0,0,0), (0,0,1), ..., (1,1,1) its output has to be 1 if one or three of the bits are 1, and 0
    if none or two are. Find the weights with a pencil: the number of ones, s = x_1 + x_2 + x_3, is all that
    matters. Draw the points (s, output), join them by straight lines, and see where the kinks are.
    Returns the list [W^1, b^1, W^2, b^2], of shapes (3, 3), (3,), (3, 1), (1,).
    """
    # All hidden neurons add up the bits: s, s - 1 and s - 2, after relu. The curve through (0,0), (1,1), (2,0), (3,1)
    # has the slopes 1, -1, 1. relu(s) gives the first, -2 relu(s - 1) turns it down at 1, 2 relu(s - 2) up at 2.
    W1, b1 = np.ones((3, 3)), np.array([0.0, -1.0, -2.0])
    W2, b2 = np.array([[1.0], [-2.0], [2.0]]), np.array([0.0])
    return [W1, b1, W2, b2]
