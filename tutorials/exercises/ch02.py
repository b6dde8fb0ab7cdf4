r"""
# Exercises of chapter 2: a layer, a network

From the sums of one layer to a network of any depth, from PyTorch's arrays to tinynet's, and one network whose
weights you find with a pencil. Replace each `raise NotImplementedError`, then

    pytest tutorials/exercises -k ch02

says of each function whether it is right, and of many mistakes, which one it is.
"""

import numpy as np  # noqa: F401, for your answers


def count_parameters(widths):
    """The number of weights and biases of a network of dense layers.

    widths: a list n_0, n_1, ..., n_L: the number of inputs, then the number of neurons of each layer.
    Returns a whole number. `count_parameters([2, 3])` is 2·3 + 3 = 9.
    """
    raise NotImplementedError


def weighted_sums(x, W, b):
    """z_nj = Σ_i x_ni w_ij + b_j, written as loops: without `@`, `np.dot` and the like.

    x: array (N, n_in). W: array (n_in, n_out). b: array (n_out,). Returns an array (N, n_out).
    `weighted_sums([[1, 2]], [[10, 20, 30], [40, 50, 60]], [1, 2, 3])`, with arrays for the lists, is
    [[91, 122, 153]].
    """
    raise NotImplementedError


def from_pytorch(layers):
    """The list of weights that `set_weights` takes, [W^1, b^1, W^2, b^2, ...], from those of a PyTorch network.

    layers: a list with a pair (weight, bias) for each layer. PyTorch stores a row for each *receiving* neuron:
    weight has the shape (n_out, n_in), and the layer computes x weightᵀ + bias. bias has the shape (n_out,).
    Returns a list of 2L arrays, those of W with shape (n_in, n_out). Of the pair ([[1, 2], [3, 4]], [5, 6]),
    the first array is [[1, 3], [2, 4]], the second [5, 6].
    """
    raise NotImplementedError


def forward(x, weights, activations):
    """Every z^l and a^l of a network.

    x: array (N, n_0). weights: the list [W^1, b^1, W^2, b^2, ...] of arrays, W^l of shape (n_{l-1}, n_l).
    activations: a list of L functions of an array, f^1, f^2, ..., one for each layer.
    Returns two lists of L arrays each: the z^l and the a^l, for l = 1 ... L, all of shape (N, n_l).
    With x = [[3]], weights [[[2]], [-7], [[5]], [1]] and relu, identity: z is [[-1]], [[1]] and a is [[0]], [[1]].
    """
    raise NotImplementedError


def collapse(weights):
    """One layer that computes the same as several without activations.

    weights: the list [W^1, b^1, ..., W^L, b^L], L >= 1, where layer l computes a^{l-1} W^l + b^l and nothing else.
    Returns W of shape (n_0, n_L) and b of shape (n_L,), such that xW + b is a^L for every x.
    With [[[2]], [3], [[10]], [4]], all in all 10(2x + 3) + 4, W is [[20]] and b is [34].
    """
    raise NotImplementedError


def parity_of_three():
    """Weights of a network that tells whether an odd number of three bits is 1.

    The network has three inputs, three hidden neurons with relu, and one output without activation. For each of
    the eight inputs (0,0,0), (0,0,1), ..., (1,1,1) its output has to be 1 if one or three of the bits are 1, and 0
    if none or two are. Find the weights with a pencil: the number of ones, s = x_1 + x_2 + x_3, is all that
    matters. Draw the points (s, output), join them by straight lines, and see where the kinks are.
    Returns the list [W^1, b^1, W^2, b^2], of shapes (3, 3), (3,), (3, 1), (1,).
    """
    raise NotImplementedError
