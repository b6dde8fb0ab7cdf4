r"""
# Exercises of chapter 14: can you trust an explanation?

Deletion curves, infidelity and max sensitivity, rank correlations, a randomization, what two explanations have in
common, and features that are suspiciously important. Fill in the functions, then run

    pytest tutorials/exercises -k ch14
"""

import numpy as np  # noqa: F401, for your answers


def deletion_curve(f, x, baseline, phi):
    r"""f as the features of x leave for the baseline, that of the largest phi first: (M + 1,).

    f: maps rows (N, M) to numbers (N,). x, baseline, phi: (M,). The first value is f(x), the last f(baseline). Equal
    phi leave in the order in which they stand in x. phi may be negative: such features leave last. For
    f = 1.5 x_1 − x_2 + 2 x_3 + 1 at x = (4, 1, 1), baseline 0 and phi = (6, −1, 2) the curve is [8, 2, 0, 1].
    """
    raise NotImplementedError


def area(values):
    r"""The area under a curve of M + 1 values that stand at 0, 1/M, ..., 1, with straight lines between them.

    For [8, 2, 0, 1] it is (5 + 1 + 0.5)/3 = 2.1666...
    """
    raise NotImplementedError


def infidelity(f, x, phi, steps):
    r"""The mean of $(I \cdot \varphi - (f(x) - f(x - I)))^2$ over the steps I.

    f: maps rows (N, M) to numbers (N,). x, phi: (M,). steps: (n, M), one step I a row. For f = 1.5 x_1 − x_2 at (4, 1),
    phi = (6, −1) and the one step (0.2, −0.1) it is (1.3 − 0.4)² = 0.81.
    """
    raise NotImplementedError


def max_sensitivity(explain, x, steps):
    r"""The largest $\|\varphi(x + r) - \varphi(x)\| / \|\varphi(x)\|$ over the steps r.

    explain: maps one example (M,) to its explanation (M,). steps: (n, M), one step r a row. The lengths are roots of
    sums of squares. If the explanation is (2, 1) at x, and (1, 0) and (2, 1) after the steps, it is √2/√5 = 0.63246.
    """
    raise NotImplementedError


def ranks(v):
    r"""The ranks of M numbers, (M,): 1 for the smallest, M for the largest; equal ones share the mean of their places.

    For (0, 3, 0, 1) the ranks are (1.5, 4, 1.5, 3).
    """
    raise NotImplementedError


def spearman(u, v):
    r"""Spearman's rank correlation of two explanations of the same features, from -1 to 1.

    Either may have any shape, as long as both have the same. For (6, -1, 2, 0) and (1.5, -1, 2, 0) it is 0.8.
    """
    raise NotImplementedError


def from_the_top(trained, drawn):
    r"""The weights of a network after each stage of a randomization: a list of L lists of L arrays.

    trained, drawn: W^1, ..., W^L as learned and as newly drawn, two lists of L arrays. In stage 1 only the last layer
    is drawn anew, in stage 2 the last two, in stage L all. Neither list is changed. For L = 2 the answer is
    [[trained W^1, drawn W^2], [drawn W^1, drawn W^2]].
    """
    raise NotImplementedError


def top_overlap(phi, other, k):
    r"""Which share of their k most important features two explanations have in common: from 0 to 1.

    phi, other: (M,). Important is what has a large $|\varphi|$, for or against. For (6, −1, 2, 0), (1, −3, 2, 0) and
    k = 2 it is 0.5: features 1 and 3, and features 2 and 3.
    """
    raise NotImplementedError


def suspects(phis, factor):
    r"""The features that are far more important than the usual one: their numbers from 0, the most important first.

    phis: (N, M), an explanation of each of N examples. The importance of a feature is its mean $|\varphi|$ over the
    examples. Suspect is one whose importance is more than factor times the median of the importances of all M features.
    For phis = [[5, 1, -1, 0], [-5, 1, 1, 1]] and factor 2 only feature 0 is suspect: importances 5, 1, 1, 0.5.
    """
    raise NotImplementedError
