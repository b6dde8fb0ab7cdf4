"""Marks the exercises of chapter 12."""

import numpy as np
import pytest

V, W = np.array([1.0, 0, 2, -1, 3]), np.array([1, 1 / 2, 1 / 2, 1 / 16, 1 / 16])  # the pencil's neighbours


def unequal(M=3, N=12, seed=0):
    """Columns that are alike, far from 0 and unequal in size; answers that are no plane; weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, M)) @ (np.eye(M) + 0.4) * np.arange(1, M + 1) + 5
    return X, np.tanh(X - 5).sum(axis=1) + 0.3 * X[:, 0] ** 2, rng.uniform(0.05, 1, size=N)


def by_stretching(X, f, w, alpha):
    """Intercept and slopes as least squares of stretched rows, with a row √α for each slope's price."""
    M = X.shape[1]
    A = np.vstack([np.sqrt(w)[:, np.newaxis] * np.column_stack([np.ones(len(X)), X]), np.zeros((M, M + 1))])
    A[-M:, 1:] = np.sqrt(alpha) * np.eye(M)
    solution = np.linalg.lstsq(A, np.append(np.sqrt(w) * f, np.zeros(M)), rcond=None)[0]
    return solution[0], solution[1:]


def by_steps(X, f, w, count, alpha=0):
    """The order by trying every column with those before."""
    chosen = []
    for _ in range(count):
        fits = {}
        for i in set(range(X.shape[1])) - set(chosen):
            intercept, slopes = by_stretching(X[:, [*chosen, i]], f, w, alpha)
            fits[i] = w @ (f - intercept - X[:, [*chosen, i]] @ slopes) ** 2
        chosen.append(min(fits, key=fits.get))
    return chosen


def test_kernel(mine, compare):
    d, width = np.array([0.0, 1, 2]), 1 / np.sqrt(2 * np.log(2))
    mistakes = {
        "take the root: this kernel is narrower by √2": [1, 1 / 4, 1 / 256],
        "square the distance": [1, 1 / 2, 1 / 4],
        "divide by the width's square, not by the width": np.exp(-(d**2) / width / 2),
        "near neighbours count more: the exponent is negative": [1, 2, 16],
    }
    compare(mine.kernel(d, width), [1, 1 / 2, 1 / 16], "the weights at the distances 0, 1, 2", mistakes)
    mistakes = {"take the root: this kernel is narrower by √2": np.exp([-0.25, -1])}
    compare(mine.kernel(np.array([1.0, 2]), 2.0), np.exp([-0.125, -0.5]), "the weights for width 2", mistakes)


