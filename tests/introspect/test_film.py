"""The film: what the pictures over time hold is what was recorded, where they say it is. Pixels are not compared."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

import tinynet as tn
from tinynet.introspect import Recorder, animate, film, plot_delta, plot_gradient_flow, plot_life, plot_over_time
from tinynet.introspect.film import typical_size


def xor(epochs: int = 20, dtype: str = "float64", **settings: Any) -> Recorder:
    """The recorder of a short training of a 2-3-1 network: four examples, a step an epoch."""
    x, y = tn.data.xor()
    layers = [tn.Dense(3, "tanh", input_dim=2, dtype=dtype), tn.Dense(1, "sigmoid", dtype=dtype)]
    net = tn.Sequential(layers, seed=0)
    net.compile(tn.SGD(0.5), "binary_crossentropy")
    recorder = Recorder(x, y, **settings)
    net.fit(x, y, epochs=epochs, callbacks=[recorder], verbose=0)
    return recorder


def chain(*steps: tuple[float, ...], activation: str | None = None, every: int = 1) -> Recorder:
    """A recorder that saw a network 1-1-...-1 without biases, with these weights; x = 1, y = 0."""
    net = tn.Sequential([tn.Dense(1, activation, use_bias=False) for _ in steps[0]], seed=0)
    recorder = Recorder([[1.0]], [[0.0]], every)
    recorder.loss_name = "half_squared_error"
    net.build((1,))
    for weights in steps:
        net.set_weights([[[w]] for w in weights])
        recorder.record(net)
    return recorder


def drawn(picture: Axes | Figure) -> Any:
    """Draw the whole figure, so that whatever matplotlib cannot draw is found."""
    (picture if isinstance(picture, Figure) else picture.figure).canvas.draw()
    return picture


def heat(ax: Axes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The edges across and up, and the shares of a heat picture."""
    mesh = ax.collections[0]
    corners = mesh.get_coordinates()
    return corners[0, :, 0], corners[:, 0, 1], mesh.get_array()


def note(ax: Axes) -> str:
    """What stands beside the colour bar."""
    return ax.collections[0].colorbar.ax.get_ylabel()


def line(ax: Axes, number: int = 0) -> tuple[np.ndarray, np.ma.MaskedArray]:
    steps, values = ax.lines[number].get_data()
    return np.asarray(steps), np.ma.array(values)


def feet(ax: Axes, marker: str) -> list[int]:
    """The steps that have a marker at the foot of the picture."""
    return [int(s) for row in ax.lines if row.get_marker() == marker and (row.get_ydata() == 0).all()
            and row.get_transform() == ax.get_xaxis_transform() for s in row.get_xdata()]  # fmt: skip


# ## How values are spread


@pytest.mark.parametrize(
    ("name", "layer", "label", "kind"),
    [
        ("z", 1, "$z_j^{1}$", "examples and neurons"),
        ("a", 2, "$a_j^{2}$", "examples and neurons"),
        ("f_prime", 1, "$f'(z_j^{1})$", "examples and neurons"),
        ("da", 1, r"$\partial L/\partial a_j^{1}$", "examples and neurons"),
        ("delta", 1, r"$\delta_j^{1}$", "examples and neurons"),
        ("W", 1, "$w_{ij}^{1}$", "weights"),
        ("b", 1, "$b_j^{1}$", "biases"),
        ("dW", 2, r"$\partial L/\partial w_{ij}^{2}$", "weights"),
        ("db", 2, r"$\partial L/\partial b_j^{2}$", "biases"),
    ],
)
def test_heat_is_the_share_of_the_values_in_each_cell(name: str, layer: int, label: str, kind: str) -> None:
    recorder = xor()
    ax = plot_over_time(recorder, name, layer)
    across, up, share = heat(ax)
    # step s from s − ½ to s + ½
    np.testing.assert_array_equal(across, np.arange(22) - 0.5)
    assert share.shape == (len(up) - 1, 21) and (np.diff(up) > 0).all()
    values = recorder.values(name, layer).reshape(21, -1)
    for k, row in enumerate(values):
        counted = [np.sum((low <= row) & (row < high)) / row.size for low, high in pairwise(up)]
        np.testing.assert_allclose(share[:, k], counted, rtol=1e-14)
    np.testing.assert_allclose(share.sum(axis=0), 1)  # none is left out
    assert up[0] < values.min() and values.max() < up[-1]
    assert ax.get_title() == f"{label} of layer {layer}, dense_{layer}, over the steps" and ax.get_ylabel() == label
    assert ax.get_xlabel() == "step (updates so far)" and note(ax) == f"share of all {kind}"
    assert ax.get_xlim() == (-0.5, 20.5) and feet(ax, "x") == []


