r"""
# Solutions of chapter 4: back-propagation by hand

**7, with a pencil.** With $y = 0$ the factor $a - y$ is positive, and so is $a\,(1 - a)$: $\delta > 0$, a smaller $z$
would be better. Both inputs are negative, so both $\partial L/\partial w_i = x_i\,\delta$ are negative, and
$\partial L/\partial b = \delta$ is positive. $\partial L/\partial x_i = w_i\,\delta$ has the sign of the weight: first
positive, then negative. Every sign is the opposite of that for $y = 1$.

**8, with a pencil.** $\delta^1 = (\delta^2 (W^2)^T) \odot f'(z^1)$ is 0, since every path back leads through a weight
that is 0. So are the gradients of the first layer, and in this step it stays as it is. But
$\partial L/\partial W^2 = (a^1)^T \delta^2$ does not contain $W^2$, and is not 0: after the step $W^2$ is no longer 0,
and $\delta^1$ is not either.
"""

import numpy as np


def neuron_gradients(x, w, b, y):
    r"""The derivatives of $L = \frac12 (y - a)^2$ of one sigmoid neuron, $a = \sigma(z)$, $z = \sum_i x_i w_i + b$.

    x, w: arrays (n,). b, y: numbers. Returns `(delta, dw, db, dx)`: $\partial L/\partial z$, a number;
    $\partial L/\partial w$, (n,); $\partial L/\partial b$, a number; $\partial L/\partial x$, (n,). For
    `x = [-1, -2]`, `w = [2, -3]`, `b = -3`, `y = 1` (as arrays) delta is -0.052877093 and dw is
    `[0.052877093, 0.105754186]`.
    """
    # δ is computed once; each derivative is δ times what z was multiplied with on the way forward.
    a = 1 / (1 + np.exp(-(x @ w + b)))
    delta = (a - y) * a * (1 - a)
    return delta, x * delta, delta, w * delta


def swish_prime(z):
    r"""The slope $f'(z)$ of the activation $f(z) = z\,\sigma(z)$, which is called swish or SiLU.

    z: array of any shape, with entries between -30 and 30. Returns an array of the same shape:
    `swish_prime(np.array([0.0, 1.0]))` is `[0.5, 0.927670512]`.
    """
    # The product rule, as for gelu: 1·σ(z) + z·σ′(z).
    sigma = 1 / (1 + np.exp(-z))
    return sigma + z * sigma * (1 - sigma)


def layer_backward(a, W, delta):
    r"""The three gradients of a layer $z = aW + b$, from $\delta = \partial L/\partial z$.

    a: (N, n_in), what came into the layer. W: (n_in, n_out). delta: (N, n_out); it carries the 1/N of the loss already.
    Returns `(da, dW, db)`, of the shapes (N, n_in), (n_in, n_out) and (n_out,). With loops or with matrix products.
    For `a = [[1, 2]]`, `W = [[3], [4]]` and `delta = [[10]]` (as arrays) they are `[[30, 40]]`, `[[10], [20]]`, `[10]`.
    """
    # What a weight or a bias does in each example adds up; the mean is in δ already.
    return delta @ W.T, a.T @ delta, delta.sum(axis=0)


def softmax_delta(a, da):
    r"""$\delta = \partial L/\partial z$ where $a = \mathrm{softmax}(z)$, each row by itself, for a loss of any kind.

    a: (N, K), rows that sum to 1. da: (N, K), $\partial L/\partial a$; it carries the 1/N of the loss already.
    Returns (N, K). For `a = [[0.5, 0.5]]` and `da = [[-2, 0]]` (as arrays) it is `[[-0.5, 0.5]]`.
    """
    # Every a of the row depends on every z of it; the sum over the paths, with a_k ([i = k] − a_i), is this.
    return a * (da - (a * da).sum(axis=1, keepdims=True))


def one_step(x, y, W1, b1, W2, b2, learning_rate):
    r"""One step of a network with two layers of sigmoids and half the squared error, the mean over the batch.

    x: (N, n_0). y: (N, n_2). W1: (n_0, n_1), b1: (n_1,), W2: (n_1, n_2), b2: (n_2,): the weights before the step, which
    must stay as they are. Returns the four new arrays `(W1, b1, W2, b2)`, each $w - \alpha\,\partial L/\partial w$. For
    Mazur's network with `learning_rate=0.5` the new W1 begins with 0.149780716 and the new W2 with 0.358916480.
    """
    a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    # First all δ, with the old W2; only then new weights. The 1/N is put in once, where the loss is differentiated.
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return (
        W1 - learning_rate * x.T @ delta1,
        b1 - learning_rate * delta1.sum(axis=0),
        W2 - learning_rate * a1.T @ delta2,
        b2 - learning_rate * delta2.sum(axis=0),
    )


def backpropagate(x, y, weights):
    r"""All gradients of a network of any depth: hidden layers of tanh, a softmax at the end, categorical cross-entropy.

    x: (N, n_0). y: (N, n_L), one-hot rows. weights: `[(W1, b1), ..., (WL, bL)]`, at least one pair. The loss is the
    mean over the N examples. Returns the gradients in the same form and order: `[(dW1, db1), ..., (dWL, dbL)]`. For
    `x = [[1]]`, `y = [[1, 0]]` and one layer with `W = [[0, 0]]`, `b = [0, 0]` (as arrays) they are
    `[([[-0.5, 0.5]], [-0.5, 0.5])]`.
    """
    # a[l] is what comes into layer l + 1; the way forward keeps them all.
    a = [x]
    for W, b in weights[:-1]:
        a.append(np.tanh(a[-1] @ W + b))
    W, b = weights[-1]
    z = a[-1] @ W + b
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    delta = (powers / powers.sum(axis=1, keepdims=True) - y) / len(x)

    # Back: from δ of a layer its gradients, then δ of the layer before it; layer 1 needs no further δ.
    gradients = []
    for l in range(len(weights) - 1, -1, -1):
        W, _ = weights[l]
        gradients.append((a[l].T @ delta, delta.sum(axis=0)))
        if l > 0:
            delta = (delta @ W.T) * (1 - a[l] ** 2)
    return gradients[::-1]
