"""The predictions: bars of probabilities, the confusion of classes, and the examples with the largest loss."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tinynet as tn
from tinynet import Dense, Sequential
from tinynet.introspect import plot_confusion, plot_most_wrong, plot_predictions
from tinynet.introspect.predictions import CLASSES, CONFUSED, COUNTED, EXAMPLES, WORST, confusion, read_classes


def passes_on(n: int, activation: str, dtype: str = "float64") -> Sequential:
    """A network whose z is its input."""
    net = Sequential([Dense(n, activation, input_dim=n, dtype=dtype)], seed=0)
    net.set_weights([np.eye(n), np.zeros(n)])
    return net


def logits(p: list | np.ndarray) -> np.ndarray:
    """The z from which softmax makes the probabilities p."""
    return np.log(p)


# Four examples of three classes: right, wrong, wrong, right
P = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
RIGHT = np.array([0, 1, 2, 2])
Y = np.eye(3)[RIGHT]


def drawn(picture: Figure | Axes) -> Figure | Axes:
    picture.figure.canvas.draw()
    return picture


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in drawn(figure).axes if ax.axison]


def bars(ax: Axes) -> list[float]:
    return [bar.get_height() for bar in ax.patches]


def hatched(ax: Axes) -> list[int]:
    return [k for k, bar in enumerate(ax.patches) if bar.get_hatch()]


def texts(ax: Axes) -> dict[int, str]:
    """What is written above each bar."""
    return {round(t.get_position()[0]): t.get_text() for t in ax.texts if t.get_text()}


# ## Bars


def test_a_panel_for_each_example_a_bar_for_each_class() -> None:
    found = panels(plot_predictions(passes_on(3, "softmax"), logits(P), Y))
    assert len(found) == 4
    for ax, p, right in zip(found, P, RIGHT):
        np.testing.assert_allclose(bars(ax), p, rtol=1e-12)
        assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "1", "2"]
        assert hatched(ax) == [right] and ax.patches[right].get_facecolor() != ax.patches[right - 1].get_facecolor()
    titles = [ax.get_title() for ax in found]
    assert titles == ["1: class 0, right", "2: class 1, read as 0", "3: class 2, read as 1", "4: class 2, right"]


def test_the_right_class_is_ticked_and_the_answer_has_its_number() -> None:
    found = panels(plot_predictions(passes_on(3, "softmax"), logits(P), Y))
    assert texts(found[0]) == {0: "✓\n0.70"}
    assert texts(found[1]) == {0: "0.50", 1: "✓\n0.30"}


def test_a_single_output_is_the_probability_of_class_1() -> None:
    # checks [eq:probability-of-0]
    net = passes_on(1, "sigmoid")
    (first, second) = panels(plot_predictions(net, [[np.log(3)], [np.log(0.25)]], [[1.0], [1.0]]))
    np.testing.assert_allclose(bars(first), [0.25, 0.75], rtol=1e-12)
    np.testing.assert_allclose(bars(second), [0.8, 0.2], rtol=1e-12)
    assert [first.get_title(), second.get_title()] == ["1: class 1, right", "2: class 1, read as 0"]


def test_only_the_first_examples_are_shown() -> None:
    net = passes_on(3, "softmax")
    assert len(panels(plot_predictions(net, np.tile(logits(P), (5, 1)), np.tile(Y, (5, 1))))) == EXAMPLES
    assert len(panels(plot_predictions(net, np.tile(logits(P), (5, 1))[:5], np.tile(Y, (5, 1))[:5]))) == 5
    assert len(panels(plot_predictions(net, logits(P)[:1], Y[:1]))) == 1


def test_of_many_classes_the_most_probable_ones_and_the_right_one_are_shown() -> None:
    z = np.zeros((1, 1000))
    z[0, 100:110] = np.arange(10, 20)
    (ax,) = panels(plot_predictions(passes_on(1000, "softmax"), z, np.eye(1000)[[7]]))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["7", *map(str, range(100, 100 + CLASSES))]
    assert hatched(ax) == [0] and texts(ax) == {0: "✓\n4e-09", CLASSES: "0.63"}
    np.testing.assert_allclose(bars(ax)[1:], np.exp(z[0, 100:110]) / np.exp(z).sum(), rtol=1e-10)


def broken(n: int) -> Sequential:
    net = passes_on(n, "softmax")
    net.set_weights([np.full((n, n), np.nan), np.zeros(n)])
    return net


def test_bars_that_are_not_finite_are_crosses() -> None:
    found = panels(plot_predictions(broken(3), logits(P), Y))
    assert texts(found[0]) == {0: "✓\n×", 1: "×", 2: "×"} and bars(found[0]) == [0, 0, 0]
    assert found[1].get_title() == "2: class 1, not finite"


# ## Confusion


def cells(ax: Axes) -> dict[tuple[int, int], str]:
    """(class, read as) of each number that is written."""
    return {(round(t.get_position()[1]) - 1, round(t.get_position()[0]) - 1): t.get_text() for t in ax.texts}


def test_confusion_by_hand() -> None:
    # checks [eq:confusion]
    ax = drawn(plot_confusion(passes_on(3, "softmax"), logits(P), Y))
    counts = ax.images[0].get_array()
    np.testing.assert_array_equal(counts.data, [[1, 0, 0], [1, 0, 0], [0, 1, 1]])
    # the right ones are masked: only wrong ones have a colour
    np.testing.assert_array_equal(counts.mask, np.eye(3, dtype=bool))
    assert cells(ax) == {(0, 0): "1", (1, 1): "0", (2, 2): "1", (1, 0): "1", (2, 1): "1"}
    assert {t.get_weight() for t in ax.texts if t.get_text() == "0"} == {"normal"}
    assert sum(t.get_weight() == "bold" for t in ax.texts) == 2
    assert ax.get_title() == "2 of 4 examples right, 50.0%"
    assert ax.get_xlabel() == "read as" and ax.get_ylabel() == "class; grey: right"
    assert (
        [t.get_text() for t in ax.get_xticklabels()] == [t.get_text() for t in ax.get_yticklabels()] == ["0", "1", "2"]
    )


def test_confusion_counts_every_example_once() -> None:
    rng = np.random.default_rng(0)
    right, read = rng.integers(0, 4, 500), rng.integers(0, 4, 500)
    counts = confusion(right, read, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == sum(r == i and s == j for r, s in zip(right, read))


def test_confusion_agrees_with_the_accuracy() -> None:
    x, y = tn.data.moons(100)
    net = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=3)
    accuracy = tn.metrics.accuracy(net.predict(x), y)
    counts = plot_confusion(net, x, y).images[0].get_array().data
    assert counts.shape == (2, 2) and np.trace(counts) / counts.sum() == pytest.approx(accuracy)


def test_a_half_is_read_as_class_1_and_so_is_it_by_the_accuracy() -> None:
    assert read_classes(np.array([[0.5], [0.49], [np.nan]])).tolist() == [1, 0, -1]


def test_what_is_not_finite_is_counted_in_a_column_of_its_own() -> None:
    ax = drawn(plot_confusion(broken(3), logits(P), Y))
    np.testing.assert_array_equal(ax.images[0].get_array().data[:, 3], [1, 1, 2])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "1", "2", "×"]
    assert ax.get_xlabel() == "read as; ×: not finite" and ax.get_title() == "0 of 4 examples right, 0.0%"


def test_where_nothing_is_wrong_the_picture_says_so() -> None:
    ax = drawn(plot_confusion(passes_on(3, "softmax"), np.eye(3), np.eye(3)))
    assert "all are 0" in ax.images[0].colorbar.ax.get_ylabel()


def test_many_classes_have_no_numbers_and_too_many_are_refused() -> None:
    n = COUNTED + 1
    ax = drawn(plot_confusion(passes_on(n, "softmax"), np.eye(n), np.eye(n)))
    assert not ax.texts and [t.get_text() for t in ax.get_xticklabels()][:2] == ["0", "2"]
    n = CONFUSED + 1
    with pytest.raises(ValueError, match=r"101 classes have 10,201 counts, and a page shows .* plot_most_wrong"):
        plot_confusion(passes_on(n, "softmax"), np.eye(n), np.eye(n))


def test_confusion_takes_any_outputs_for_the_largest_counts() -> None:
    ax = plot_confusion(passes_on(3, "identity"), -5 + 10 * np.eye(3), np.eye(3))
    assert ax.get_title() == "3 of 3 examples right, 100.0%"


# ## The most wrong


def test_the_largest_losses_come_first() -> None:
    net = passes_on(3, "softmax")
    ax = drawn(plot_most_wrong(net, logits(P), Y, loss="categorical_crossentropy"))
    # −ln of 0.1, 0.3, 0.6, 0.7
    by_place = {round(bar.get_y() + bar.get_height() / 2): bar for bar in ax.patches}
    np.testing.assert_allclose([by_place[k].get_width() for k in range(4)], -np.log([0.1, 0.3, 0.6, 0.7]), rtol=1e-12)
    assert [bool(by_place[k].get_hatch()) for k in range(4)] == [True, True, False, False]
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "example 3: class 2, read 1, 0.80",
        "example 2: class 1, read 0, 0.50",
        "example 4: class 2, read 2, 0.60 ✓",
        "example 1: class 0, read 0, 0.70 ✓",
    ]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["read rightly", "read wrongly"]
    low, high = ax.get_ylim()
    assert low > high  # the first on top
    assert ax.get_title() == "most wrong: the 4 largest losses of 4"


def test_the_compiled_loss_is_used_and_another_orders_otherwise() -> None:
    net = passes_on(1, "identity")
    x, y = [[0.2], [0.9]], [[1.0], [0.0]]
    net.compile("sgd", "half_squared_error")
    assert plot_most_wrong(net, x, y).get_yticklabels()[0].get_text().startswith("example 2")
    ax = plot_most_wrong(net, x, y, loss=lambda a, target: tn.functions.sum((a - 1) * (a - 1)))
    assert ax.get_yticklabels()[0].get_text().startswith("example 1")


def test_losses_are_exact_where_the_probability_is_rounded_to_0() -> None:
    # softmax of these gives exactly 0; the loss is still the difference of the z
    z = np.array([[0.0, 900.0], [0.0, 1000.0]])
    net = passes_on(2, "softmax")
    ax = plot_most_wrong(net, z, [[1.0, 0.0], [1.0, 0.0]], loss="categorical_crossentropy")
    assert [bar.get_width() for bar in ax.patches] == [1000, 900]


def test_the_most_wrong_images() -> None:
    x, y = tn.data.digits()
    net = Sequential([Dense(10, "softmax", input_dim=64)], seed=0)
    net.compile("adam", "categorical_crossentropy")
    ax = drawn(plot_most_wrong(net, x[:50], y[:50], image_shape=(8, 8)))
    p, right = net.predict(x[:50]), y[:50].argmax(axis=1)
    losses = -np.log(p[np.arange(50), right])
    order = np.argsort(-losses)[:WORST]
    for caption, n in zip(ax.texts, order, strict=True):
        number, label, read, sure = re.match(r"(\d+): class (\d)\nread (\d), ([\d.]+)", caption.get_text()).groups()
        assert (int(number) - 1, int(label), int(read)) == (n, right[n], p[n].argmax())
        assert float(sure) == pytest.approx(p[n].max(), abs=0.005)
        middle, above = caption.get_position()
        left, top = round(middle - 4.5), round(above - 0.3)
        np.testing.assert_array_equal(ax.images[0].get_array()[top : top + 8, left : left + 8], x[n].reshape(8, 8))
    assert ax.get_title() == "most wrong: the 10 largest losses of 50"


def test_losses_that_are_not_finite_are_the_worst() -> None:
    net = passes_on(1, "sigmoid")
    ax = drawn(
        plot_most_wrong(net, [[0.0], [1.0]], [[1.0], [0.0]], loss=lambda a, y: a.sum() * (1 if y.item() else np.nan))
    )
    assert [t.get_text()[:9] for t in ax.get_yticklabels()] == ["example 2", "example 1"]
    ax = drawn(plot_most_wrong(broken(3), logits(P), Y, loss="categorical_crossentropy"))
    assert [t.get_text() for t in ax.texts] == ["× nan"] * 4 and not ax.patches
    assert ax.get_yticklabels()[0].get_text() == "example 1: class 0, not finite"


# ## Refused, and left as it was


@pytest.mark.parametrize("plot", [plot_predictions, plot_confusion, plot_most_wrong])
def test_targets_that_are_no_classes_are_refused(plot) -> None:
    net = passes_on(1, "sigmoid")
    net.compile("sgd", "mean_squared_error")
    with pytest.raises(ValueError, match=r"needs classes: .*shape \(2, 1\), goes from −1 to 0\.5"):
        plot(net, [[0.0], [1.0]], [[-1.0], [0.5]])
    with pytest.raises(ValueError, match=r"y has shape \(2,\)"):
        plot(net, [[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("plot", [plot_predictions, plot_most_wrong])
def test_outputs_that_are_no_probabilities_are_refused(plot) -> None:
    net = passes_on(1, "identity")
    net.compile("sgd", "mean_squared_error")
    with pytest.raises(ValueError, match=r"the outputs go from −3 to 0\.5: give the last layer activation='softmax'"):
        plot(net, [[-3.0], [0.5]], [[0.0], [1.0]])


def test_a_loss_that_nobody_named_is_asked_for() -> None:
    with pytest.raises(ValueError, match="name the loss, plot_most_wrong"):
        plot_most_wrong(passes_on(3, "softmax"), logits(P), Y)


def test_one_example_float32_and_axes_of_one_s_own() -> None:
    net = passes_on(1, "sigmoid", "float32")
    net.compile("sgd", "binary_crossentropy")
    figure, ax = plt.figure(), plt.figure().add_subplot()
    assert plot_predictions(net, [[1.0]], [[1.0]], figure=figure) is figure
    assert plot_confusion(net, [[1.0]], [[1.0]], ax=ax) is ax
    ax = plt.figure().add_subplot()
    assert plot_most_wrong(net, [[1.0]], [[1.0]], ax=ax) is ax
    assert drawn(ax).get_title() == "one example"
