"""Marks the exercises of chapter 9."""

import numpy as np
import pytest

import tinynet as tn


def rows(n):
    """Row k of x is (k, k), row k of y is (10k, 0): one can see which belong together."""
    k = np.arange(float(n))
    return np.stack([k, k], axis=1), np.stack([10 * k, 0 * k], axis=1)


def dealt(mine, n, batch_size, seed):
    x, y = rows(n)
    batches = mine.deal(x, y, batch_size, np.random.default_rng(seed))
    if batches is None:
        pytest.fail("deal returned None; is there a `return`?", pytrace=False)
    if not np.array_equal(x, rows(n)[0]) or not np.array_equal(y, rows(n)[1]):
        pytest.fail("deal changed the x or y that it was given; index with the order instead", pytrace=False)
    return [(np.asarray(x_batch), np.asarray(y_batch)) for x_batch, y_batch in batches]


def test_deal_keeps_pairs(mine):
    for x_batch, y_batch in dealt(mine, 40, 8, seed=1):
        if len(x_batch) != len(y_batch):
            pytest.fail(f"a batch has {len(x_batch)} rows of x and {len(y_batch)} of y", pytrace=False)
        if not np.array_equal(10 * x_batch[:, 0], y_batch[:, 0]):
            pytest.fail("rows of x come with the y of others: use one order for both", pytrace=False)


def test_deal_loses_nothing(mine):
    batches = dealt(mine, 7, 3, seed=2)
    lengths = [len(x_batch) for x_batch, _ in batches]
    if lengths == [3, 3]:
        pytest.fail("the last row is lost: the last batch may be shorter than the others", pytrace=False)
    if lengths in ([1, 3, 3], [3, 1, 3]):
        pytest.fail(
            f"7 rows in batches of 3 came as batches of {lengths}: were ready-made batches shuffled? Shuffle the rows, "
            "then cut; the short batch is the last",
            pytrace=False,
        )
    if lengths != [3, 3, 1]:
        pytest.fail(f"7 rows in batches of 3 should be batches of 3, 3 and 1, not of {lengths}", pytrace=False)
    came = np.sort(np.concatenate([x_batch[:, 0] for x_batch, _ in batches]))
    if not np.array_equal(came, np.arange(7)):
        pytest.fail(f"each row should come once; these came: {came}", pytrace=False)


def test_deal_shuffles_rows(mine, compare):
    got = np.concatenate([x_batch[:, 0] for x_batch, _ in dealt(mine, 12, 3, seed=3)])
    order = np.random.default_rng(3).permutation(12)
    starts = 3 * np.random.default_rng(3).permutation(4)
    sorted_batches = np.concatenate([np.sort(order[start : start + 3]) for start in range(0, 12, 3)])
    mistakes = {
        "the rows are not shuffled": np.arange(12),
        "you shuffled batches, not rows: neighbours stay together": (starts[:, None] + np.arange(3)).ravel(),
        "the rows of each batch were put back in order": sorted_batches,
    }
    compare(got, order, "the order of the rows for rng = default_rng(3)", mistakes)


def test_deal_goes_on(mine):
    x, y = rows(30)
    rng = np.random.default_rng(4)
    first, second = (np.concatenate([b for b, _ in mine.deal(x, y, 10, rng)]) for _ in range(2))
    if np.array_equal(first, second):
        pytest.fail("two epochs with one rng came in the same order: draw from the rng you are given", pytrace=False)


