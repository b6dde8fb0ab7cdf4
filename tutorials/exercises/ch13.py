r"""
# Exercises of chapter 13: Shapley values

Fair shares by orders, by coalitions and by dividends, the worth of a coalition of features, and the two ways to get by
with a sample. Fill in the functions, then run

    pytest tutorials/exercises -k ch13

Players and features count from 0. Where all coalitions stand in one array, player i is in number k if bit i of k is 1:
for M = 2 the order is {}, {0}, {1}, {0, 1}.
"""

import numpy as np  # noqa: F401, for your answers


def by_orders(v, M):
    r"""The fair shares of a game as the mean over all M! orders of arrival: (M,).

    v: a function that is given a frozenset of players from 0 to M − 1 and returns what they are worth; v of the empty
    set need not be 0. For M = 2 with v({}) = 0, v({0}) = 1, v({1}) = 2 and v({0, 1}) = 5 the shares are [2, 3].
    """
    raise NotImplementedError


def worth(f, x, background, S):
    r"""What the coalition S of features is worth: one number.

    f: a function of rows, (N, M) -> (N,). x: (M,), the example. background: (B, M). S: a list of features, from 0,
    whose values are those of x; the others are those of a row of the background, and the worth is the mean over its
    rows. Do not change x or the background. For f(rows) = the products of the two columns, x = [3, 2], background
    [[0, 1], [0, 5]] and S = [0] the worth is 9.
    """
    raise NotImplementedError


def shapley(v):
    r"""The Shapley values from the worth of all coalitions: (2^M,) -> (M,).

    v: numbered by bits, as at the head of this file. For v = [0, 1, 2, 5] the values are [2, 3].
    """
    raise NotImplementedError


def dividends(v):
    r"""What each coalition earns as a group, beyond the dividends of its parts: (2^M,) -> (2^M,).

    v: numbered by bits, as at the head of this file. The empty coalition has v(∅) itself, so that v(T) is the sum of
    the dividends of all subsets of T. For v = [1, 2, 3, 6] they are [1, 1, 2, 2].
    """
    raise NotImplementedError


def there_and_back(v, order):
    r"""The shares after one order of arrival and its reverse, the mean of both: (M,).

    v: all coalitions, numbered by bits, (2^M,). order: the M players, as they come. For v = [0, 1, 2, 5] and the order
    [1, 0] the shares are [2, 3].
    """
    raise NotImplementedError


def kernel_line(Z, v, nobody, everybody):
    r"""The shares by the weighted line through some of the coalitions: (M,).

    Z: (K, M) of 0 and 1, a coalition in each row, neither empty nor full, none twice. v: (K,), what they are worth.
    nobody, everybody: v of the empty and of the full coalition. The shares minimise the sum of
    $\pi_s\,(v(S) - v(\emptyset) - \sum_{i \in S} \varphi_i)^2$ over the rows, and add up to everybody − nobody. For
    Z = [[1, 0], [0, 1]], v = [1, 2], nobody 0 and everybody 5 the shares are [2, 3].
    """
    raise NotImplementedError


def linear_shares(w, x, background):
    r"""The Shapley values of $f(x) = \sum_i w_i x_i + b$, without asking a single coalition: (M,).

    w: (M,), x: (M,), background: (B, M). For w = [2, −1], x = [3, 1] and background [[1, 0], [0, 4]] they are [5, 1].
    """
    raise NotImplementedError