def test_more_is_darker_and_nothing_is_white() -> None:
    mesh = drawn(plot_over_time(xor(), "z", 1)).collections[0]
    colours = mesh.cmap(mesh.norm(np.linspace(0, mesh.get_array().max(), 9)))[:, :3] @ [0.21, 0.72, 0.07]
    assert (np.diff(colours) < 0).all() and colours[0] > 0.94 and colours[-1] < 0.4


def test_of_many_steps_several_share_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "COLUMNS", 4)
    recorder = xor(epochs=9)
    across, up, share = heat(drawn(plot_over_time(recorder, "z", 1)))
    # steps 0 1 2 | 3 4 5 | 6 7 | 8 9: the edges lie between their middles
    np.testing.assert_allclose(across, [-0.5, 2.5, 5.25, 7.5, 9.5])
    values = recorder.values("z", 1)
    for column, steps in enumerate(([0, 1, 2], [3, 4, 5], [6, 7], [8, 9])):
        chosen = values[steps].ravel()
        np.testing.assert_allclose(share[:, column], np.histogram(chosen, up)[0] / chosen.size)


def test_values_wide_apart_have_decades_on_both_sides_of_0() -> None:
    values = [1e-6, -1e-6, 2e-6, 1e-4, -3e-4, 1e-2, 5.0, -1e-5, 1e-6, -2e-6]
    ax = drawn(plot_over_time(chain(*((v,) for v in values)), "W", 1))
    _, up, share = heat(ax)
    assert ax.get_yscale() == "symlog" and share.sum(axis=0).tolist() == [1] * 10
    # the smallest have a cell of their own, far from the largest, and those of 1e-4 lie between
    cells = share.argmax(axis=0)
    assert cells[0] < cells[3] < cells[5] < cells[6] and cells[4] < cells[7] < cells[0]
    ticks = [t for t in ax.get_yticks() if up[0] < t < up[-1]]
    assert 0 in ticks and {abs(np.log10(abs(t)) % 1) for t in ticks if t} == {0}
    assert plot_over_time(chain((1.0,), (2.0,), (5.0,)), "W", 1).get_yscale() == "linear"


def test_thinned_steps_stand_on_a_logarithmic_axis() -> None:
    recorder = xor(epochs=200, budget=13 * 8 * 20)
    assert recorder.thinned
    ax = drawn(plot_over_time(recorder, "W", 1))
    assert ax.get_xscale() == "symlog" and [t.get_text() for t in ax.get_xticklabels()][:3] == ["0", "1", "10"]
    for figure in (plot_life(recorder, "dense_1.W[0, 0]"), plot_gradient_flow(recorder)):
        assert [ax.get_xscale() for ax in figure.axes] == ["symlog"] * 2
    for ax in plot_life(xor(), "dense_1.W[0, 0]").axes:
        assert ax.get_xscale() == "linear" and (ax.get_xticks() % 1 == 0).all()


@pytest.mark.parametrize("value", [0.0, 2.5, -1e-9, 1e300])
def test_a_constant(value: float) -> None:
    _, up, share = heat(drawn(plot_over_time(chain((value,), (value,)), "W", 1)))
    assert share.max() == 1 and (share.sum(axis=0) == 1).all()
    assert up[0] < min(value, 1e200) < up[-1]


def test_one_step() -> None:
    recorder = chain((0.5, 0.5))
    ax = drawn(plot_over_time(recorder, "z", 1))
    assert ax.get_xlim() == (-0.5, 0.5) and [t for t in ax.get_xticks() if abs(t) < 0.5] == [0]
    drawn(plot_life(recorder, "dense_1.z[0, 0]"))
    for ax in drawn(plot_gradient_flow(recorder)).axes:
        assert [row.get_markevery()[0] for row in ax.lines] == [0, 0]  # a line of one step is its marker


