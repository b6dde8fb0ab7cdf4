"""Pictures: what they show is what the network holds, where they say it is. Pixels are not compared."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.markers import MarkerStyle

import tinynet as tn
from tinynet.gradcheck import GradientReport
from tinynet.introspect import (
    Trace,
    plot_activations,
    plot_delta,
    plot_gradients,
    plot_history,
    plot_step_size,
    plot_weights,
    trace,
)
from tinynet.introspect.drawing import MARKS


def dense(W, activation: str | None = None) -> tn.Sequential:
    """A network of one layer with the weights W."""
    W = np.array(W, float)
    net = tn.Sequential([tn.Dense(W.shape[1], activation=activation, input_dim=W.shape[0])], seed=0)
    net.set_weights([W, np.zeros(W.shape[1])])
    return net


def traced(W, x, activation: str | None = None) -> Trace:
    """The trace of that network on x, its targets all 0."""
    net = dense(W, activation)
    return trace(net, x, np.zeros((len(x), net.layers[-1].units)), loss="half_squared_error")


def shown(ax: Axes) -> np.ma.MaskedArray:
    return ax.images[0].get_array()


def note(ax: Axes) -> str:
    """What stands beside the colour bar."""
    return ax.images[0].colorbar.ax.get_ylabel()


def marks(ax: Axes, marker: str) -> list[tuple[int, int]]:
    """The cells (row, column), counted from 1, that have a marker."""
    style = MarkerStyle(marker)
    path = style.get_path().transformed(style.get_transform()).vertices.tolist()
    same = [c for c in ax.collections if len(c.get_offsets()) and c.get_paths()[0].vertices.tolist() == path]
    return sorted((int(y), int(x)) for c in same for x, y in c.get_offsets())


def drawn(ax: Axes) -> Axes:
    """Draw the whole figure, so that whatever matplotlib cannot draw is found."""
    ax.figure.canvas.draw()
    return ax


SMALL = [[1.0, -2.0, 0.0], [0.5, 0.0, -0.25]]
ANY = np.random.default_rng(0).normal(size=(64, 64))


# ## Weights


def test_weights_are_shown_as_they_are_row_i_from_column_j_to() -> None:
    ax = drawn(plot_weights(dense(SMALL), 1))
    np.testing.assert_array_equal(shown(ax), SMALL)
    # the image's corners: half a cell outside of 1 … 3 across and of 1 … 2 down, row 1 on top
    assert tuple(ax.images[0].get_extent()) == (0.5, 3.5, 2.5, 0.5)
    assert ax.images[0].origin == "upper" and ax.get_ylim() == (2.5, 0.5)
    assert list(ax.get_xticks()) == [1, 2, 3] and list(ax.get_yticks()) == [1, 2]
    assert ax.get_title() == "weights $W^{1}$, 2 → 3"
    assert ax.get_xlabel() == "to neuron $j$ of layer 1" and ax.get_ylabel() == "from input $i$"
    assert note(ax) == "$w_{ij}^{1}$"


def test_weights_of_a_network_and_of_its_trace_are_the_same_picture() -> None:
    net = tn.Sequential([tn.Dense(4, input_dim=2), tn.Dropout(0.5), tn.Dense(3)], seed=0)
    steps = trace(net, [[0.5, 1.0]], [[0.0, 0.0, 0.0]], loss="half_squared_error")
    for layer, index in ((1, 0), (3, 2)):
        for source in (net, steps):
            ax = plot_weights(source, layer)
            np.testing.assert_array_equal(shown(ax), net.layers[index].W.data)
    assert ax.get_ylabel() == "from neuron $i$ of layer 2"


def test_white_is_0_and_the_colours_reach_equally_far_on_both_sides() -> None:
    image = plot_weights(dense(SMALL), 1).images[0]
    assert image.get_clim() == (-2, 2)
    (purple, almost_white, orange) = (image.cmap(image.norm(value))[:3] for value in (-2, 0, 2))
    assert min(almost_white) > 0.94
    assert purple[2] > purple[0] > purple[1] and orange[0] > orange[1] > orange[2]
    # in grey, too, the negative end is the darker one
    assert np.dot(purple, [0.21, 0.72, 0.07]) < np.dot(orange, [0.21, 0.72, 0.07]) < 0.5


def test_signs_are_marked_and_0_has_none() -> None:
    ax = plot_weights(dense(SMALL), 1)
    assert marks(ax, "+") == [(1, 1), (2, 1)]
    assert marks(ax, "_") == [(1, 2), (2, 3)]
    assert marks(ax, "x") == []


def test_of_many_cells_the_strongest_are_marked() -> None:
    ax = plot_weights(dense(ANY), 1)
    plus, minus = marks(ax, "+"), marks(ax, "_")
    assert len(plus) + len(minus) == MARKS
    assert all(ANY[i - 1, j - 1] > 0 for i, j in plus) and all(ANY[i - 1, j - 1] < 0 for i, j in minus)
    weakest = min(abs(ANY[i - 1, j - 1]) for i, j in plus + minus)
    assert (abs(ANY) >= weakest).sum() == MARKS
    assert note(ax) == f"$w_{{ij}}^{{1}}$   (+ and −: the {MARKS} strongest)"


def test_of_many_cells_the_all_but_white_are_not_marked() -> None:
    W = np.full((20, 20), 0.001)
    W[4, 5], W[6, 7] = -1, 0.2
    ax = plot_weights(dense(W), 1)
    assert marks(ax, "_") == [(5, 6)] and marks(ax, "+") == [(7, 8)]
    assert "(+ and −: the 2 strongest)" in note(ax)


def test_marks_are_white_on_dark_cells_and_black_on_light_ones() -> None:
    colours = {}
    for collection in plot_weights(dense([[1.0, 0.1, -1.0, -0.1]]), 1).collections:
        for (x, _), colour in zip(collection.get_offsets(), collection.get_edgecolors()):
            colours[int(x)] = tuple(colour[:3])
    assert colours == {1: (1, 1, 1), 2: (0, 0, 0), 3: (1, 1, 1), 4: (0, 0, 0)}


def test_the_weights_into_each_neuron_as_an_image() -> None:
    W = np.arange(1.0, 31).reshape(6, 5)
    ax = drawn(plot_weights(dense(W), 1, image_shape=(2, 3)))
    sheet = shown(ax)
    # five images of 2 × 3, three across and two down, a free line between them
    assert sheet.shape == (2 * 3 - 1, 3 * 4 - 1)
    for j, (top, left) in enumerate([(0, 0), (0, 4), (0, 8), (3, 0), (3, 4)]):
        np.testing.assert_array_equal(sheet[top : top + 2, left : left + 3], W[:, j].reshape(2, 3))
    assert sheet.mask[2].all() and sheet.mask[:, [3, 7]].all() and sheet.mask[3:, 8:].all()
    assert sheet.count() == W.size
    assert ax.images[0].get_clim() == (-30, 30)
    # cells are square, and each row of images says whose they are, at its middle
    assert ax.get_aspect() == 1
    assert [(t.get_text(), y) for t, y in zip(ax.get_yticklabels(), ax.get_yticks())] == [
        ("1 … 3", 1.5),
        ("4 … 5", 4.5),
    ]
    assert ax.get_ylabel() == "neurons $j$"


def test_one_neuron_as_an_image_is_called_1() -> None:
    ax = plot_weights(dense(np.ones((64, 1))), 1, image_shape=(8, 8))
    assert shown(ax).shape == (8, 8) and [t.get_text() for t in ax.get_yticklabels()] == ["1"]


# ## Gradients


def test_gradients_of_one_example_by_hand() -> None:
    # identity and half_squared_error with y = 0: δ = a = x W, and ∂L/∂w_ij = x_i δ_j
    ax = drawn(plot_gradients(traced(SMALL, [[1.0, 2.0]]), 1))
    np.testing.assert_allclose(shown(ax), [[2.0, -2.0, -0.5], [4.0, -4.0, -1.0]], rtol=1e-14)
    assert ax.images[0].get_clim() == (-4, 4)
    assert marks(ax, "+") == [(1, 1), (2, 1)] and marks(ax, "_") == [(1, 2), (1, 3), (2, 2), (2, 3)]
    assert ax.get_title() == r"gradients $\partial L\,/\,\partial W^{1}$, 2 → 3"
    assert ax.get_xlabel() == "to neuron $j$ of layer 1" and ax.get_ylabel() == "from input $i$"
    assert note(ax) == r"$\partial L\,/\,\partial w_{ij}^{1}$"


def test_gradients_of_the_weights_into_each_neuron_as_an_image() -> None:
    W = np.random.default_rng(1).normal(size=(6, 2))
    x = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    ax = drawn(plot_gradients(traced(W, x), 1, image_shape=(2, 3)))
    dW = x.T @ (x @ W)
    np.testing.assert_allclose(shown(ax)[:, :3], dW[:, 0].reshape(2, 3), rtol=1e-13)
    np.testing.assert_allclose(shown(ax)[:, 4:], dW[:, 1].reshape(2, 3), rtol=1e-13)
    assert ax.get_xlabel() == "an image of the gradients of weights into each neuron"


def test_gradients_in_float32() -> None:
    net = tn.Sequential([tn.Dense(3, "tanh", input_dim=2, dtype="float32")], seed=0)
    steps = trace(net, [[1.0, 2.0]], [[0.0, 0.0, 0.0]], loss="half_squared_error")
    np.testing.assert_array_equal(shown(drawn(plot_gradients(steps, 1))), steps[1].dW)


# ## Activations and δ


def test_activations_are_a_row_for_each_example() -> None:
    x = [[0.0, 0.5], [1.0, 0.25], [0.75, 0.0]]
    steps = traced(SMALL, x, "sigmoid")
    for layer, label in ((0, "input $j$"), (1, "neuron $j$ of layer 1")):
        ax = drawn(plot_activations(steps, layer))
        np.testing.assert_array_equal(shown(ax), steps[layer].a)
        assert ax.get_title().split("\n")[0] == f"activations $a^{{{layer}}}$" and note(ax) == f"$a_j^{{{layer}}}$"
        assert ax.get_xlabel() == label and ax.get_ylabel() == "example, from 1"
        assert list(ax.get_yticks()) == [1, 2, 3]
    np.testing.assert_array_equal(shown(plot_activations(steps, 0)), x)


def test_activations_from_0_to_1_use_half_of_the_colours_and_no_signs() -> None:
    ax = plot_activations(traced(SMALL, [[0.1, 0.2]], "sigmoid"), 1)
    image = ax.images[0]
    assert image.get_clim() == (0, 1) and not ax.collections
    signed = plot_weights(dense(SMALL), 1).images[0]
    for share in (0, 1):
        # the same number of limits has the same colour in both scales
        np.testing.assert_allclose(image.cmap(image.norm(share)), signed.cmap(signed.norm(2 * share)), atol=0.01)
    # and more is darker all the way
    brightness = image.cmap(np.linspace(0, 1, 20))[:, :3] @ [0.21, 0.72, 0.07]
    assert (np.diff(brightness) < 0).all()


def test_larger_activations_widen_the_scale_and_negative_ones_make_it_signed() -> None:
    assert plot_activations(traced([[1.0, 3.0]], [[1.0]], "relu"), 1).images[0].get_clim() == (0, 3)
    ax = plot_activations(traced([[1.0, -1.0]], [[0.5]], "tanh"), 1)
    assert ax.images[0].get_clim() == (-1, 1)
    assert marks(ax, "+") == [(1, 1)] and marks(ax, "_") == [(1, 2)]


def test_delta_of_two_examples_by_hand() -> None:
    # identity and half_squared_error with y = 0: δ = a/N, a = x W
    ax = drawn(plot_delta(traced(SMALL, [[1.0, 0.0], [0.0, 4.0]]), 1))
    np.testing.assert_allclose(shown(ax), [[0.5, -1.0, 0.0], [1.0, 0.0, -0.5]], rtol=1e-14)
    assert ax.images[0].get_clim() == (-1, 1)
    assert marks(ax, "+") == [(1, 1), (2, 1)] and marks(ax, "_") == [(1, 2), (2, 3)]
    assert ax.get_title() == r"$\delta^{1}$" and ax.get_ylabel() == "example, from 1"
    assert note(ax) == r"$\delta_j^{1} = \partial L\,/\,\partial z_j^{1}$"


def test_dead_and_saturated_neurons_are_counted_in_the_title() -> None:
    # of three neurons, the second is silent for both examples; the third is so for one
    steps = traced([[1.0, -1.0, 1.0], [1.0, -1.0, -1.0]], [[1.0, 0.0], [0.0, 1.0]], "relu")
    assert drawn(plot_activations(steps, 1)).get_title() == "activations $a^{1}$\n1 of 3 neurons dead"
    steps = traced([[1.0, -9.0, 9.0]], [[1.0], [2.0]], "sigmoid")
    assert plot_activations(steps, 1).get_title() == "activations $a^{1}$\n0 of 3 neurons dead, 2 saturated"
    # an input and an identity have no f that could be flat
    assert plot_activations(traced(SMALL, [[1.0, 1.0]]), 1).get_title() == "activations $a^{1}$"
    assert plot_activations(steps, 0).get_title() == "activations $a^{0}$"


def test_delta_as_an_image_for_each_example() -> None:
    # identity and half_squared_error with y = 0: δ = x W / 5
    x = np.arange(10.0).reshape(5, 2)
    W = np.arange(-3.0, 9).reshape(2, 6)
    ax = drawn(plot_delta(traced(W, x), 1, image_shape=(3, 2)))
    # five examples, three across, a free line between two
    assert shown(ax).shape == (2 * 4 - 1, 3 * 3 - 1)
    for n, (top, left) in enumerate([(0, 0), (0, 3), (0, 6), (4, 0), (4, 3)]):
        expected = (x[n] @ W / 5).reshape(3, 2)
        np.testing.assert_allclose(shown(ax)[top : top + 3, left : left + 2], expected, rtol=1e-13)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1 … 3", "4 … 5"]
    assert ax.get_ylabel() == "examples, from 1" and ax.get_xlabel() == r"an image of $\delta^{1}$ for each example"
    assert note(ax) == r"$\delta_j^{1} = \partial L\,/\,\partial z_j^{1}$" and ax.get_aspect() == 1


def test_neurons_of_any_shape_are_numbered_row_by_row() -> None:
    net = tn.Sequential([tn.Flatten(input_shape=(2, 2)), tn.Dense(1)], seed=0)
    x = np.arange(8.0).reshape(2, 2, 2)
    steps = trace(net, x, [[0.0], [0.0]], loss="half_squared_error")
    np.testing.assert_array_equal(shown(plot_activations(steps, 0)), x.reshape(2, 4))


# ## The history of a training


def history(**numbers: list[float]) -> tn.History:
    h = tn.History()
    for epoch in range(len(numbers["loss"])):
        h.add(epoch, {name: values[epoch] for name, values in numbers.items()})
    return h


def test_history_draws_a_panel_for_each_number_against_the_epochs() -> None:
    h = history(loss=[3, 2, 1], accuracy=[0.1, 0.5, 0.9], val_loss=[4, 3, 2], val_accuracy=[0.1, 0.4, 0.8])
    loss, accuracy = plot_history(h)
    drawn(loss)
    assert (loss.get_ylabel(), accuracy.get_ylabel(), accuracy.get_xlabel()) == ("loss", "accuracy", "epoch")
    for ax, name in ((loss, "loss"), (accuracy, "accuracy")):
        for line, key, label in zip(ax.lines, (name, f"val_{name}"), ("training", "validation"), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(line.get_ydata(), h.history[key])
            assert line.get_label() == label
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
        # more than the colour differs
        training, validation = ax.lines
        assert training.get_linestyle() != validation.get_linestyle()
        assert training.get_marker() != validation.get_marker()


def test_history_of_a_real_training() -> None:
    net = dense(SMALL, "softmax")
    net.compile("sgd", "categorical_crossentropy", metrics=["accuracy", "mean_absolute_error"])
    h = net.fit(np.eye(2), np.eye(3)[:2], epochs=2, verbose=0)
    panels = plot_history(h)
    assert [ax.get_ylabel() for ax in panels] == ["loss", "accuracy", "mean absolute error"]
    np.testing.assert_array_equal(panels[1].lines[0].get_ydata(), h.history["accuracy"])


def test_history_marks_where_the_training_diverged() -> None:
    (ax,) = plot_history(history(loss=[1, 10, np.inf, np.nan], val_loss=[1, np.nan, np.nan, np.nan]))
    drawn(ax)
    training, validation, lost = ax.lines
    assert list(training.get_ydata().mask) == [False, False, True, True]
    assert list(validation.get_ydata().mask) == [False, True, True, True]
    assert lost.get_marker() == "x" and lost.get_label() == "not finite"
    # the crosses stand at the foot of the panel, whatever its numbers are
    assert list(lost.get_xdata()) == [2, 3, 4] and list(lost.get_ydata()) == [0, 0, 0]
    assert lost.get_transform() == ax.get_xaxis_transform()
    assert np.isfinite(ax.get_ylim()).all()
    # of the training alone, too
    (ax,) = plot_history(history(loss=[1, np.nan], val_loss=[1, 1]))
    assert list(ax.lines[-1].get_xdata()) == [2]


def test_history_that_exploded_is_logarithmic() -> None:
    exploded, ordinary = (plot_history(history(loss=loss))[0] for loss in ([1, 1e9, np.inf], [1e3, 1, 1e-2]))
    assert exploded.get_yscale() == "log" and ordinary.get_yscale() == "linear"
    # 0 and negative numbers have no logarithm
    assert drawn(plot_history(history(loss=[0, 1e9]))[0]).get_yscale() == "linear"
    assert plot_history(history(loss=[-1, 1e9]))[0].get_yscale() == "linear"


def test_history_on_its_way_to_infinity() -> None:
    (ax,) = plot_history(history(loss=[1e-200, 1, 1e200, 1.7e308, np.inf]))
    training, lost = drawn(ax).lines
    assert training.get_ydata().compressed().tolist() == [1e-200, 1, 1e200]
    assert list(lost.get_xdata()) == [4, 5] and lost.get_label() == "not finite, or beyond 1e+200"
    (ax,) = plot_history(history(loss=[1.7e308, -1.7e308]))
    assert list(drawn(ax).lines[-1].get_xdata()) == [1, 2]


def test_history_of_nothing_finite_has_no_numbers_at_its_side() -> None:
    (ax,) = plot_history(history(loss=[np.nan, np.inf]))
    assert list(drawn(ax).get_yticks()) == [] and list(ax.lines[-1].get_xdata()) == [1, 2]


@pytest.mark.parametrize("loss", [0.5, np.nan])
def test_history_of_one_epoch(loss: float) -> None:
    (ax,) = plot_history(history(loss=[loss]))
    drawn(ax)
    assert ax.get_xlim() == (0.5, 1.5)
    assert [tick for tick in ax.get_xticks() if 0.5 <= tick <= 1.5] == [1]
    assert ax.lines[-1].get_marker() == ("o" if loss == 0.5 else "x")


def test_history_of_many_epochs_has_whole_numbers_below_and_few_markers() -> None:
    (ax,) = plot_history(history(loss=[1 / (1 + n) for n in range(1000)]))
    drawn(ax)
    assert (ax.get_xticks() % 1 == 0).all() and ax.lines[0].get_markevery() == 34


# ## The error of a gradient check against its step


def checked(check=tn.gradcheck, hidden: str = "tanh", **settings) -> GradientReport:
    """A report on a 2-3-1 network."""
    net = tn.Sequential([tn.Dense(3, hidden, input_dim=2), tn.Dense(1, "sigmoid")], seed=0)
    return check(net, [[0.5, -1.0]], [[1.0]], loss="binary_crossentropy", **settings)


def lines(ax: Axes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Every line by its label."""
    return {line.get_label(): (np.array(line.get_xdata()), np.ma.array(line.get_ydata())) for line in ax.lines}


