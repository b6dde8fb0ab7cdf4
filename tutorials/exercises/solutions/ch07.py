r"""
# Solutions of chapter 7: descent

**7, where the outputs come from.** From hidden $\delta$ that went through the $W^2$ of after the update: the mistake
that chapter 4 found in the article. The loss beside them, 0.0000351085, is that of the right loop after 9,999 steps, so
the two numbers were made by different programs.

**9, with a pencil.** Complex roots have $|r| = \sqrt\mu < 1$, so there it converges. Real roots occur at both ends. For
$\alpha\lambda \ge (1 + \sqrt\mu)^2$ both are negative, their product stays $\mu$, and one moves out towards $-1$ as
$\alpha$ grows. Put $r = -1$ into $r^2 - (1 + \mu - \alpha\lambda)\,r + \mu = 0$: it gives
$\alpha\lambda = 2\,(1 + \mu)$. For $\alpha\lambda \le (1 - \sqrt\mu)^2$ both are positive, and $r = 1$ needs
$\alpha\lambda = 0$. So momentum converges for $0 < \alpha < 2\,(1 + \mu)/\lambda$: with $\mu = 0.9$ nearly twice as
far as without.

**10, with a pencil.** All gradients become 1,000 times larger. Adagrad, RMSprop, Adam and AdamW divide by the size of
the gradients and step as before, but for the tiny $\epsilon$; AdamW's pull $\alpha\lambda w$ has nothing to do with the
loss. Descent, momentum and Nesterov take steps 1,000 times as long.
"""

from math import cos, pi

import numpy as np

import tinynet as tn


def descend(gradient, w, learning_rate, steps):
    r"""Gradient descent, $w \leftarrow w - \alpha\,g$, with every point of the way.

    gradient: a function that takes w, an array (n,), and returns $\partial L/\partial w$, (n,). w: where to start;
    do not change it. Returns an array (steps + 1, n): w itself, then where each step led.

    With `gradient = lambda w: 4 * w`, w = [1.0], a learning rate of 0.1 and 2 steps: `[[1], [0.6], [0.36]]`.
    """
    # w - ... makes a new array each time. `w -= ...` would change the caller's array, and all rows with it.
    path = [w]
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        path.append(w)
    return np.array(path)


def largest_learning_rate(H):
    r"""The bound: descent near a minimum converges for every learning rate between 0 and this one, and not above.

    H: the second derivatives of the loss at the minimum, a symmetric matrix (n, n) whose eigenvalues are positive.
    Returns a number. For `[[4.0]]`, a parabola of curvature 4, it is 0.5.
    """
    # Along each eigenvector the loss is a parabola; the steepest of them sets the limit. `eigvalsh` is for symmetric
    # matrices, and gives the eigenvalues in rising order.
    return 2 / np.linalg.eigvalsh(H)[-1]


def momentum(gradients, w, learning_rate, mu, nesterov=False):
    r"""The way of the weights with momentum, if these are the gradients, one after the other.

    gradients: a list of arrays (n,). w: array (n,), where to start; do not change it. Returns an array
    (len(gradients), n): where each step led. The velocity begins at 0.

    With one weight, w = 1, gradients 1 and -1, a learning rate of 0.1 and mu = 0.5 it goes to 0.9 and 0.95, with
    Nesterov's rule (as chapter 7 writes it in the end) to 0.85 and 0.975.
    """
    v, path = np.zeros_like(w), []
    for g in gradients:
        v = mu * v + g
        # Nesterov's rule uses the new velocity. With the old one g + μv would be v again, plain momentum.
        w = w - learning_rate * (g + mu * v if nesterov else v)
        path.append(w)
    return np.array(path)


def adam(gradients, w, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0):
    r"""The way of the weights with Adam, or with AdamW where weight_decay, $\lambda$, is not 0.

    gradients: a list of arrays (n,). w: array (n,), where to start; do not change it. Returns an array
    (len(gradients), n): where each step led. $\epsilon$ stands outside the root.

    With one weight, w = 1, gradients 0.5 and -1 and a learning rate of 0.1 it goes to 0.9 and about 0.936610; with a
    weight decay of 0.3 to 0.87 and about 0.880510.
    """
    m, s, path = np.zeros_like(w), np.zeros_like(w), []
    for t, g in enumerate(gradients, start=1):  # t counts the gradients in m and s, so it is 1 at the first step
        w = w - learning_rate * weight_decay * w
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        # m_hat and s_hat are for this step only. Kept in m and s they would be corrected again and again.
        m_hat = m / (1 - beta_1**t)
        s_hat = s / (1 - beta_2**t)
        w = w - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon)
        path.append(w)
    return np.array(path)