@pytest.mark.parametrize("n_in, n_out, r", [(6, 6, 1.0), (24, 10, 0.5), (150, 3, 0.2)])
def test_he_uniform(mine, compare, n_in, n_out, r):
    def draw(limit, shape=(n_in, n_out)):
        return np.random.default_rng(5).uniform(-limit, limit, shape)

    mistakes = {
        "r is the root of the variance; the variance of an even draw is r²/3": draw(np.sqrt(2 / n_in)),
        "this r is for LeCun's variance 1/n_in; ReLU needs twice as much": draw(np.sqrt(3 / n_in)),
        "this r is for Glorot's variance": draw(np.sqrt(6 / (n_in + n_out))),
        "the variance is 2/n_in, not 2/n_out": draw(np.sqrt(6 / n_out)),
        "r is the root of 6/n_in; here the root is missing": draw(6 / n_in),
        "these lie between 0 and r; draw between −r and r": np.random.default_rng(5).uniform(0, r, (n_in, n_out)),
        "these are normal, not even draws": np.random.default_rng(5).normal(0, np.sqrt(2 / n_in), (n_in, n_out)),
    }
    if n_in == n_out:
        told_apart = ("LeCun", "Glorot", "n_out", "missing")
        mistakes = {k: v for k, v in mistakes.items() if not any(word in k for word in told_apart)}
        mistakes["this r is for 1/n_in, the variance of LeCun, and of Glorot too where n_in = n_out"] = draw(
            np.sqrt(3 / n_in)
        )
    got = mine.he_uniform(n_in, n_out, np.random.default_rng(5))
    compare(got, draw(r), f"W from {n_in} to {n_out} neurons, r = {r}", mistakes)


def test_confusion_matrix(mine, compare):
    true, read = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2]), np.array([0, 0, 1, 1, 1, 0, 2, 2, 2])
    y = np.eye(3)[true]
    a = 0.1 * np.eye(3)[read] + 0.3  # probabilities 0.4, 0.3 and 0.3
    expected = [[2, 2, 0], [1, 1, 0], [0, 0, 3]]
    mistakes = {
        "rows are the true classes, columns what was read; yours lies on its side": np.transpose(expected),
        "each pair was counted once only: `matrix[i, j] += 1` with arrays i, j does that": np.sign(expected),
        "these are sums of outputs; count the largest output of each example": y.T @ a,
        "the largest output is what was read, also where it is below ½": np.zeros((3, 3)),
        "these are shares, not counts": np.array(expected) / 9,
        "these are shares of each row, not counts": np.array(expected) / np.sum(expected, axis=1, keepdims=True),
    }
    compare(mine.confusion_matrix(a, y), expected, "the confusion matrix of nine examples", mistakes)
    compare(mine.confusion_matrix(a[:1], y[:1]), [[1, 0, 0], [0, 0, 0], [0, 0, 0]], "that of the first example alone")


@pytest.mark.parametrize("p", [0.25, 0.5, 0.8, 0.0])
def test_dropout(mine, compare, p):
    a = np.arange(1.0, 13.0).reshape(3, 4) - 4.5
    with np.errstate(all="ignore"):  # a wrong factor may divide by 0
        result = mine.dropout(a, p, np.random.default_rng(6))
    if not isinstance(result, tuple) or len(result) != 2:
        pytest.fail("dropout should return the pair (c, m)", pytrace=False)
    c, m = result
    kept = (np.random.default_rng(6).random((3, 4)) >= p).astype(float)
    mistakes = {"the mask is the wrong way round: p is the probability to drop": 1 - kept}
    if p > 0:
        mistakes["this mask has the factor 1/(1 − p) in it; m is 0 or 1"] = kept / (1 - p)
        per_column = (np.random.default_rng(6).random(4) >= p) * np.ones((3, 1))
        mistakes["one mask for all examples; each entry of a has its own"] = per_column
    compare(m, kept, f"the mask for p = {p}", mistakes)
    mistakes = {}
    if p > 0:
        mistakes["what stays is not scaled: the mean over the masks would be (1 − p) a"] = kept * a
        mistakes["scaled the wrong way: divide by 1 − p"] = kept * a * (1 - p)
        if p != 0.5:
            mistakes["divide by 1 − p, the share that stays, not by p"] = kept * a / p
    compare(c, kept * a / (1 - p), f"c for p = {p}", mistakes)