def test_step_sizes_of_the_worst_entries_at_most_four() -> None:
    report = checked(delta=True)
    ax = drawn(report.plot_step_size())
    shown = [line for line in ax.lines if "[" in line.get_label() and ":" not in line.get_label()]
    assert [line.get_label() for line in shown] == [entry.name for entry in report.entries[:4]]
    for line in shown:
        h, errors = line.get_data()
        np.testing.assert_allclose(errors, np.maximum(report.errors(line.get_label(), h), 2.0**-53), rtol=1e-12)
        assert h.min() == pytest.approx(1e-14, abs=0) and h.max() == 1
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_title() == "error of the difference against the step $h$"
    assert ax.get_xlabel() == "step $h$" and ax.get_ylabel() == "relative error"
    # each line has a colour, a style and a marker of its own
    for looks in (plt.Line2D.get_color, plt.Line2D.get_linestyle, plt.Line2D.get_marker):
        assert len({looks(line) for line in shown}) == 4


def test_step_sizes_of_chosen_entries() -> None:
    names = ["dense_1.W[0, 1]", "dense_1.z[0, 2]"]
    assert {*names} == {name for name in lines(drawn(checked(entries=names).plot_step_size())) if name in names}


def test_the_sides_of_the_v_and_the_recommended_step_are_marked() -> None:
    report = checked(entries=["dense_1.W[0, 1]"], h=1e-4)
    found = lines(drawn(report.plot_step_size()))
    c, r = report.asymptotes("dense_1.W[0, 1]")
    h, side = found["$c h^2$, not straight: dense_1.W[0, 1]"]
    np.testing.assert_allclose(side, c * h**2, rtol=1e-12)
    h, side = found["$r/h$, rounded: dense_1.W[0, 1]"]
    np.testing.assert_allclose(side, r / h, rtol=1e-12)
    assert c > 0 and r > 0
    best, _ = found[r"recommended: $h = \epsilon^{1/3}$ = 6.1e-06"]
    np.testing.assert_allclose(best, np.finfo(float).eps ** (1 / 3), rtol=1e-12)
    assert list(found["of this check: $h$ = 1e-04"][0]) == [1e-4, 1e-4]
    # the curve keeps to its sides: within a factor of two where it is bent, below a few times r/h where it is rounded
    h, errors = found["dense_1.W[0, 1]"]
    np.testing.assert_allclose(errors[(h > 1e-3) & (h < 1e-1)], c * h[(h > 1e-3) & (h < 1e-1)] ** 2, rtol=0.1)
    assert (errors[h < 1e-7] < 10 * r / h[h < 1e-7]).all() and (errors[h < 1e-7] > 1e-3 * r / h[h < 1e-7]).any()