def both(answer, what):
    """The two things that an answer returns."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        pytest.fail(f"return {what}, as `return one, other`; yours is {answer!r}", pytrace=False)
    return answer


def test_plane(mine, compare):
    intercept, slopes = both(mine.plane(V[:, np.newaxis], V**2, W, 1.0), "the intercept and the slopes")
    mistakes = {
        "this is the slope without a price": [2],
        "here all neighbours count the same": [20 / 11],
        "this line passes through 0; take the weighted means off X and f first": [W @ V**3 / (W @ V**2 + 1)],
        "the intercept pays the price too; it should be free": [208 / 159],
    }
    if np.ndim(intercept) > np.ndim(slopes):
        pytest.fail("return the intercept first, then the slopes", pytrace=False)
    compare(slopes, [1.2], "the slope of the pencil's five neighbours with α = 1", mistakes)
    mistakes = {
        "this is the mean of f; take β times the mean of X off": 29 / 17,
        "take the means off with the weights, not the plain means": 3 - 1.2,
    }
    compare(intercept, 29 / 17 - 1.2, "their intercept", mistakes)
    X, f, w = unequal()
    for alpha in (0.0, 1.0, 7.0):
        expected = by_stretching(X, f, w, alpha)
        A = np.column_stack([np.ones(len(X)), X])
        taxed = np.linalg.solve(A.T @ (w[:, np.newaxis] * A) + alpha * np.eye(4), A.T @ (w * f))
        centred = X - X.mean(axis=0)
        plain = np.linalg.solve(
            centred.T @ (w[:, np.newaxis] * centred) + alpha * np.eye(3), centred.T @ (w * (f - f.mean()))
        )
        through_0 = np.linalg.solve(X.T @ (w[:, np.newaxis] * X) + alpha * np.eye(3), X.T @ (w * f))
        mistakes = {
            "take the means off with the weights, not the plain means": plain,
            "this plane passes through 0; take the weighted means off X and f first": through_0,
            "here all neighbours count the same": by_stretching(X, f, np.ones(12), alpha)[1],
            "the weights count twice": by_stretching(X, f, w**2, alpha)[1],
            "this has no price": by_stretching(X, f, w, 0)[1],
            "the price is α, not α²": by_stretching(X, f, w, alpha**2)[1],
            "the intercept pays the price too; it should be free": taxed[1:],
        }
        mistakes = {advice: wrong for advice, wrong in mistakes.items() if not np.allclose(wrong, expected[1])}
        intercept, slopes = both(mine.plane(X, f, w, alpha), "the intercept and the slopes")
        compare(slopes, expected[1], f"the slopes of a plane over three columns, α = {alpha:g}", mistakes)
        compare(intercept, expected[0], f"its intercept, α = {alpha:g}")


def test_r_squared(mine, compare):
    mistakes = {"this is the squared correlation, which does not see that the fit misses": 1}
    got = mine.r_squared(np.array([0.0, 2]), np.array([0.0, 1]), np.ones(2))
    compare(got, 0.5, "R² of the docstring's example", mistakes)
    X, f, w = unequal(seed=1)
    fit = X @ [0.5, 0.1, -0.1]
    mean = sum(w * f) / sum(w)

    def share(missed, middle, weights):
        return 1 - sum(weights * (f - missed) ** 2) / sum(weights * (f - middle) ** 2)

    mistakes = {
        "here all neighbours count the same": share(fit, f.mean(), np.ones(12)),
        "the mean of f is the weighted one": share(fit, f.mean(), w),
        "take the mean of f off in the denominator": share(fit, 0, w),
        "this is the share that is missed; R² is 1 minus it": 1 - share(fit, mean, w),
        "square the differences": 1 - sum(w * abs(f - fit)) / sum(w * abs(f - mean)),
    }
    compare(mine.r_squared(f, fit, w), share(fit, mean, w), "R² of any fit", mistakes)
    level = np.full(12, mean)
    assert abs(mine.r_squared(f, level, w)) < 1e-12, "a level plane at the weighted mean explains nothing: R² is 0"


def test_neighbours(mine, compare):
    x, background, draws = np.array([6.0]), np.array([[0.0], [4]]), np.array([[9.0], [1]])
    for around_instance, rows, s in ((False, [[6], [4]], [[2], [1]]), (True, [[6], [8]], [[2], [3]])):
        got = both(mine.neighbours(x, background, draws, around_instance), "the rows for the model and for the plane")
        what = "the example of the docstring" + (", around x" if around_instance else "")
        deviation = np.sqrt(8)  # with B − 1
        mistakes = {
            "row 0 is x itself": [[2 + 2 * 9 + 4 * around_instance], rows[1]],
            "the standard deviation divides by B": [[6], [(6 if around_instance else 2) + deviation]],
            "these are the rows for the plane; the model's come first": s,
            "draw around the mean of the background": [[6], [4]] if around_instance else None,
            "draw around x only where around_instance says so": None if around_instance else [[6], [8]],
        }
        compare(got[0], rows, f"the rows for the model, {what}", {a: v for a, v in mistakes.items() if v is not None})
        mistakes = {
            "row 0 is x too": [[9 + 2 * around_instance], s[1]],
            "x in standard deviations is (x − mean)/σ": [[3], [4 if around_instance else 1]],
            "the plane's rows count from the mean, around x too": [[0], [1]],
        }
        compare(got[1], s, f"the rows for the plane, {what}", mistakes)
        if not np.array_equal(draws, [[9], [1]]):
            pytest.fail("your function changed the draws it was given; copy them first", pytrace=False)
    rng = np.random.default_rng(0)
    background, draws = rng.normal([1, -20, 300], [1, 5, 100], size=(9, 3)), rng.normal(size=(6, 3))
    rows, s = both(mine.neighbours(background[4], background, draws, True), "the rows for the model and for the plane")
    deviations = [np.sqrt(sum((column - sum(column) / 9) ** 2) / 9) for column in background.T]
    expected = [background[4], *(background[4] + draw * deviations for draw in draws[1:])]
    compare(rows, expected, "rows of three features, around x")
    compare(s[1:] - s[0], draws[1:], "the plane's rows less that of x, which are the draws")


def test_same_bin(mine, compare):
    background, rows = np.arange(1.0, 6)[:, np.newaxis], np.array([[2.0], [2.5], [3], [3.5]])
    mistakes = {
        "a number that equals a quartile belongs to the bin below it": [[0], [0], [1], [1]],
        "this is 1 for the other bins": [[1], [0], [0], [1]],
    }
    compare(mine.same_bin(rows, np.array([3.0]), background), [[0], [1], [1], [0]], "the docstring's example", mistakes)
    background = np.random.default_rng(2).normal([0, 10], [1, 4], size=(40, 2))
    x, rows = np.array([-9.0, 9.5]), background[::3]
    counts = [[(np.percentile(background[:, i], [25, 50, 75]) < row[i]).sum() for i in (0, 1)] for row in [x, *rows]]
    expected = np.array(counts[1:]) == counts[0]
    edges = np.percentile(background, [25, 50, 75])
    together = np.searchsorted(edges, rows) == np.searchsorted(edges, x)
    mistakes = {
        "each column has quartiles of its own": together,
        "this is 1 for the other bins": ~expected,
        "the first bin has no lower end, and the last no upper": expected * [0, 1],
    }
    compare(mine.same_bin(rows, x, background), expected, "two columns, x below all of the background", mistakes)


def test_mask_distances(mine, compare):
    masks = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]])
    k = masks.sum(axis=1)
    mistakes = {
        "this is the cosine; the distance is 1 minus it": np.sqrt(k / 4),
        "divide the product of two vectors by both lengths; the length of k ones is √k": 1 - k / 4,
        "this is the Euclidean distance": np.sqrt(4 - k),
    }
    with np.errstate(invalid="ignore"):
        got = mine.mask_distances(masks)
    if got is not None and np.shape(got) == (4,) and np.isnan(got[3]):
        pytest.fail("a mask of zeros has no direction: 0/0; its distance is 1, as 1 − √(k/S) gives", pytrace=False)
    compare(got, [0, 1 / 2, 1 - np.sqrt(1 / 2), 1], "the distances with 4, 1, 2 and 0 of 4 segments on", mistakes)


def test_forward_selection(mine, compare):
    # column 0 alone is best, 2 is nearly its copy, and 1 explains what 0 leaves
    s, t = np.array([1, 1, -1, -1, 0, 0.0]), np.array([1, -1, 1, -1, 0, 0])
    X, w = np.column_stack([s, t, s + 0.3 * np.array([0, 0, 0, 0, 1, -1])]) + 4, np.ones(6)
    mistakes = {
        "these explain most alone; take out what is explained before you choose the next": [0, 2],
        "these are in order of size; return them as they were chosen": [1, 0],
    }
    compare(
        mine.forward_selection(X, 2 * s + t, w, 2), [0, 1], "two of three columns, of which two are alike", mistakes
    )
    X, f, w = unequal(M=5, N=30, seed=7)
    w = w / 20  # so little that a price would be felt
    chosen = by_steps(X, f, w, 4)
    rest = [X - np.average(X, axis=0, weights=w), f - np.average(f, weights=w)]
    gains = (rest[0].T @ (w * rest[1])) ** 2 / (w @ rest[0] ** 2)
    alone = np.argsort(-gains)[:4]
    only_f, f_rest = [], rest[1]
    for _ in range(4):
        products = rest[0].T @ (w * f_rest)
        order = np.argsort(-(products**2) / (w @ rest[0] ** 2))
        best = next(i for i in order if i not in only_f)
        only_f.append(best)
        f_rest = f_rest - rest[0][:, best] * products[best] / (w @ rest[0][:, best] ** 2)
    mistakes = {
        "these explain most alone; take out what is explained before you choose the next": alone,
        "these are in order of size; return them as they were chosen": sorted(chosen),
        "use the weights": by_steps(X, f, np.ones(30), 4),
        "take what is explained out of the other columns too, not only out of f": only_f,
        "choose without a price": by_steps(X, f, w, 4, alpha=1),
    }
    mistakes = {advice: wrong for advice, wrong in mistakes.items() if list(wrong) != chosen}
    compare(mine.forward_selection(X, f, w, 4), chosen, "four of five columns", mistakes)
