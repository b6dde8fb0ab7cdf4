"""Marks the exercises of chapter 3. The expected values are pencil numbers, or come by another formula."""

import numpy as np
import pytest

import tinynet as tn

LN = np.log


def test_half_squared_error(mine, compare):
    a = np.array([[0.2, 0.7, 0.5, 0.0], [0.6, 0.5, 0.8, 1.0], [0.1, 0.9, 0.1, 0.4]])
    y = np.array([[0.0, 1.0, 0.4, 0.0], [1.0, 0.5, 1.0, 1.0], [0.0, 1.0, 0.0, 0.5]])
    # of the examples: ½ (.04 + .09 + .01) = .07, ½ (.16 + .04) = .1, ½ · 4 · .01 = .02, together .19
    mistakes = {
        "twice what it should be: the ½ is missing": 0.38 / 3,
        "this is the sum over the examples; the loss of a batch is their mean: divide by N": 0.19,
        "this is the sum over the examples without a ½: divide by 2 N": 0.38,
        "over the outputs it is a sum, not a mean: divide by N, not by the number of all entries": 0.19 / 12,
        "this is mean_squared_error: here the outputs are added, and there is a ½": 0.38 / 12,
        "you divided by n_L instead of N: add over the outputs (axis=1), take the mean over the examples": 0.19 / 4,
        "one number is wanted; you gave the loss of each example: take their mean": [0.07, 0.1, 0.02],
        "take the squares before you add: your differences have cancelled": 0.5 * np.mean((y - a).sum(axis=1) ** 2),
        "this is with the absolute values of the differences; take the squares": 0.5 * np.abs(y - a).sum() / 3,
    }
    compare(mine.half_squared_error(a, y), 0.19 / 3, "the half squared error of three examples", mistakes)


def test_one_hot(mine, compare):
    got = mine.one_hot(np.array([2, 0, 3]), 4)
    mistakes = {
        "the classes count from 0: class 0 is the first column": [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]],
        "rows and columns are exchanged: one row for each label": [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1]],
        "each row gets the ones of all labels: pair row n with column labels[n]": [[1, 0, 1, 1]] * 3,
    }
    compare(got, [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]], "one_hot of 2, 0, 3 with 4 classes", mistakes)


def test_one_hot_keeps_a_column_for_a_class_that_does_not_occur(mine, compare):
    got = mine.one_hot(np.array([1, 1]), 5)
    mistakes = {
        "the number of columns is `classes`, not the largest label + 1": [[0, 1], [0, 1]],
        "the number of columns is `classes`, not the number of different labels": [[1], [1]],
    }
    compare(got, [[0, 1, 0, 0, 0]] * 2, "one_hot of 1, 1 with 5 classes", mistakes)


def test_binary_crossentropy(mine, compare):
    a, y = np.array([[0.9], [0.8], [0.3]]), np.array([[1.0], [1.0], [0.0]])
    expected = -LN(0.9 * 0.8 * 0.7) / 3  # what happened had the probabilities .9, .8 and .7
    mistakes = {
        "the sign is wrong: logarithms of probabilities are negative, a surprise is positive": -expected,
        "this is the sum over the examples; take the mean": 3 * expected,
        "the no is left out: add (1 - y) ln(1 - a)": -LN(0.9 * 0.8) / 3,
        "the no counts ln a; where y is 0, what happened had the probability 1 - a": -LN(0.9 * 0.8 * 0.3) / 3,
        "yes and no are exchanged: y goes with ln a": -LN(0.1 * 0.2 * 0.3) / 3,
        "this is with log2; the natural logarithm is np.log": expected / LN(2),
        "this is with log10; the natural logarithm is np.log": expected / LN(10),
    }
    compare(mine.binary_crossentropy(a, y), expected, "the surprise at yes, yes, no", mistakes)


def test_binary_crossentropy_of_several_outputs(mine, compare):
    a, y = np.array([[0.5, 0.25, 0.8], [0.5, 0.75, 0.9]]), np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    total = -LN(0.5 * 0.75 * 0.2 * 0.5 * 0.75 * 0.9)
    mistakes = {
        "the sign is wrong: a surprise is positive": -total / 6,
        "over the outputs it is a mean as well: divide by n_L": total / 2,
        "over the examples it is a mean as well: divide by N": total / 3,
        "it is a mean over outputs and examples, not a sum": total,
        "this is of the first output alone": LN(2),
    }
    compare(mine.binary_crossentropy(a, y), total / 6, "two examples with three outputs each", mistakes)


def test_softmax(mine, compare):
    z = LN(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 4.0]]))
    shifted = np.array([[0.2, 0.4, 1.0], [0.75, 0.75, 1.0]])  # the powers, if each row is shifted by its maximum
    mistakes = {
        "the whole table sums to 1; each row should: sum over axis=1 with keepdims=True": [
            [1 / 18, 2 / 18, 5 / 18],
            [3 / 18, 3 / 18, 4 / 18],
        ],
        "the columns sum to 1; the rows should: sum over axis=1": [[1 / 4, 2 / 5, 5 / 9], [3 / 4, 3 / 5, 4 / 9]],
        "the powers do not sum to 1 yet: divide by their sum": [[1, 2, 5], [3, 3, 4]],
        "the shift is right; now the whole table sums to 1, but each row should: sum over axis=1 with keepdims=True": (
            shifted / shifted.sum()
        ),
        "the shift is right; now the columns sum to 1, but the rows should: sum over axis=1": (
            shifted / shifted.sum(axis=0)
        ),
        "the shift is right; now divide by the sum of each row": shifted,
        "the powers are missing: take e^z first": z / z.sum(axis=1, keepdims=True),
        "you divided the logits by the maximum; subtract it": (
            np.exp(z / z.max(axis=1, keepdims=True)) / np.exp(z / z.max(axis=1, keepdims=True)).sum(axis=1)[:, None]
        ),
    }
    expected = [[1 / 8, 2 / 8, 5 / 8], [0.3, 0.3, 0.4]]
    compare(mine.softmax(z), expected, "softmax of the rows ln 1, ln 2, ln 5 and ln 3, ln 3, ln 4", mistakes)