def test_step_sizes_of_the_complex_step_have_no_left_side() -> None:
    ax = drawn(checked(tn.complex_step, entries=["dense_1.W[0, 1]"]).plot_step_size())
    found = lines(ax)
    assert ax.get_title() == "error of the complex step against the step $h$"
    assert not any(label.startswith(("$r/h$", "recommended")) for label in found)
    h, errors = found["dense_1.W[0, 1]"]
    assert h.min() == pytest.approx(1e-24, abs=0) and (errors[h < 1e-9] < 1e-13).all()


def test_step_sizes_at_a_kink_and_of_nan() -> None:
    net = dense([[0.0]], "relu")
    ax = drawn(tn.gradcheck(net, [[1.0]], [[1.0]], loss="half_squared_error", entries=["dense_1.b"]).plot_step_size())
    assert "dense_1.b[0] (at a kink)" in lines(ax)
    net = dense([[np.nan]])
    ax = drawn(tn.gradcheck(net, [[1.0]], [[1.0]], loss="half_squared_error", entries=["dense_1.W"]).plot_step_size())
    assert "dense_1.W[0, 0] (not finite)" in lines(ax)


def test_step_sizes_on_axes_of_one_s_own() -> None:
    ax = plt.figure().add_subplot()
    assert checked(entries=["x"]).plot_step_size(ax) is ax and plot_step_size(checked(entries=["x"]), ax=ax) is ax