def test_the_input_and_layers_without_weights() -> None:
    net = tn.Sequential([tn.Flatten(input_shape=(1, 2)), tn.Dense(2), tn.Activation("softmax")], seed=0)
    recorder = Recorder([[[1.0, 2.0]]], [[0.0, 1.0]])
    recorder.loss_name = "categorical_crossentropy"
    recorder.record(net)
    assert plot_over_time(recorder, "a", 0).get_title() == "$a_j^{0}$ of the input, over the steps"
    assert "layer 1, flatten_1" in plot_over_time(recorder, "a", 1).get_title()
    assert heat(drawn(plot_over_time(recorder, "f_prime", 3)))[2].sum() == pytest.approx(1)  # a matrix an example


def test_it_draws_on_the_axes_it_is_given() -> None:
    left, right = plt.figure().subplots(1, 2)
    assert plot_over_time(xor(), "z", 1, ax=right) is right and not left.collections


def test_float32() -> None:
    recorder = xor(dtype="float32")
    assert heat(drawn(plot_over_time(recorder, "delta", 1)))[2].sum() == pytest.approx(21)
    np.testing.assert_array_equal(line(plot_life(recorder, "dense_1.b[2]").axes[0])[1], recorder.values("b", 1)[:, 2])
    drawn(plot_gradient_flow(recorder))


def test_a_thousand_neurons() -> None:
    net = tn.Sequential([tn.Dense(1000, "relu", input_dim=3), tn.Dense(2)], seed=0)
    recorder = Recorder(np.ones((2, 3)), np.zeros((2, 2)))
    recorder.loss_name = "mean_squared_error"
    for _ in range(2):
        recorder.record(net)
    assert heat(drawn(plot_over_time(recorder, "a", 1)))[2].sum() == pytest.approx(2)


# ## A training that diverged

# w = 1, 10, 1e100, then no number
DIVERGED = [(1.0, 1.0), (10.0, 1.0), (1e100, 1.0), *[(np.nan, 1.0)] * 30]


def test_crosses_and_the_end_of_the_picture() -> None:
    recorder = chain(*DIVERGED)
    ax = drawn(plot_over_time(recorder, "W", 1))
    # a step or two are enough to see that nothing comes any more
    assert ax.get_xlim() == (-0.5, 4.5) and feet(ax, "x") == [3, 4]
    assert ax.get_xlabel() == "step (updates so far); not finite from 3 to 32"
    assert heat(ax)[2].sum(axis=0).tolist() == [1, 1, 1, *[0] * 30]
    for ax in drawn(plot_life(recorder, "dense_1.W[0, 0]")).axes:
        assert ax.get_xlim() == (-0.5, 4.5) and feet(ax, "x") == [3, 4]
    for ax in drawn(plot_gradient_flow(recorder)).axes:
        assert ax.get_xlim() == (-0.5, 4.5) and feet(ax, "x") == [3, 4]


def test_part_of_the_values_and_some_of_the_steps() -> None:
    net, recorder = tn.Sequential([tn.Dense(4, input_dim=1, use_bias=False)], seed=0), Recorder([[1.0]], [[0.0] * 4])
    recorder.loss_name = "mean_squared_error"
    for weights in ([1.0, 2, 3, 4], [1, np.inf, 3, np.nan], [1, 2, 3, -np.inf], [1, 2, 3, 4]):
        net.set_weights([[weights]])
        recorder.record(net)
    ax = drawn(plot_over_time(recorder, "W", 1))
    assert heat(ax)[2].sum(axis=0).tolist() == [1, 0.5, 0.75, 1]
    assert feet(ax, "x") == [1, 2] and ax.get_xlim() == (-0.5, 3.5)
    upper, _ = drawn(plot_life(recorder, "dense_1.W[0, 3]")).axes
    assert line(upper)[1].mask.tolist() == [False, True, True, False] and feet(upper, "x") == [1, 2]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_finite_at_all(value: float) -> None:
    recorder = chain((value,), (value,))
    ax = drawn(plot_over_time(recorder, "W", 1))
    assert heat(ax)[2].sum() == 0 and feet(ax, "x") == [0, 1] and not len(ax.get_yticks())
    for figure in (plot_life(recorder, "dense_1.z[0, 0]"), plot_gradient_flow(recorder)):
        for ax in drawn(figure).axes:
            assert feet(ax, "x") == [0, 1] and not len(ax.get_yticks())