def test_dropout_backward(mine, compare):
    got = mine.dropout_backward(np.array([3.0, 5.0]), np.array([0.0, 1.0]), 0.5)
    mistakes = {
        "the factor 1/(1 − p) belongs to the way back too": [0.0, 5.0],
        "a dropped entry did not act on the loss: its gradient is 0. Multiply by m": [6.0, 10.0],
        "divide by 1 − p": [0.0, 2.5],
    }
    compare(got, [0.0, 10.0], "∂L/∂a for g = (3, 5), m = (0, 1), p = ½", mistakes)

    # L = Σ c² by central differences: c is the mask of one draw, so it is the same mask for every a
    rng, p, h = np.random.default_rng(7), 0.2, 1e-5
    a, m = rng.normal(size=(2, 3)), np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])

    def loss(a):
        return np.sum((m * a / (1 - p)) ** 2)

    numeric = np.zeros_like(a)
    for place in np.ndindex(a.shape):
        e = np.zeros_like(a)
        e[place] = h
        numeric[place] = (loss(a + e) - loss(a - e)) / (2 * h)
    g = 2 * m * a / (1 - p)
    ungated = 2 * (a / (1 - p)) / (1 - p)
    expected = numeric * m  # exactly 0 where the mask is
    mistakes = {"the factor 1/(1 − p) belongs to the way back too": g * m, "multiply by m, and divide by 1 − p": g}
    compare(mine.dropout_backward(g, m, p), expected, "∂L/∂a of L = Σ c²", mistakes, rtol=1e-8)
    everywhere = 2 * a / (1 - p)  # a gradient that is not already 0 where the mask is
    mistakes = {"a dropped entry did not act on the loss: its gradient is 0. Multiply by m": ungated}
    compare(mine.dropout_backward(everywhere, m, p), ungated * m, "∂L/∂a for a g without zeros", mistakes)


def test_decay_step(mine, compare):
    W, b = np.array([[2.0, -4.0], [0.5, 1.0]]), np.array([3.0, -1.0])
    dW, db = np.array([[1.0, 0.0], [-2.0, 4.0]]), np.array([0.5, 2.0])
    result = mine.decay_step([W.copy(), b.copy()], [dW, db], 0.1, 0.5)
    if result is None or len(result) != 2:
        pytest.fail("decay_step should return a list with as many arrays as it was given", pytrace=False)
    W_new, b_new = result
    mistakes = {
        "no weight decay in it": W - 0.1 * dW,
        "the sign of the decay is wrong: weights grow": W - 0.1 * (dW - 0.5 * W),
        "the derivative of ½λw² is λw, not 2λw": W - 0.1 * (dW + W),
        "the derivative of ½λw² is λw, not ½λw": W - 0.1 * (dW + 0.25 * W),
        "the price ½λw² itself was added to the gradient; its derivative is λw": W - 0.1 * (dW + 0.25 * W**2),
        "the decay is part of the gradient, so α multiplies it too": W - 0.1 * dW - 0.5 * W,
        "the step goes uphill": W + 0.1 * (dW + 0.5 * W),
        "the weight decayed after the step; in one formula both use the old w": (1 - 0.05) * (W - 0.1 * dW),
    }
    compare(W_new, [[1.8, -3.8], [0.675, 0.55]], "W after the step, α = 0.1, λ = 0.5", mistakes)
    mistakes = {"biases do not decay here": b - 0.1 * (db + 0.5 * b), "biases move too, only without decay": b}
    compare(b_new, [2.95, -1.2], "b after the step", mistakes)

    given = [W.copy(), b.copy()]
    mine.decay_step(given, [dW, db], 0.1, 0.5)
    if not (np.array_equal(given[0], W) and np.array_equal(given[1], b)):
        pytest.fail("decay_step changed the arrays that it was given; `w - …` makes a new one", pytrace=False)


