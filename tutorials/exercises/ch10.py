r"""
# Exercises of chapter 10: seeing inside

Typical sizes, dead and saturated neurons, $\delta$ on its way back, what a step does to the $z$ of other examples, a
recording read, and the path of a training on a plane. Fill in the functions, then run

    pytest tutorials/exercises -k ch10
"""

import numpy as np  # noqa: F401, for your answers


def typical_size(values):
    r"""The root mean square of all entries of an array of any shape: its length $\|v\|$ over the root of their number.

    For [[3, 4], [3, 4]] it is $5/\sqrt2$ = 3.535533906.
    """
    raise NotImplementedError


def dead(z):
    r"""Which ReLU neurons are dead for these examples: bool, (n,).

    z: (N, n), a row for each example. ReLU's slope at 0 is 0. For z = [[-1, 2], [0, -3]] the answer is [True, False].
    """
    raise NotImplementedError


def saturated(z):
    r"""Which sigmoid neurons are saturated for these examples: bool, (n,).

    z: (N, n). For all examples $\sigma'(z)$ is less than a twentieth of the largest slope that a sigmoid can have. For
    z = [[5, 5, 4], [-6, 1, 4]] the answer is [True, False, False].
    """
    raise NotImplementedError


def sizes_back(delta, weights, slopes):
    r"""The typical sizes of $\delta^1, \dots, \delta^L$, a list of L numbers, layer 1 first.

    delta: $\delta^L$, (N, n_L). weights: the list $W^2, \dots, W^L$, where W of layer l is (n_{l-1}, n_l). slopes: the
    list $f'(z^1), \dots, f'(z^{L-1})$, each (N, n_l). For delta = [[4]], one weight [[0.5]] and one slope [[0.25]] the
    sizes are [0.5, 4].
    """
    raise NotImplementedError


def change_of_z(x, x_batch, delta, learning_rate):
    r"""By how much z of layer 1 changes for the examples x in one step of gradient descent: (M, n).

    x: (M, n_0), any examples. x_batch: (B, n_0), those of the step. delta: (B, n), their $\delta$ of layer 1. Weights
    and biases move. For x = [[1, 0]], x_batch = [[1, 1]], delta = [[0.5]] and learning rate 0.1 the change is [[-0.1]].
    """
    raise NotImplementedError


def dead_for_sure(W, b):
    r"""Which ReLU neurons stay silent for *every* input whose entries lie between 0 and 1: bool, (n,).

    W: (n_0, n), b: (n,). Do not try inputs: find the largest z that there can be. For W = [[1, 1], [-2, -2]] and
    b = [-1, -0.5] the answer is [True, False].
    """
    raise NotImplementedError


def first_deaths(recorder, layer):
    r"""For each ReLU neuron of a layer the step from which on it stayed dead: whole numbers, (n,).

    recorder: a `tn.introspect.Recorder`; `recorder.values("z", layer)` is (kept steps, N, n), and `recorder.steps` are
    the numbers of the kept steps. A neuron that dies and wakes again has not died yet. One that is not dead at the last
    kept step has -1.
    """
    raise NotImplementedError


def shadow(path):
    r"""The path of the weights on the plane of its first two principal components: a pair (points, shares).

    path: (K, P), the weights at each kept step in a row; K and P are at least 2. The directions are those of the steps
    less their mean (`np.linalg.svd(..., full_matrices=False)`). points: (K, 2), measured from the *last* step, which is
    at (0, 0). shares: (2,), the part of all squared distances from the mean that each direction has. Either direction
    may be turned round. For path = [[0, 0, 0], [2, 0, 0], [4, 0, 0]] the shares are [1, 0].
    """
    raise NotImplementedError
