"""Marks the exercises of chapter 13."""

from itertools import combinations
from math import comb, factorial

import numpy as np

import tinynet as tn

MUSICIANS = [0, 12, 6, 18, 0, 24, 12, 45]  # by bits: violin 1, cello 2, drum 4
SHARES = [21, 12, 12]  # by hand in the chapter


def random_game(M, seed=0):
    """Any numbers, v(∅) not 0; the shares by the dividends of the subsets, found by inclusion and exclusion."""
    v = np.random.default_rng(seed).normal(size=2**M)
    d = [sum((-1) ** (T ^ S).bit_count() * v[S] for S in range(T + 1) if S & T == S) for T in range(2**M)]
    phi = [sum(d[T] / T.bit_count() for T in range(2**M) if T >> i & 1) for i in range(M)]
    return v, np.array(d), np.array(phi)


def as_function(v):
    return lambda S: v[sum(2**i for i in S)]


def test_by_orders(mine, compare):
    mistakes = {
        "these are sums over the orders; divide by their number, M!": np.multiply(6, SHARES),
        "divide by the number of orders, M!, not by M": np.multiply(2, SHARES),
        "this is what each earns alone": [12, 6, 0],
        "this is what is missing without each": [33, 21, 27],
        "this is one order only; take the mean over all": [12, 6, 27],
        "these shares belong to the places in the order, not to the players": [6, 12, 27],
    }
    compare(mine.by_orders(as_function(MUSICIANS), 3), SHARES, "the shares of the three musicians", mistakes)
    v, _, phi = random_game(4)
    nobody = {"the first to come adds v({i}) − v({}), and v({}) need not be 0": phi + v[0] / 4}
    compare(mine.by_orders(as_function(v), 4), phi, "the shares of four players, where v of nobody is not 0", nobody)
    small = mine.by_orders(as_function([0, 1, 2, 5]), 2)
    compare(small, [2, 3], "the shares of the two players of the docstring", {"this is what each earns alone": [1, 2]})


def test_worth(mine, compare):
    def product(rows):
        return rows.prod(axis=1)

    x, background = np.array([3.0, 2.0]), np.array([[0.0, 1.0], [0.0, 5.0]])
    mistakes = {
        "the features in S are those of x, the others those of the background; here it is the other way round": 0,
        "take the mean over the rows of the background, not the sum": 18,
        "use all rows of the background, not only the first": 3,
    }
    compare(mine.worth(product, x, background, [0]), 9, "the worth in the example of the docstring", mistakes)

    def f(rows):
        return np.tanh(rows @ np.array([0.5, -1.0, 2.0])) ** 2

    rng = np.random.default_rng(0)
    x, background = rng.normal(size=3), rng.normal(size=(4, 3))
    x_before, background_before = x.copy(), background.copy()
    for S in ([], [1], [0, 2], [0, 1, 2]):
        # row by row and number by number
        rows = [[x[i] if i in S else float(b[i]) for i in range(3)] for b in background]
        expected = sum(float(f(np.array([row]))[0]) for row in rows) / 4
        turned = np.array([[float(b[i]) if i in S else x[i] for i in range(3)] for b in background])
        mistakes = {
            "the mean is of the answers; this is the answer to the mean row": f(np.mean(rows, axis=0)[np.newaxis])[0],
            "the features in S are those of x; here it is the other way round": f(turned).mean(),
            "take the mean over the rows, not the sum": 4 * expected,
        }
        mistakes = {advice: wrong for advice, wrong in mistakes.items() if not np.isclose(wrong, expected)}
        compare(mine.worth(f, x, background, list(S)), expected, f"the worth of S = {S}", mistakes)
    compare(background, background_before, "the background after your function; it should not change")
    compare(x, x_before, "x after your function; it should not change")