def test_softmax_leaves_its_input_alone(mine, compare):
    z = np.array([[1.0, 2.0]])
    mine.softmax(z)
    mistakes = {"`z -= …` changes the caller's array; write z = z - …": [[-1, 0]]}
    compare(z, [[1.0, 2.0]], "the logits 1, 2 after your function has used them", mistakes)


def test_softmax_of_large_logits(mine, compare):
    z = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]])
    half, nan = [0.5, 0.5], [np.nan, np.nan]
    mistakes = {
        "e^1000 is inf, and e^-1000 is 0: subtract from each row its maximum": [nan, nan],
        "the second row is 0/0: subtract from each row its own maximum, not that of the table": [half, nan],
        "the first row overflowed: subtract the maximum of each row": [nan, half],
        "the first row overflowed: subtract the maximum of each row, before the power": [[0, 0], half],
    }
    with np.errstate(all="ignore"):
        compare(mine.softmax(z), [half, half], "softmax of 1000, 1000 and of -1000, -1000", mistakes)


def test_softmax_crossentropy(mine, compare):
    z, labels = LN(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 4.0]])), np.array([2, 0])
    right = np.array([5 / 8, 3 / 10])  # the probabilities of the right classes
    log_a = LN([[1 / 8, 2 / 8, 5 / 8], [0.3, 0.3, 0.4]])
    mistakes = {
        "the sign is wrong: a surprise is positive": np.mean(LN(right)),
        "this is the sum over the examples; take the mean": -np.sum(LN(right)),
        "you divided by the number of classes; the mean is over the examples": -np.sum(LN(right)) / 3,
        "you divided by the number of classes, too; the mean is over the examples alone": -np.sum(LN(right)) / 6,
        "every row came with every label; pair row n with labels[n]: z[np.arange(N), labels]": -np.mean(
            log_a[:, labels]
        ),
        "this is minus the right logit; the logarithm of the sum of the powers is missing": -np.mean(z[[0, 1], labels]),
        "one number is wanted; you gave the surprise at each example: take their mean": -LN(right),
        "this is the mean of 1 - a_c; a surprise is -ln a_c": np.mean(1 - right),
        "the maximum was subtracted in the sum only; subtract it from the right logit, too": np.mean(
            -LN(right) - LN([5, 4])
        ),
    }
    expected = -LN(5 / 8 * 3 / 10) / 2
    compare(
        mine.softmax_crossentropy(z, labels), expected, "the mean surprise at two examples of three classes", mistakes
    )


def test_softmax_crossentropy_of_large_logits(mine, compare):
    z, labels = np.array([[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -3000.0]]), np.array([2, 0])
    expected = (2000 + LN(2)) / 2
    mistakes = {
        "a probability was rounded to 0 and its logarithm is infinite: take ln of the sum, not of the softmax": np.inf,
        "e^1000 overflowed: subtract from each row its maximum first": np.nan,
        "all powers of a row were rounded to 0: subtract from each row its own maximum, not that of the table": -np.inf,
        **{
            f"{tiny:g} inside the logarithm hides the infinity, and the number is wrong: take ln of the sum": -LN(tiny)
            / 2
            + LN(2) / 2
            for tiny in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)
        },
    }
    with np.errstate(all="ignore"):
        got = mine.softmax_crossentropy(z, labels)
    compare(got, expected, "the surprise at logits of ±1000", mistakes)


def test_xor_output_layer(mine):
    answer = mine.xor_output_layer()
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        pytest.fail(f"return the pair W, b; you returned {answer!r}", pytrace=False)
    W, b = (np.asarray(part, dtype=np.float64) for part in answer)
    if (W.shape, b.shape) != ((2, 2), (2,)):
        pytest.fail(f"W should have shape (2, 2) and b (2,); yours have {W.shape} and {b.shape}", pytrace=False)

    x, y = tn.data.xor()
    targets = tn.data.one_hot(y.ravel(), 2)
    net = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(2, activation="softmax")])
    net.set_weights([np.ones((2, 2)), np.array([0.0, -1.0]), W, b])
    a, loss = net.predict(x), tn.categorical_crossentropy(net(x), targets).item()
    seen = f"\nprobability of yes at (0,0), (0,1), (1,0), (1,1): {a[:, 1].round(4)}; loss {loss:.6f}"
    right = (a.argmax(axis=1) == y.ravel()) & (a[:, 0] != a[:, 1])
    if not np.isfinite(loss):
        pytest.fail("W and b should be finite numbers" + seen, pytrace=False)
    if np.ptp(a[:, 1]) < 1e-6:
        pytest.fail("the four points get the same answer: the two columns of W should differ" + seen, pytrace=False)
    if not right.any():
        pytest.fail("yes and no are exchanged: exchange the columns of W and the entries of b" + seen, pytrace=False)
    if not right.all():
        wrong = ", ".join(f"({p[0]:.0f},{p[1]:.0f})" for p in x[~right])
        pytest.fail(
            f"not yet right at {wrong}: z_1 - z_0 should be negative for no, positive for yes" + seen, pytrace=False
        )
    if loss >= 0.001:
        pytest.fail(
            "all four are right, but not sure enough: multiply W and b by a larger number" + seen, pytrace=False
        )