def train(net, x, y, optimizer, steps):
    r"""Train a tinynet network with binary cross-entropy, the whole batch at each step.

    net: a `tn.Sequential`. x: (N, n_0). y: (N, n_L). optimizer: `tn.SGD(0.5)` for example. Returns a list of
    steps + 1 numbers: the loss before the first step, and after each. Leave net with the weights after the last.
    """
    # One loss more than steps: the last one is only looked at.
    losses = []
    for step in range(steps + 1):
        loss = tn.binary_crossentropy(net(x), y)
        losses.append(loss.item())
        if step < steps:
            loss.backward()
            optimizer.step(net.parameters())
    return losses


def warm_up(initial, warm, steps):
    r"""A schedule: a function that takes t = 0, 1, 2, … and returns the learning rate of step t.

    In the first `warm` steps it rises evenly to `initial`, $\alpha_0$: at t = 0 it is $\alpha_0/\text{warm}$, at
    t = warm − 1 it is $\alpha_0$. From t = warm on, where it is $\alpha_0$ once more, it falls along half a wave of the
    cosine, to 0 at t = steps, and stays 0.

    `warm_up(0.8, 4, 8)` gives 0.2, 0.4, 0.6, 0.8, then 0.8, 0.6828, 0.4, 0.1172, then 0 for t = 8, 9, ….
    """

    # A function that is made in a function remembers what it was made with.
    def schedule(t):
        if t < warm:
            return initial * (t + 1) / warm
        share = min((t - warm) / (steps - warm), 1)  # how much of the fall is done
        return 0.5 * initial * (1 + cos(pi * share))

    return schedule


def mazur_outputs(steps):
    r"""The outputs of Mazur's network after so many steps, as his article has them.

    The network, the example and the learning rate ½ are those of chapters 4 and 7; only the weights move, the biases
    stay. Returns an array (2,): after 0 steps `[0.75136507, 0.77292847]`, after 10,000 `[0.015912196, 0.984065734]`.
    The right loop gives `[0.015913620, 0.984064274]`: find what the article does otherwise.
    """
    x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    W1, W2 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])

    def forward():
        a1 = 1 / (1 + np.exp(-(x @ W1 + 0.35)))
        return a1, 1 / (1 + np.exp(-(a1 @ W2 + 0.60)))

    for _ in range(steps):
        a1, a2 = forward()
        delta2 = (a2 - y) * a2 * (1 - a2)
        W2 = W2 - 0.5 * a1.T @ delta2
        delta1 = (delta2 @ W2.T) * a1 * (1 - a1)  # the mistake: this W2 is already the new one
        W1 = W1 - 0.5 * x.T @ delta1
    return forward()[1][0]


def steepest_curvature(gradient, w, rounds=200, h=1e-4):
    r"""The largest eigenvalue of $H$ at w, without ever writing down $H$.

    Draw a random direction u of length 1. By a central difference of the *gradient*,
    $Hu \approx (g(w + hu) - g(w - hu))/2h$: two gradients, no matrix. Along each eigenvector H stretches u by the
    eigenvalue. So Hu points more towards the steepest direction than u did. Make its length 1, and begin again with
    it: after some rounds u is the steepest direction, and the length of Hu is the eigenvalue.

    gradient: a function of w, (n,), that returns (n,); ask it no more than 2 · rounds times. All eigenvalues are
    positive. Returns a number. For `gradient = lambda w: np.array([100.0, 1.0]) * w` it is 100, at any w.
    """
    # A random start has some share in every direction. (1, 0, 0, …) could have none in the one that is looked for.
    u = np.random.default_rng(0).standard_normal(len(w))
    for _ in range(rounds):
        u = u / np.linalg.norm(u)
        u = (gradient(w + h * u) - gradient(w - h * u)) / (2 * h)
    return np.linalg.norm(u)