# ## Degenerate networks


def test_one_neuron_and_one_example() -> None:
    steps = traced([[-3.0]], [[0.5]], "tanh")
    for draw in (plot_weights, plot_gradients, plot_activations, plot_delta):
        ax = drawn(draw(steps, 1))
        assert shown(ax).shape == (1, 1) and marks(ax, "_") == [(1, 1)]
        assert list(ax.get_xticks()) == list(ax.get_yticks()) == [1]


def test_weights_that_are_all_0_say_so() -> None:
    ax = drawn(plot_weights(dense(np.zeros((3, 4))), 1))
    assert ax.images[0].get_clim() == (-1, 1) and marks(ax, "+") == marks(ax, "_") == []
    assert note(ax) == "$w_{ij}^{1}$   (all are 0)"


@pytest.mark.parametrize("shape", [(3, 4), (30, 40)])
def test_constant_weights_are_all_marked(shape: tuple[int, int]) -> None:
    ax = drawn(plot_weights(dense(np.full(shape, -0.5)), 1))
    assert ax.images[0].get_clim() == (-0.5, 0.5)
    assert len(marks(ax, "_")) == shape[0] * shape[1] and note(ax) == "$w_{ij}^{1}$"


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_vanishing_and_exploding_weights(scale: float) -> None:
    ax = drawn(plot_weights(dense(scale * np.array(SMALL)), 1))
    assert ax.images[0].get_clim() == (-2 * scale, 2 * scale)