def test_shapley(mine, compare):
    def weighted(v, M, weight):
        gains = [[(k.bit_count(), v[k + 2**i] - v[k]) for k in range(2**M) if not k >> i & 1] for i in range(M)]
        return [sum(weight(s) * gain for s, gain in row) for row in gains]

    for v, phi in ((np.array(MUSICIANS, float), SHARES), random_game(5)[::2]):
        M = len(phi)
        mistakes = {
            "all coalitions have the same weight here; it depends on their size": weighted(
                v, M, lambda s, M=M: 1 / 2 ** (M - 1)
            ),
            "the weight is 1/(M C(M−1, s)), not 1/(M C(M, s))": weighted(v, M, lambda s, M=M: 1 / (M * comb(M, s))),
            "the factor 1/M is missing": weighted(v, M, lambda s, M=M: 1 / comb(M - 1, s)),
            "s is the size of the coalition *without* i": weighted(
                v, M, lambda s, M=M: 1 / (M * comb(M - 1, s + 1)) if s + 1 < M else 0
            ),
            "the orders of those who come after i count too: (M − s − 1)!": weighted(
                v, M, lambda s, M=M: factorial(s) / factorial(M)
            ),
            "bit 0 is player 0: these values are in reverse": phi[::-1],
        }
        compare(mine.shapley(v), phi, f"the values of {M} players", mistakes)
    compare(mine.shapley(np.array([0.0, 1.0, 2.0, 5.0])), [2, 3], "the values for v = [0, 1, 2, 5]")


def test_shapley_of_a_network(mine, compare):
    flowers = tn.data.iris()[0]
    net = tn.Sequential([tn.Dense(5, activation="tanh", input_dim=4), tn.Dense(3, activation="softmax")], seed=1)
    found = tn.explain.exact_shapley(net, flowers[100], 2, background=flowers[:7])
    compare(mine.shapley(found.table()["v(S)"]), found.values, "the values of a network's four features")


def test_dividends(mine, compare):
    hand = [0, 12, 6, 0, 0, 12, 6, 9]
    mistakes = {
        "subtract the dividends of *all* parts, not only those of single players": [0, 12, 6, 0, 0, 12, 6, 27],
        "subtract the dividends of the parts, not what they are worth": [
            v - sum(MUSICIANS[S] for S in range(T) if S & T == S) for T, v in enumerate(MUSICIANS)
        ],
        "these are the values v themselves": MUSICIANS,
    }
    compare(mine.dividends(np.array(MUSICIANS, float)), hand, "the dividends of the three musicians", mistakes)
    small = {
        "the empty coalition has v(∅) itself": [0, 1, 2, 2],
        "the empty coalition is a part of every other: subtract its dividend, v(∅), too": [1, 2, 3, 1],
    }
    compare(mine.dividends(np.array([1.0, 2, 3, 6])), [1, 1, 2, 2], "the dividends for v = [1, 2, 3, 6]", small)
    v, d, _ = random_game(5)
    compare(mine.dividends(v), d, "the dividends of five players")
    compare(v, random_game(5)[0], "v after your function; it should not change")


def test_there_and_back(mine, compare):
    mistakes = {
        "this is the order there; walk it back too": [12, 6, 27],
        "this is the way back; take the mean with the way there": [33, 12, 0],
        "take the mean of both walks, not the sum": [45, 18, 27],
        "give each gain to the player who came, not to the place in the order": [6, 9, 30],
    }
    v = np.array(MUSICIANS, float)
    compare(mine.there_and_back(v, [0, 1, 2]), [22.5, 9, 13.5], "the shares of VCD and DCV", mistakes)
    compare(mine.there_and_back(v, [2, 1, 0]), [22.5, 9, 13.5], "the shares of DCV and VCD", mistakes)
    compare(mine.there_and_back(np.array([0.0, 1, 2, 5]), [1, 0]), [2, 3], "the shares for v = [0, 1, 2, 5]")
    # a game of pairs: any one order, there and back, is exact
    d = np.random.default_rng(1).normal(size=32) * [k.bit_count() <= 2 for k in range(32)]
    v = np.array([sum(d[S] for S in range(32) if S & T == S) for T in range(32)])
    phi = [sum(d[T] / T.bit_count() for T in range(32) if T >> i & 1) for i in range(5)]
    compare(mine.there_and_back(v, [3, 0, 4, 1, 2]), phi, "the shares in a game in which only pairs act together")