@pytest.mark.parametrize("far", [1e250, 1.7e308, 1e-320])
def test_numbers_as_large_or_small_as_a_float_can_hold(far: float) -> None:
    recorder = chain((1.0,), (-3.0,), (1e-30,), (far,), (-far,), (far,))
    assert heat(drawn(plot_over_time(recorder, "delta", 1)))[2].sum() == pytest.approx(6)
    drawn(plot_life(recorder, "dense_1.W[0, 0]"))
    drawn(plot_gradient_flow(recorder))


# ## One number


@pytest.mark.parametrize(
    ("entry", "value", "gradient", "labels", "title"),
    [
        ("dense_1.W[1, 2]", ("W", 1, (1, 2)), ("dW", 1), ["$w_{23}^{1}$", r"$\partial L/\partial w_{23}^{1}$"], ""),
        ("dense_2.b[0]", ("b", 2, (0,)), ("db", 2), ["$b_{1}^{2}$", r"$\partial L/\partial b_{1}^{2}$"], ""),
        ("dense_1.z[3, 2]", ("z", 1, (3, 2)), ("delta", 1), ["$z_{3}^{1}$", r"$\delta_{3}^{1}$"], ", example 4"),
        (
            "dense_1.a[0, 1]",
            ("a", 1, (0, 1)),
            ("da", 1),
            ["$a_{2}^{1}$", r"$\partial L/\partial a_{2}^{1}$"],
            ", example 1",
        ),
        ("dense_1.delta[0, 1]", ("delta", 1, (0, 1)), None, [r"$\delta_{2}^{1}$"], ", example 1"),
        # the loss was computed from z, so there is no ∂L/∂a
        ("dense_2.a[0, 0]", ("a", 2, (0, 0)), None, ["$a_{1}^{2}$"], ", example 1"),
    ],
)
def test_a_life_is_the_number_and_its_gradient(
    entry: str, value: tuple, gradient: tuple | None, labels: list[str], title: str
) -> None:
    recorder = xor()
    panels = drawn(plot_life(recorder, entry)).axes
    name, layer, index = value
    expected = [recorder.values(name, layer)] + ([recorder.values(*gradient)] if gradient else [])
    assert [ax.get_ylabel() for ax in panels] == labels
    for ax, values in zip(panels, expected, strict=True):
        steps, shown = line(ax)
        np.testing.assert_array_equal(steps, recorder.steps)
        np.testing.assert_array_equal(shown, values[(slice(None), *index)])
    assert panels[0].get_title() == f"the life of {entry}{title}"
    assert panels[-1].get_xlabel() == "step (updates so far)"


def test_two_digits_have_a_comma() -> None:
    net, recorder = tn.Sequential([tn.Dense(12, input_dim=2)], seed=0), Recorder([[1.0, 2.0]], [[0.0] * 12])
    recorder.loss_name = "mean_squared_error"
    recorder.record(net)
    assert plot_life(recorder, " dense_1.W [1,10] ").axes[0].get_ylabel() == "$w_{2,11}^{1}$"