def test_what_is_not_finite_is_a_grey_cell_with_a_cross() -> None:
    ax = drawn(plot_weights(dense([[1.0, np.nan, 2.0], [-np.inf, 0.0, np.inf]]), 1))
    assert marks(ax, "x") == [(1, 2), (2, 1), (2, 3)]
    assert marks(ax, "+") == [(1, 1), (1, 3)] and marks(ax, "_") == []
    np.testing.assert_array_equal(shown(ax).mask, [[False, True, False], [True, False, True]])
    assert ax.images[0].get_clim() == (-2, 2)
    assert "(×: 3 not finite)" in note(ax)
    # masked cells are clear: what shows is the ground, a grey that no number has
    image = ax.images[0]
    assert image.cmap.get_bad()[3] == 0
    red, green, blue = ax.get_facecolor()[:3]
    assert red == green == blue == 0.8
    assert np.linalg.norm(image.cmap(np.arange(256))[:, :3] - 0.8, axis=1).min() > 0.05


def test_activations_that_are_not_finite() -> None:
    steps = traced([[np.nan, 1.0, 2.0]], [[1.0]], "relu")
    for draw in (plot_activations, plot_delta, plot_gradients):
        ax = draw(steps, 1)
        assert marks(drawn(ax), "x") == [(1, 1)] and ax.images[0].get_clim()[1] == 2


