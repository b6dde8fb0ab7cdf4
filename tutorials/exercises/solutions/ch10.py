r"""
# Solutions of chapter 10: seeing inside

`pytest tutorials/exercises -k ch10 --solutions` marks these.

With a pencil. Exercise 8: $\overline{z^2} = n\,\mathrm{Var}(w)\,\overline{a^2} = 16 \cdot \frac14 = 4$, so a typical
$z$ is 2. There $f' = \sigma(2)(1 - \sigma(2)) = 0.105$ and not $\frac14$. With $z$ spread normally around 0, the root
mean square of $f'$ is 0.170 (by adding up over a fine grid), and the factor is $4 \cdot 0.170 = 0.68$, below 1. Larger
weights make $z$ larger, and the slope smaller.

Exercise 9: $a = w^3$, and $\partial L/\partial w_1 = a\,w^2 = w^5$. So $w \leftarrow w\,(1 - \alpha w^4)$, which grows
where $\alpha w^4 > 2$, from $w = (2/\alpha)^{1/4}$ on. Once $w$ is large, each step makes it about $\alpha w^5$: the
number of digits grows fivefold.
"""

import numpy as np


def typical_size(values):
    r"""The root mean square of all entries of an array of any shape: its length $\|v\|$ over the root of their number.

    For [[3, 4], [3, 4]] it is $5/\sqrt2$ = 3.535533906.
    """
    # The mean of the squares does not ask for the shape, so no count can be wrong.
    return np.sqrt(np.mean(np.square(values)))


def dead(z):
    r"""Which ReLU neurons are dead for these examples: bool, (n,).

    z: (N, n), a row for each example. ReLU's slope at 0 is 0. For z = [[-1, 2], [0, -3]] the answer is [True, False].
    """
    # a = 0 and f' = 0 both mean z <= 0, and it has to be so in every row.
    return (z <= 0).all(axis=0)


def saturated(z):
    r"""Which sigmoid neurons are saturated for these examples: bool, (n,).

    z: (N, n). For all examples $\sigma'(z)$ is less than a twentieth of the largest slope that a sigmoid can have. For
    z = [[5, 5, 4], [-6, 1, 4]] the answer is [True, False, False].
    """
    # The steepest slope is that at 0, where a = 1/2 and a (1 - a) = 1/4.
    a = 1 / (1 + np.exp(-z))
    return (a * (1 - a) < 0.05 * 0.25).all(axis=0)


def sizes_back(delta, weights, slopes):
    r"""The typical sizes of $\delta^1, \dots, \delta^L$, a list of L numbers, layer 1 first.

    delta: $\delta^L$, (N, n_L). weights: the list $W^2, \dots, W^L$, where W of layer l is (n_{l-1}, n_l). slopes: the
    list $f'(z^1), \dots, f'(z^{L-1})$, each (N, n_l). For delta = [[4]], one weight [[0.5]] and one slope [[0.25]] the
    sizes are [0.5, 4].
    """
    # From the last layer to the first: through the weights, then times the slope of the neuron that is reached.
    sizes = [typical_size(delta)]
    for W, f_prime in zip(reversed(weights), reversed(slopes)):
        delta = (delta @ W.T) * f_prime
        sizes.insert(0, typical_size(delta))
    return sizes


def change_of_z(x, x_batch, delta, learning_rate):
    r"""By how much z of layer 1 changes for the examples x in one step of gradient descent: (M, n).

    x: (M, n_0), any examples. x_batch: (B, n_0), those of the step. delta: (B, n), their $\delta$ of layer 1. Weights
    and biases move. For x = [[1, 0]], x_batch = [[1, 1]], delta = [[0.5]] and learning rate 0.1 the change is [[-0.1]].
    """
    # dW = x_batchᵀ δ and db = Σ δ; then Δz = x ΔW + Δb. The product x x_batchᵀ holds every x · x_n.
    return -learning_rate * (x @ x_batch.T + 1) @ delta


def dead_for_sure(W, b):
    r"""Which ReLU neurons stay silent for *every* input whose entries lie between 0 and 1: bool, (n,).

    W: (n_0, n), b: (n,). Do not try inputs: find the largest z that there can be. For W = [[1, 1], [-2, -2]] and
    b = [-1, -0.5] the answer is [True, False].
    """
    # z is largest where every positive weight meets a 1 and every negative one a 0.
    return np.maximum(W, 0).sum(axis=0) + b <= 0


def first_deaths(recorder, layer):
    r"""For each ReLU neuron of a layer the step from which on it stayed dead: whole numbers, (n,).

    recorder: a `tn.introspect.Recorder`; `recorder.values("z", layer)` is (kept steps, N, n), and `recorder.steps` are
    the numbers of the kept steps. A neuron that dies and wakes again has not died yet. One that is not dead at the last
    kept step has -1.
    """
    # Backwards: dead at step k and at all later ones. As True is 1, the sum counts the steps at the end.
    is_dead = (recorder.values("z", layer) <= 0).all(axis=1)
    at_the_end = np.logical_and.accumulate(is_dead[::-1], axis=0).sum(axis=0)
    return np.array([recorder.steps[-count] if count else -1 for count in at_the_end])


def shadow(path):
    r"""The path of the weights on the plane of its first two principal components: a pair (points, shares).

    path: (K, P), the weights at each kept step in a row; K and P are at least 2. The directions are those of the steps
    less their mean (`np.linalg.svd(..., full_matrices=False)`). points: (K, 2), measured from the *last* step, which is
    at (0, 0). shares: (2,), the part of all squared distances from the mean that each direction has. Either direction
    may be turned round. For path = [[0, 0, 0], [2, 0, 0], [4, 0, 0]] the shares are [1, 0].
    """
    # The mean decides the directions, the last step where (0, 0) is.
    _, sigma, d = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)
    return (path - path[-1]) @ d[:2].T, (sigma**2 / np.sum(sigma**2))[:2]