def solved(Z, v, nobody, everybody, kernel):
    """By another road: the condition with a multiplier, one larger system of equations."""
    Z, M = np.asarray(Z, float), len(Z[0])
    pi = np.array([kernel(int(s)) for s in Z.sum(axis=1)])
    A = np.ones((M + 1, M + 1))
    A[:M, :M], A[M, M] = Z.T @ (pi[:, np.newaxis] * Z), 0
    return np.linalg.solve(A, np.append(Z.T @ (pi * (v - nobody)), everybody - nobody))[:M]


def test_kernel_line(mine, compare):
    two = mine.kernel_line(np.eye(2), np.array([1.0, 2.0]), 0.0, 5.0)
    compare(two, [2, 3], "the shares of the two players of the docstring", {"the sum has to be 5": [1, 2]})
    v, _, phi = random_game(5)
    for name, chosen in (("all", range(1, 31)), ("18", [k for k in range(1, 31) if k.bit_count() != 2 or k % 2][:18])):
        Z = np.array([[k >> i & 1 for i in range(5)] for k in chosen])

        def kernel(s):
            return 4 / (comb(5, s) * s * (5 - s))

        expected = solved(Z, v[list(chosen)], v[0], v[-1], kernel)
        X, y = Z.astype(float), v[list(chosen)] - v[0]
        pi = np.array([kernel(int(s)) for s in Z.sum(axis=1)])
        mistakes = {
            "the weights are missing: each coalition counts alike here": solved(
                Z, v[list(chosen)], v[0], v[-1], lambda s: 1
            ),
            "these are the weights of all coalitions of a size; divide by how many there are, C(M, s)": solved(
                Z, v[list(chosen)], v[0], v[-1], lambda s: 4 / (s * (5 - s))
            ),
            "the weight has s (M − s) below, too": solved(Z, v[list(chosen)], v[0], v[-1], lambda s: 4 / comb(5, s)),
            "the condition is missing: the shares have to add up to everybody − nobody": np.linalg.solve(
                X.T @ (pi[:, np.newaxis] * X), X.T @ (pi * y)
            ),
            "subtract v(∅) from what the coalitions are worth": solved(Z, v[list(chosen)] + v[0], v[0], v[-1], kernel),
            "the sum is everybody − nobody, not everybody": solved(Z, v[list(chosen)], v[0], v[-1] + v[0], kernel),
        }
        mistakes = {advice: wrong for advice, wrong in mistakes.items() if not np.allclose(wrong, expected)}
        got = mine.kernel_line(Z, v[list(chosen)], v[0], v[-1])
        compare(got, expected, f"the shares from {name} coalitions of five players", mistakes)
        if name == "all":
            compare(got, phi, "the shares from all coalitions, which should be the Shapley values")


def test_linear_shares(mine, compare):
    w, x, background = np.array([2.0, -1.0]), np.array([3.0, 1.0]), np.array([[1.0, 0.0], [0.0, 4.0]])
    mistakes = {
        "compare with the background: x less the mean of its rows": w * x,
        "both x and the mean of the background count with w": w * x - background.mean(axis=0),
        "the mean over the rows of the background, axis 0": w * (x - background.mean(axis=1)),
        "the mean over the background, not its first row": w * (x - background[0]),
        "the mean of each column, not of all numbers": w * (x - background.mean()),
    }
    compare(mine.linear_shares(w, x, background), [5, 1], "the shares in the example of the docstring", mistakes)
    rng = np.random.default_rng(0)
    w, x, background = rng.normal(size=6), rng.normal(size=6), rng.normal(size=(9, 6))
    # all 64 coalitions asked, and the fair shares by the chapter's sum
    expected = np.zeros(6)
    for i in range(6):
        others = [j for j in range(6) if j != i]
        for s in range(6):
            for S in combinations(others, s):
                without, with_i = background.copy(), background.copy()
                without[:, list(S)] = x[list(S)]
                with_i[:, [*S, i]] = x[[*S, i]]
                expected[i] += (with_i @ w - without @ w).mean() / (6 * comb(5, s))
    compare(mine.linear_shares(w, x, background), expected, "the shares of six features")