# Few examples and a large step: the validation loss soon turns.
EPOCHS, BATCH, PATIENCE = 40, 8, 4


def data():
    x, y = tn.data.digits()
    return (x[:60], y[:60]), (x[60:160], y[60:160])


def new_model(dropout=False):
    layers = [tn.Dense(32, activation="relu", input_dim=64), tn.Dense(10, activation="softmax")]
    if dropout:
        layers.insert(1, tn.Dropout(0.5))
    return tn.Sequential(layers, seed=0)


def weights_by_epoch(dropout, training_switch=True):
    """The weights and the validation loss after each of all epochs, without early stopping."""
    (x, y), validation = data()
    model, optimizer, rng = new_model(dropout), tn.Adam(learning_rate=0.02), np.random.default_rng(8)
    weights, losses = [], []
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for rows in np.split(order, range(BATCH, len(x), BATCH)):
            tn.categorical_crossentropy(model(x[rows], training=training_switch), y[rows]).backward()
            optimizer.step(model.parameters())
        weights.append(model.get_weights())
        a = model.predict(validation[0])
        losses.append(-np.mean(np.log(a[validation[1] == 1])))
    return weights, np.array(losses)


def stop_of(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return epoch, best


@pytest.mark.compiled
@pytest.mark.parametrize("dropout", [False, True], ids=["without_dropout", "with_dropout"])
def test_train(mine, compare, dropout):
    training, validation = data()
    weights, losses = weights_by_epoch(dropout)
    last, best = stop_of(losses, PATIENCE)
    assert best < last < EPOCHS - 1

    model = new_model(dropout)
    optimizer = tn.Adam(learning_rate=0.02)
    rng = np.random.default_rng(8)
    got = mine.train(model, optimizer, training, validation, EPOCHS, BATCH, PATIENCE, rng)
    if got is None:
        pytest.fail("train should return the list of the validation losses", pytrace=False)
    got = np.asarray(got, dtype=float)
    if dropout:
        _, never_on = weights_by_epoch(dropout, training_switch=False)
        if len(got) and np.isclose(got[0], never_on[0]):
            pytest.fail("dropout was never on: in training, call model(x_batch, training=True)", pytrace=False)
    shared = min(len(got), last + 1)
    if not np.allclose(got[:shared], losses[:shared], rtol=1e-9):
        wrong = int(np.argmin(np.isclose(got[:shared], losses[:shared], rtol=1e-9)))
        pytest.fail(
            f"the validation loss of epoch {wrong + 1} should be {losses[wrong]:.9f}, yours is {got[wrong]:.9f}"
            + (
                ""
                if wrong
                else ". Does each epoch deal by rng? Is the loss that of the validation set, after the last step?"
            )
            + (" And is dropout off for it?" if dropout and not wrong else "")
            + (". Epoch 1 is right: does rng go on from epoch to epoch?" if wrong == 1 else ""),
            pytrace=False,
        )
    if len(got) != last + 1:
        pytest.fail(
            f"the best epoch is number {best + 1}; with patience {PATIENCE} number {last + 1} is the last, "
            f"yours was number {len(got)}",
            pytrace=False,
        )
    mine_now = model.get_weights()
    if all(np.array_equal(w, v) for w, v in zip(mine_now, weights[last])):
        pytest.fail(
            f"the model has the weights of the last epoch, {last + 1}; put those of the best one, {best + 1}, back "
            "(and keep a copy of them: the arrays themselves go on changing)",
            pytrace=False,
        )
    for w, v in zip(mine_now, weights[best]):
        compare(w, v, f"the weights at the end, which should be those of epoch {best + 1}")


def test_train_to_the_end(mine):
    training, validation = data()
    got = mine.train(new_model(), tn.Adam(0.001), training, validation, 3, BATCH, 10, np.random.default_rng(9))
    if got is None or len(got) != 3:
        pytest.fail(f"for epochs=3 and a large patience there should be 3 losses, not {got}", pytrace=False)
