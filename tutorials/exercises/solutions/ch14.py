r"""
# Solutions of chapter 14: can you trust an explanation?

`pytest tutorials/exercises -k ch14 --solutions` marks these.

With a pencil. Exercise 7: either feature takes the whole 1 with it, so the curve is 1, 0, 0 for both orders, with the
area (0.5 + 0)/2 = 0.25. A linear f with the same ends has the mean area (1 + 0)/2 = 0.5. Here *every* order lies below
that, for the features work only together, and whichever leaves first seems to have done it all. So compare with random
orders of the same f, and not with a straight line.

Exercise 8: f(x) − f(x − I) = 2xI − I², and the gradient predicts 2xI. The mistake is I², whatever x is, and the mean of
its square is 3σ⁴. With half of σ it is 16 times smaller: for tiny steps the gradient is right.
"""

import numpy as np


def deletion_curve(f, x, baseline, phi):
    r"""f as the features of x leave for the baseline, that of the largest phi first: (M + 1,).

    f: maps rows (N, M) to numbers (N,). x, baseline, phi: (M,). The first value is f(x), the last f(baseline). Equal
    phi leave in the order in which they stand in x. phi may be negative: such features leave last. For
    f = 1.5 x_1 − x_2 + 2 x_3 + 1 at x = (4, 1, 1), baseline 0 and phi = (6, −1, 2) the curve is [8, 2, 0, 1].
    """
    rows = [x]
    for i in np.argsort(-phi, kind="stable"):
        # a copy of the row before, in which what has left stays away
        rows.append(np.where(np.arange(len(x)) == i, baseline, rows[-1]))
    return f(np.array(rows))


def area(values):
    r"""The area under a curve of M + 1 values that stand at 0, 1/M, ..., 1, with straight lines between them.

    For [8, 2, 0, 1] it is (5 + 1 + 0.5)/3 = 2.1666...
    """
    # between two values the mean of both; M pieces of width 1/M
    return np.mean((values[:-1] + values[1:]) / 2)


def infidelity(f, x, phi, steps):
    r"""The mean of $(I \cdot \varphi - (f(x) - f(x - I)))^2$ over the steps I.

    f: maps rows (N, M) to numbers (N,). x, phi: (M,). steps: (n, M), one step I a row. For f = 1.5 x_1 − x_2 at (4, 1),
    phi = (6, −1) and the one step (0.2, −0.1) it is (1.3 − 0.4)² = 0.81.
    """
    predicted = steps @ phi
    actual = f(x[np.newaxis]) - f(x - steps)
    # squared before the mean is taken, or mistakes up and down would cancel
    return np.mean((predicted - actual) ** 2)


def max_sensitivity(explain, x, steps):
    r"""The largest $\|\varphi(x + r) - \varphi(x)\| / \|\varphi(x)\|$ over the steps r.

    explain: maps one example (M,) to its explanation (M,). steps: (n, M), one step r a row. The lengths are roots of
    sums of squares. If the explanation is (2, 1) at x, and (1, 0) and (2, 1) after the steps, it is √2/√5 = 0.63246.
    """
    phi = explain(x)
    # the worst step: one jump is enough to distrust an explanation, and a mean would hide it
    return max(np.linalg.norm(explain(x + r) - phi) for r in steps) / np.linalg.norm(phi)


def ranks(v):
    r"""The ranks of M numbers, (M,): 1 for the smallest, M for the largest; equal ones share the mean of their places.

    For (0, 3, 0, 1) the ranks are (1.5, 4, 1.5, 3).
    """
    smaller = (v < v[:, np.newaxis]).sum(axis=1)
    equal = (v == v[:, np.newaxis]).sum(axis=1)
    # the places smaller + 1 ... smaller + equal; their mean is halfway
    return smaller + (equal + 1) / 2


def spearman(u, v):
    r"""Spearman's rank correlation of two explanations of the same features, from -1 to 1.

    Either may have any shape, as long as both have the same. For (6, -1, 2, 0) and (1.5, -1, 2, 0) it is 0.8.
    """
    R, S = ranks(np.ravel(u)), ranks(np.ravel(v))
    R, S = R - R.mean(), S - S.mean()
    return (R * S).sum() / np.sqrt((R**2).sum() * (S**2).sum())


def from_the_top(trained, drawn):
    r"""The weights of a network after each stage of a randomization: a list of L lists of L arrays.

    trained, drawn: W^1, ..., W^L as learned and as newly drawn, two lists of L arrays. In stage 1 only the last layer
    is drawn anew, in stage 2 the last two, in stage L all. Neither list is changed. For L = 2 the answer is
    [[trained W^1, drawn W^2], [drawn W^1, drawn W^2]].
    """
    L = len(trained)
    # what was redrawn stays so: the network falls apart from its output to its input
    return [trained[: L - stage] + drawn[L - stage :] for stage in range(1, L + 1)]


def top_overlap(phi, other, k):
    r"""Which share of their k most important features two explanations have in common: from 0 to 1.

    phi, other: (M,). Important is what has a large $|\varphi|$, for or against. For (6, −1, 2, 0), (1, −3, 2, 0) and
    k = 2 it is 0.5: features 1 and 3, and features 2 and 3.
    """
    # the sign says which way a feature pulls, not how hard
    top = [set(np.argsort(-np.abs(values), kind="stable")[:k].tolist()) for values in (phi, other)]
    return len(top[0] & top[1]) / k


def suspects(phis, factor):
    r"""The features that are far more important than the usual one: their numbers from 0, the most important first.

    phis: (N, M), an explanation of each of N examples. The importance of a feature is its mean $|\varphi|$ over the
    examples. Suspect is one whose importance is more than factor times the median of the importances of all M features.
    For phis = [[5, 1, -1, 0], [-5, 1, 1, 1]] and factor 2 only feature 0 is suspect: importances 5, 1, 1, 0.5.
    """
    # a mean of signed values would call a feature that pulls both ways unimportant
    importance = np.abs(phis).mean(axis=0)
    order = np.argsort(-importance, kind="stable")
    return order[importance[order] > factor * np.median(importance)]