def test_a_life_of_many_orders_of_magnitude() -> None:
    (ax,) = drawn(plot_life(chain(*((10.0**s,) for s in range(12))), "dense_1.delta[0, 0]")).axes
    assert ax.get_yscale() == "symlog"
    np.testing.assert_allclose(line(ax)[1], 10.0 ** np.arange(12))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("dense_1.W[2, 0]", r"there is no entry .*: dense_1.W has shape \(2, 3\), .*W\[0, 0\] to .*\[1, 2\]"),
        ("dense_1.W[0]", r"there is no entry 'dense_1.W\[0\]'"),
        ("dense_1.z[4, 0]", r"dense_1.z has shape \(4, 3\)"),
        ("dense_9.W[0, 0]", "unknown layer 'dense_9'. Did you mean 'dense_[12]'"),
        ("dense_1.Z[0, 0]", "unknown quantity 'Z'.*Known: W, b, z, a, delta"),
        ("dense_1.W", r"an entry is written 'dense_1.W\[0, 1\]'"),
        ("dense_1.W[-1, 0]", "an entry is written"),
        ("W[0, 0]", "an entry is written"),
    ],
)  # fmt: skip
def test_entries_that_do_not_exist(entry: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_life(xor(epochs=1), entry)


def test_an_entry_that_a_layer_does_not_have() -> None:
    with pytest.raises(ValueError, match="layer 1, dense_1, has no b"):
        plot_life(chain((1.0,)), "dense_1.b[0]")


# ## Gradient flow


def test_typical_size_is_the_root_mean_square() -> None:
    # checks [eq:typical-size]
    values = np.random.default_rng(0).normal(size=(5, 7))
    assert typical_size(values) == pytest.approx(np.sqrt(np.sum(values**2)) / np.sqrt(35), rel=1e-14)
    assert typical_size(np.array([[3.0, -4.0]])) == pytest.approx(5 / np.sqrt(2), rel=1e-15)
    # of layers that differ only in width it is the same
    assert typical_size(np.full((2, 3), -0.5)) == typical_size(np.full((40, 500), 0.5)) == 0.5
    # where squares are no floats any more
    assert typical_size(np.array([1e200, 1e200])) == 1e200 and typical_size(np.array([1e-200])) == 1e-200
    assert typical_size(np.zeros((2, 2))) == 0 and np.isnan(typical_size(np.array([1.0, np.nan])))
    assert typical_size(np.array([1.0, np.inf])) == np.inf
    assert typical_size(np.array([3e30, 4e30], np.float32)) == pytest.approx(5e30 / np.sqrt(2), rel=1e-6)


def test_gradient_flow_has_a_line_for_each_layer_with_weights() -> None:
    x, y = tn.data.xor()
    layers = [tn.Dense(3, input_dim=2), tn.Activation("tanh"), tn.Dropout(0.1), tn.Dense(1, "sigmoid", name="out")]
    net = tn.Sequential(layers, seed=0)
    net.compile("adam", "binary_crossentropy")
    recorder = Recorder(x, y)
    net.fit(x, y, epochs=5, callbacks=[recorder], verbose=0)
    deltas, gradients = drawn(plot_gradient_flow(recorder)).axes
    for ax, name in ((deltas, "delta"), (gradients, "dW")):
        assert [row.get_label() for row in ax.lines] == ["1, dense_1", "4, out"]
        for number, layer in enumerate((1, 4)):
            steps, sizes = line(ax, number)
            values = recorder.values(name, layer)
            np.testing.assert_array_equal(steps, recorder.steps)
            np.testing.assert_allclose(sizes, np.sqrt(np.mean(values**2, axis=(1, 2))), rtol=1e-13)
        assert ax.get_yscale() == "log"
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1, dense_1", "4, out"]
    assert deltas.get_ylabel() == r"$\|\delta^l\|\,/\,\sqrt{N\,n_l}$"
    assert gradients.get_ylabel() == r"$\|\partial L/\partial W^l\|\,/\,\sqrt{n_{l-1}\,n_l}$"


def test_vanishing_and_exploding_gradients_are_seen() -> None:
    def first_to_last(kernel: str | tn.initializers.Initializer) -> float:
        """How many times larger δ of the first layer is than that of the last, in the picture."""
        layers = [tn.Dense(20, "sigmoid" if kernel == "glorot_uniform" else None, kernel_initializer=kernel)
                  for _ in range(8)]  # fmt: skip
        recorder = Recorder(np.ones((2, 20)), np.zeros((2, 20)))
        recorder.loss_name = "half_squared_error"
        recorder.record(tn.Sequential(layers, seed=0))
        rows = plot_gradient_flow(recorder).axes[0].lines
        return float(rows[0].get_ydata()[0] / rows[-1].get_ydata()[0])

    assert first_to_last("glorot_uniform") < 1e-3 and first_to_last(tn.initializers.normal(0, 2)) > 1e3


def test_every_line_of_sixteen_looks_different() -> None:
    rows = drawn(plot_gradient_flow(chain((1.0,) * 16))).axes[0].lines
    assert len({(row.get_color(), row.get_linestyle(), row.get_marker()) for row in rows}) == 16


def test_a_dead_layer_has_triangles_at_the_foot() -> None:
    # relu of −1 is 0: no gradient goes back through it from step 1 on
    deltas, gradients = drawn(plot_gradient_flow(chain((1.0, 1.0), (-1.0, 1.0), (-1.0, 1.0), activation="relu"))).axes
    for ax in (deltas, gradients):
        # the second layer, whose z is 0, is dead with it
        assert sorted(feet(ax, "v")) == [1, 1, 2, 2] and line(ax)[1].mask.tolist() == [False, True, True]
        assert ax.get_yscale() == "log"
        assert [t.get_text() for t in ax.get_legend().get_texts()][1::2] == [
            "1, dense_1: all are 0",
            "2, dense_2: all are 0",
        ]
    dead = drawn(plot_gradient_flow(chain((-1.0,), (-1.0,), activation="relu")))
    assert all(feet(ax, "v") == [0, 1] and not len(ax.get_yticks()) for ax in dead.axes)


def test_layers_that_are_not_trained_have_no_line() -> None:
    net, recorder = tn.Sequential([tn.Dense(2, input_dim=1), tn.Dense(2)], seed=0), Recorder([[1.0]], [[0.0, 0.0]])
    net.layers[0].W.requires_grad = net.layers[0].b.requires_grad = False
    recorder.loss_name = "mean_squared_error"
    recorder.record(net)
    for ax in drawn(plot_gradient_flow(recorder)).axes:
        assert "2, dense_2" in [row.get_label() for row in ax.lines] and feet(ax, "x") == []
    assert [row.get_label() for row in ax.lines] == ["2, dense_2"]
    (ax,) = plot_life(recorder, "dense_1.W[0, 0]").axes
    assert line(ax)[1][0] == net.layers[0].W.data[0, 0]


def test_figures_that_are_given() -> None:
    figure = plt.figure()
    left, right = figure.subfigures(1, 2)
    assert plot_gradient_flow(xor(), figure=left) is left and plot_life(xor(), "dense_1.b[0]", figure=right) is right
    drawn(figure)
    assert len(left.axes) == len(right.axes) == 2


def test_a_network_without_W() -> None:
    class Shift(tn.Layer):
        def build(self, input_shape: tuple, rng: np.random.Generator) -> None:
            super().build(input_shape, rng)
            self.shift = tn.Tensor(np.zeros(input_shape), name="shift")

        def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
            return a + self.shift

        def parameters(self) -> list[tn.Tensor]:
            return [self.shift]

    recorder = Recorder([[1.0]], [[0.0]])
    recorder.record(tn.Sequential([Shift(input_shape=(1,))]))
    with pytest.raises(ValueError, match="no layer of this network has weights W"):
        plot_gradient_flow(recorder)


# ## The film


def test_a_film_has_a_frame_for_each_kept_step_on_fresh_axes(tmp_path: Path) -> None:
    recorder, seen = xor(every=10), []

    def draw(trace: tn.introspect.Trace, ax: Axes) -> None:
        assert not ax.has_data() and len(ax.figure.axes) == 1  # no colour bar of the frame before
        plot_delta(trace, 1, ax=ax)
        seen.append((trace[1].W.copy(), ax.figure))

    film = animate(recorder, draw, fps=5)
    film.save(tmp_path / "film.gif", writer="pillow")
    assert len(seen) == len(recorder) == 3
    for k, (W, _) in enumerate(seen):
        np.testing.assert_array_equal(W, recorder.weights(k)[0])
    figure = seen[-1][1]
    assert figure.get_suptitle() == "step 20" and len(figure.axes) == 2
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 3 and gif.info["duration"] == 200


def test_films_that_cannot_be() -> None:
    x, y = tn.data.xor()
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        animate(Recorder(x, y), plot_delta)
    with pytest.raises(ValueError, match="fps is a number > 0, not 0"):
        animate(xor(epochs=1), plot_delta, fps=0)


@pytest.mark.parametrize(
    "plot",
    [plot_gradient_flow, lambda r: plot_over_time(r, "W", 1), lambda r: plot_life(r, "dense_1.W[0, 0]")],
)
def test_pictures_of_nothing(plot: Any) -> None:
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        plot(Recorder(*tn.data.xor()))
