r"""
# Solutions of chapter 12: LIME

`pytest tutorials/exercises -k ch12 --solutions` marks these.

With a pencil. Exercise 8: $f = (1, 0, 2, 1, 3)$ for $v = (1, 0, 2, -1, 3)$. $\sum w (v - 1) f = 1 - \frac18 +
\frac38 = \frac54$, so the slope is $\frac54 / \frac32 = \frac56$ without a price, and $\frac54 / \frac52 = \frac12$
with $\alpha = 1$. The mean is $\bar f = \frac94 / \frac{17}8 = \frac{18}{17}$, and the intercepts are
$\frac{18}{17} - \frac56 = \frac{23}{102}$ and $\frac{18}{17} - \frac12 = \frac{19}{34}$. The derivative is 1, and
neither is: one neighbour lies behind the kink.

Exercise 9: by symmetry both slopes are $\beta$, with $(4 + 1)\,\beta + 4\,\beta = 18$: 2 each. One column alone has
$18/5 = 3.6$, and together they have 4: two columns pay less for the same plane.
"""

import numpy as np


def kernel(distances, width):
    r"""How much each neighbour counts, sqrt(exp(−d²/κ²)): (N,) -> (N,).

    For width 1 / sqrt(2 ln 2) and distances [0, 1, 2] the weights are [1, 1/2, 1/16].
    """
    # The root halves the exponent: a bell with standard deviation κ.
    return np.sqrt(np.exp(-((np.asarray(distances) / width) ** 2)))


def plane(X, f, w, alpha):
    r"""The weighted ridge: the intercept, one number, and the slopes, (M,); return both.

    X: (N, M). f: (N,), the answers. w: (N,), the weights. alpha: the price on the squares of the slopes; the intercept
    is free. For X = [[1], [0], [2], [-1], [3]], f = [1, 0, 4, 1, 9], w = [1, 1/2, 1/2, 1/16, 1/16] and alpha = 1 the
    intercept is 29/17 − 1.2 and the slope 1.2.
    """
    # The weighted means make the intercept free: it follows from them once the slopes are known.
    X_mean, f_mean = w @ X / w.sum(), w @ f / w.sum()
    X_rest, f_rest = X - X_mean, f - f_mean
    XWX = X_rest.T @ (w[:, np.newaxis] * X_rest)
    slopes = np.linalg.solve(XWX + alpha * np.eye(len(XWX)), X_rest.T @ (w * f_rest))
    return f_mean - X_mean @ slopes, slopes


def r_squared(f, fit, w):
    r"""The share of the weighted variation of f that the fit explains: one number.

    f, fit, w: (N,). For f = [0, 2], fit = [0, 1] and equal weights it is 1/2.
    """
    # What the fit misses, against what a level plane at the weighted mean misses.
    mean = w @ f / w.sum()
    return 1 - w @ (f - fit) ** 2 / (w @ (f - mean) ** 2)


def neighbours(x, background, draws, around_instance):
    r"""The rows for the model and the rows for the plane, both (N, M); return both, in this order.

    x: (M,). background: (B, M), no column of it constant. draws: (N, M), from the standard normal distribution; do not
    change them. around_instance: draw around x instead of around the mean of the background. Row 0 is x itself, and the
    plane's rows are in standard deviations from the mean of the background (the deviations divide by B).
    For x = [6], background [[0], [4]] and draws [[9], [1]] the rows for the model are [[6], [4]] and those for the
    plane [[2], [1]]; around x they are [[6], [8]] and [[2], [3]].
    """
    # Everything is said in standard deviations, and only the model needs the numbers themselves.
    mean, deviation = background.mean(axis=0), background.std(axis=0)
    s = draws + (x - mean) / deviation if around_instance else draws.copy()
    s[0] = (x - mean) / deviation
    return mean + deviation * s, s


def same_bin(rows, x, background):
    r"""1 where a number lies in the same bin as that of x, else 0: (N, M) -> (N, M).

    The bins of a column lie between its quartiles in the background, (B, M). A number that equals a quartile belongs
    to the bin below it. For background [[1], [2], [3], [4], [5]] the quartiles are 2, 3 and 4; with x = [3] and rows
    [[2], [2.5], [3], [3.5]] the answer is [[0], [1], [1], [0]].
    """
    # searchsorted counts the quartiles that are smaller than a number: the number of its bin.
    answer = np.empty(rows.shape)
    for i, edges in enumerate(np.percentile(background, [25, 50, 75], axis=0).T):
        answer[:, i] = np.searchsorted(edges, rows[:, i]) == np.searchsorted(edges, x[i])
    return answer


def mask_distances(masks):
    r"""How far each mask is from the mask of ones, 1 − cos of the angle between them: (N, S) -> (N,).

    masks: zeros and ones. Of a mask of zeros the distance is 1. For S = 4, a mask with a single one has 1/2.
    """
    # k ones against S ones: the product is k, the lengths are √k and √S.
    return 1 - np.sqrt(masks.sum(axis=1) / masks.shape[1])


def forward_selection(X, f, w, count):
    r"""The numbers of `count` columns in the order in which they are chosen: a list.

    X: (N, M), no column a sum of multiples of the others. f, w: (N,). Each time the column is chosen with which,
    together with those chosen before, the weighted plane without a price fits best.
    """
    # What the chosen columns explain is taken out of all that is left, so each step looks at single columns.
    X, f, chosen = X - w @ X / w.sum(), f - w @ f / w.sum(), []
    for _ in range(count):
        gain = [-1 if i in chosen else (x @ (w * f)) ** 2 / (w @ x**2) for i, x in enumerate(X.T)]
        chosen.append(int(np.argmax(gain)))
        x = X[:, chosen[-1]]
        share = (w * x) / (w @ x**2)
        f, X = f - x * (share @ f), X - np.outer(x, share @ X)
    return chosen
