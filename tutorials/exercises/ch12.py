r"""
# Exercises of chapter 12: LIME

From the distances of the neighbours to the slopes: kernel, plane and fit, the two ways to change a row of numbers, the
distance of images with segments off, and the choice of a few columns. Fill in the functions, then run

    pytest tutorials/exercises -k ch12

Rows are neighbours, (N, M); features and columns count from 0.
"""

import numpy as np  # noqa: F401, for your answers


def kernel(distances, width):
    r"""How much each neighbour counts, sqrt(exp(−d²/κ²)): (N,) -> (N,).

    For width 1 / sqrt(2 ln 2) and distances [0, 1, 2] the weights are [1, 1/2, 1/16].
    """
    raise NotImplementedError


def plane(X, f, w, alpha):
    r"""The weighted ridge: the intercept, one number, and the slopes, (M,); return both.

    X: (N, M). f: (N,), the answers. w: (N,), the weights. alpha: the price on the squares of the slopes; the intercept
    is free. For X = [[1], [0], [2], [-1], [3]], f = [1, 0, 4, 1, 9], w = [1, 1/2, 1/2, 1/16, 1/16] and alpha = 1 the
    intercept is 29/17 − 1.2 and the slope 1.2.
    """
    raise NotImplementedError


def r_squared(f, fit, w):
    r"""The share of the weighted variation of f that the fit explains: one number.

    f, fit, w: (N,). For f = [0, 2], fit = [0, 1] and equal weights it is 1/2.
    """
    raise NotImplementedError


def neighbours(x, background, draws, around_instance):
    r"""The rows for the model and the rows for the plane, both (N, M); return both, in this order.

    x: (M,). background: (B, M), no column of it constant. draws: (N, M), from the standard normal distribution; do not
    change them. around_instance: draw around x instead of around the mean of the background. Row 0 is x itself, and the
    plane's rows are in standard deviations from the mean of the background (the deviations divide by B).
    For x = [6], background [[0], [4]] and draws [[9], [1]] the rows for the model are [[6], [4]] and those for the
    plane [[2], [1]]; around x they are [[6], [8]] and [[2], [3]].
    """
    raise NotImplementedError


def same_bin(rows, x, background):
    r"""1 where a number lies in the same bin as that of x, else 0: (N, M) -> (N, M).

    The bins of a column lie between its quartiles in the background, (B, M). A number that equals a quartile belongs
    to the bin below it. For background [[1], [2], [3], [4], [5]] the quartiles are 2, 3 and 4; with x = [3] and rows
    [[2], [2.5], [3], [3.5]] the answer is [[0], [1], [1], [0]].
    """
    raise NotImplementedError


def mask_distances(masks):
    r"""How far each mask is from the mask of ones, 1 − cos of the angle between them: (N, S) -> (N,).

    masks: zeros and ones. Of a mask of zeros the distance is 1. For S = 4, a mask with a single one has 1/2.
    """
    raise NotImplementedError


def forward_selection(X, f, w, count):
    r"""The numbers of `count` columns in the order in which they are chosen: a list.

    X: (N, M), no column a sum of multiples of the others. f, w: (N,). Each time the column is chosen with which,
    together with those chosen before, the weighted plane without a price fits best.
    """
    raise NotImplementedError
