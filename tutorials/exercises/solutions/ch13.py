r"""
# Solutions of chapter 13: Shapley values

`pytest tutorials/exercises -k ch13 --solutions` marks these.

With a pencil. Exercise 8: with the background $(0, 0)$ a coalition of one is worth 0 and both are worth 6; neither
works without the other, and by symmetry $\varphi = (3, 3)$. With $(1, 1)$, $v(\emptyset) = 1$, $v(\{1\}) = 3$,
$v(\{2\}) = 2$ and $v(\{1,2\}) = 6$, so $\varphi_1 = \frac12 (3 - 1) + \frac12 (6 - 2) = 3$ and
$\varphi_2 = \frac12 (2 - 1) + \frac12 (6 - 3) = 2$. They add up to $6 - 1$. The same answer, compared with something
else, is shared otherwise.

Exercise 9: the cost is 6 if anybody is in the taxi, 6 more if the second or the third is, and 30 more if the third
is. In the first game all three are alike and pay 2 each, in the second the first is a dummy and the other two pay 3
each, in the third only the third pays, 30. By linearity they pay 2, 5 and 35, together 42.
"""

from itertools import permutations
from math import comb

import numpy as np


def by_orders(v, M):
    r"""The fair shares of a game as the mean over all M! orders of arrival: (M,).

    v: a function that is given a frozenset of players from 0 to M − 1 and returns what they are worth; v of the empty
    set need not be 0. For M = 2 with v({}) = 0, v({0}) = 1, v({1}) = 2 and v({0, 1}) = 5 the shares are [2, 3].
    """
    # What each adds when it comes, summed over the orders, and divided by how many there were.
    phi, orders = np.zeros(M), list(permutations(range(M)))
    for order in orders:
        for k, i in enumerate(order):
            phi[i] += v(frozenset(order[: k + 1])) - v(frozenset(order[:k]))
    return phi / len(orders)


def worth(f, x, background, S):
    r"""What the coalition S of features is worth: one number.

    f: a function of rows, (N, M) -> (N,). x: (M,), the example. background: (B, M). S: a list of features, from 0,
    whose values are those of x; the others are those of a row of the background, and the worth is the mean over its
    rows. Do not change x or the background. For f(rows) = the products of the two columns, x = [3, 2], background
    [[0, 1], [0, 5]] and S = [0] the worth is 9.
    """
    # f first and the mean after it: f of the mean row would be another number, unless f is linear.
    rows = background.copy()
    rows[:, S] = x[S]
    return f(rows).mean()


def shapley(v):
    r"""The Shapley values from the worth of all coalitions: (2^M,) -> (M,).

    v: numbered by bits, as at the head of this file. For v = [0, 1, 2, 5] the values are [2, 3].
    """
    # Coalition k without i, and k + 2^i with it; the weight asks for the size of the one without.
    M = len(v).bit_length() - 1
    phi = np.zeros(M)
    for i in range(M):
        for k in range(len(v)):
            if not k >> i & 1:
                phi[i] += (v[k + 2**i] - v[k]) / (M * comb(M - 1, k.bit_count()))
    return phi


def dividends(v):
    r"""What each coalition earns as a group, beyond the dividends of its parts: (2^M,) -> (2^M,).

    v: numbered by bits, as at the head of this file. The empty coalition has v(∅) itself, so that v(T) is the sum of
    the dividends of all subsets of T. For v = [1, 2, 3, 6] they are [1, 1, 2, 2].
    """
    # A subset has a smaller number than its set, so its dividend is known. S is a subset of T if S & T == S.
    d = np.array(v, dtype=float)
    for T in range(len(v)):
        d[T] -= sum(d[S] for S in range(T) if S & T == S)
    return d


def there_and_back(v, order):
    r"""The shares after one order of arrival and its reverse, the mean of both: (M,).

    v: all coalitions, numbered by bits, (2^M,). order: the M players, as they come. For v = [0, 1, 2, 5] and the order
    [1, 0] the shares are [2, 3].
    """
    # Each walk begins with nobody; whoever comes sets its bit.
    phi = np.zeros(len(order))
    for walk in (order, order[::-1]):
        k = 0
        for i in walk:
            phi[i] += (v[k + 2**i] - v[k]) / 2
            k += 2**i
    return phi


def kernel_line(Z, v, nobody, everybody):
    r"""The shares by the weighted line through some of the coalitions: (M,).

    Z: (K, M) of 0 and 1, a coalition in each row, neither empty nor full, none twice. v: (K,), what they are worth.
    nobody, everybody: v of the empty and of the full coalition. The shares minimise the sum of
    $\pi_s\,(v(S) - v(\emptyset) - \sum_{i \in S} \varphi_i)^2$ over the rows, and add up to everybody − nobody. For
    Z = [[1, 0], [0, 1]], v = [1, 2], nobody 0 and everybody 5 the shares are [2, 3].
    """
    # The last share is what the others leave, so its column is subtracted from the rest and from y.
    Z, M, delta = np.asarray(Z, dtype=float), len(Z[0]), everybody - nobody
    pi = np.array([(M - 1) / (comb(M, s) * s * (M - s)) for s in Z.sum(axis=1).astype(int)])
    X, y = Z[:, :-1] - Z[:, -1:], v - nobody - Z[:, -1] * delta
    phi = np.linalg.solve(X.T @ (pi[:, np.newaxis] * X), X.T @ (pi * y))
    return np.append(phi, delta - phi.sum())


def linear_shares(w, x, background):
    r"""The Shapley values of $f(x) = \sum_i w_i x_i + b$, without asking a single coalition: (M,).

    w: (M,), x: (M,), background: (B, M). For w = [2, −1], x = [3, 1] and background [[1, 0], [0, 4]] they are [5, 1].
    """
    # Who is there already does not matter: feature i always adds w_i times x_i less the mean of the background. The
    # weights of all coalitions add up to 1, and b cancels.
    return w * (x - background.mean(axis=0))