def test_not_finite_weights_among_images_are_told_from_the_gaps() -> None:
    W = np.ones((4, 2))
    W[1, 1] = np.nan
    ax = drawn(plot_weights(dense(W), 1, image_shape=(2, 2)))
    # the second pixel of the second image, which begins at column 4
    assert marks(ax, "x") == [(1, 5)] and "(×: 1 not finite)" in note(ax)


def test_nothing_finite_at_all() -> None:
    ax = drawn(plot_weights(dense(np.full((2, 2), np.nan)), 1))
    assert len(marks(ax, "x")) == 4 and ax.images[0].get_clim() == (-1, 1)
    assert note(ax) == "$w_{ij}^{1}$   (×: 4 not finite)"


def test_a_thousand_neurons_need_a_larger_page() -> None:
    W = np.ones((3, 1000))
    for draw in (
        lambda: plot_weights(dense(W), 1),
        lambda: plot_activations(traced(W, [[1.0, 1.0, 1.0]]), 1),
        lambda: plot_delta(traced(W, [[1.0, 1.0, 1.0]]), 1),
        lambda: plot_gradients(traced(W, [[1.0, 1.0, 1.0]]), 1),
    ):
        with pytest.raises(ValueError, match=r"× 1000 cells do not fit on a page.*ax=plt.figure\(figsize=\(20, 7\)\)"):
            draw()
    assert not plt.get_fignums()
    ax = drawn(plot_weights(dense(W), 1, ax=plt.figure(figsize=(20, 7)).add_subplot()))
    assert shown(ax).shape == (3, 1000)


# ## Where it is drawn, and what is refused


def test_pictures_go_where_they_are_told() -> None:
    figure, ((a, b), (c, d), (e, _)) = plt.subplots(3, 2)
    steps = traced(SMALL, [[1.0, 2.0]])
    assert plot_weights(steps, 1, ax=a) is a
    assert plot_activations(steps, 1, ax=b) is b
    assert plot_delta(steps, 1, ax=c) is c
    assert plot_gradients(steps, 1, ax=e) is e
    assert plot_history(history(loss=[1, 2]), ax=d) == [d]
    assert plot_history(history(loss=[1, 2], accuracy=[0, 1]), ax=[c, d]) == [c, d]
    assert plt.get_fignums() == [figure.number]


def test_layers_that_do_not_exist() -> None:
    steps = traced(SMALL, [[1.0, 2.0]])
    for draw in (plot_weights, plot_gradients, plot_activations, plot_delta):
        for layer in (2, -1):
            with pytest.raises(ValueError, match=rf"no layer {layer}; they are numbered 0 \(the input\) … 1"):
                draw(steps, layer)
    with pytest.raises(ValueError, match=r"layer 0 has no δ; the layers that have δ: \[1\]"):
        plot_delta(steps, 0)


def test_layers_without_weights() -> None:
    net = tn.Sequential([tn.Dense(2, input_dim=2), tn.Activation("relu"), tn.Dense(1)], seed=0)
    for layer in (0, 2):
        with pytest.raises(ValueError, match=rf"layer {layer} has no weights; the layers that have weights: \[1, 3\]"):
            plot_weights(net, layer)
    with pytest.raises(ValueError, match="the weights do not exist yet"):
        plot_weights(tn.Sequential([tn.Dense(2)]), 1)


def test_gradients_that_do_not_exist() -> None:
    net = tn.Sequential([tn.Dense(2, input_dim=2), tn.Dense(2)], seed=0)
    net.layers[0].W.requires_grad = False
    steps = trace(net, [[1.0, 2.0]], [[0.0, 0.0]], loss="half_squared_error")
    with pytest.raises(ValueError, match=r"layer 1 has no gradients of weights; .*: \[2\]"):
        plot_gradients(steps, 1)


def test_what_a_network_without_data_does_not_have() -> None:
    for draw, quantity in ((plot_gradients, "dW"), (plot_activations, "a"), (plot_delta, "delta")):
        with pytest.raises(ValueError, match=rf"a network holds W and b; {quantity} comes with data, in a trace: "):
            draw(dense(SMALL), 1)


def test_images_of_the_wrong_shape() -> None:
    steps = traced(np.ones((64, 2)), np.ones((3, 64)))
    for draw in (plot_weights, plot_gradients):
        with pytest.raises(ValueError, match=r"layer 1 has 64 inputs, images of \(8, 9\) have 72"):
            draw(steps, 1, image_shape=(8, 9))
    with pytest.raises(ValueError, match=r"layer 1 has 2 neurons, images of \(1, 3\) have 3"):
        plot_delta(steps, 1, image_shape=(1, 3))


def test_histories_that_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="the history is empty; fit for an epoch at least"):
        plot_history(tn.History())
    with pytest.raises(ValueError, match="1 Axes for 2 panels: loss, accuracy"):
        plot_history(history(loss=[1], accuracy=[1]), ax=plt.figure().add_subplot())


def test_who_does_not_draw_does_not_wait_for_matplotlib() -> None:
    code = "import sys, tinynet.introspect.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
