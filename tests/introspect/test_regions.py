"""Decision regions: the colour of every point is what the network answers there, and the lines run where it changes."""

from collections.abc import Iterator

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

import tinynet as tn
from tinynet import Dense, Sequential
from tinynet.introspect import plot_decision_regions, regions
from tinynet.introspect.drawing import LINES

matplotlib.use("Agg")
import matplotlib.pyplot as plt

GRID = 21
X = np.array([[-1.0, -2.0], [1.0, 2.0], [0.5, 0.0]])
Y = np.array([[0.0], [1.0], [1.0]])


@pytest.fixture(autouse=True)
def _small_and_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a plot called show()"))
    monkeypatch.setattr(regions, "GRID", GRID)
    yield
    plt.close("all")


def neuron(
    activation: str | None = "sigmoid", w: tuple = (1.0, 2.0), b: float = -0.5, dtype: str = "float64"
) -> Sequential:
    """z = x₁ + 2 x₂ − ½, unless another is wanted."""
    net = Sequential([Dense(1, activation, input_dim=2, dtype=dtype)], seed=0)
    net.set_weights([np.reshape(w, (2, 1)), [b]])
    return net


def deep(activation: str = "tanh") -> Sequential:
    return Sequential([Dense(4, activation, input_dim=2), Dense(3, activation), Dense(1, "sigmoid")], seed=1)


def three(activation: str | None = "softmax") -> Sequential:
    """Three outputs; z = (x₁, x₂, −x₁ − x₂)."""
    net = Sequential([Dense(3, activation, input_dim=2)], seed=0)
    net.set_weights([[[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]], np.zeros(3)])
    return net


ONE_HOT = np.eye(3)


def drawn(ax: Axes) -> Axes:
    ax.figure.canvas.draw()
    return ax


def points(ax: Axes) -> np.ndarray:
    """The middle of every cell of the image, (GRID, GRID, 2), row 0 at the bottom."""
    left, right, bottom, top = ax.images[0].get_extent()
    assert ax.images[0].origin == "lower"
    x1 = left + (np.arange(GRID) + 0.5) * (right - left) / GRID
    x2 = bottom + (np.arange(GRID) + 0.5) * (top - bottom) / GRID
    return np.stack(np.meshgrid(x1, x2), axis=-1)


def at_points(ax: Axes, function) -> np.ndarray:
    """function of each point, one at a time."""
    return np.array([[function(p) for p in row] for row in points(ax)])


def lines(ax: Axes) -> list[np.ndarray]:
    """The points of every black line."""
    found = []
    for contour in ax.collections:
        if isinstance(contour, matplotlib.contour.QuadContourSet) and not contour.filled:
            assert (contour.get_edgecolors()[:, :3] == 0).all()
            found += [path.vertices for path in contour.get_paths() if len(path.vertices)]
    return found


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


# ## One output


def test_every_point_has_the_colour_of_its_answer() -> None:
    net = neuron()
    ax = drawn(plot_decision_regions(net, X, Y))
    a = at_points(ax, lambda p: 1 / (1 + np.exp(-(p[0] + 2 * p[1] - 0.5))))
    np.testing.assert_allclose(ax.images[0].get_array(), a, rtol=1e-12)
    assert ax.images[0].get_clim() == (0, 1)
    assert ax.get_title() == "the answer $a_{1}^{1}$" and ax.images[0].colorbar.ax.get_ylabel() == "$a_{1}^{1}$"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_the_window_holds_the_examples_and_a_margin() -> None:
    ax = plot_decision_regions(neuron(), X, Y)
    assert (*ax.get_xlim(), *ax.get_ylim()) == pytest.approx((-1.2, 1.2, -2.4, 2.4))
    assert ax.images[0].get_extent() == pytest.approx([-1.2, 1.2, -2.4, 2.4])


def test_the_line_is_where_z_is_0() -> None:
    ax = drawn(plot_decision_regions(neuron(), X, Y))
    (line,) = lines(ax)
    np.testing.assert_allclose(line[:, 0] + 2 * line[:, 1], 0.5, atol=1e-12)
    assert np.ptp(line[:, 0]) > 2  # from side to side
    assert legend(ax)[0] == "$z_{1}^{1} = 0$"


@pytest.mark.parametrize("activation", [None, "tanh", "relu"])
def test_where_no_sigmoid_answers_in_classes_the_line_is_at_a_half(activation: str | None) -> None:
    ax = drawn(plot_decision_regions(neuron(activation, b=0.0), X, Y))
    (line,) = lines(ax)
    z = np.arctanh(0.5) if activation == "tanh" else 0.5
    np.testing.assert_allclose(line[:, 0] + 2 * line[:, 1], z, atol=0.06)
    assert legend(ax)[0] == r"$a_{1}^{1} = \frac{1}{2}$"


def test_without_classes_the_line_is_at_0_and_examples_have_the_colour_of_y() -> None:
    y = np.array([[-1.5], [0.0], [2.5]])
    ax = drawn(plot_decision_regions(neuron(None), X, y))
    (line,) = lines(ax)
    np.testing.assert_allclose(line[:, 0] + 2 * line[:, 1], 0.5, atol=1e-12)
    (examples,) = (c for c in ax.collections if c.get_label() == "examples, in the colour of y")
    np.testing.assert_array_equal(examples.get_offsets(), X)
    np.testing.assert_array_equal(examples.get_array(), y[:, 0])
    assert examples.get_clim() == ax.images[0].get_clim() and examples.cmap is ax.images[0].cmap


def test_signed_answers_have_signs() -> None:
    ax = drawn(plot_decision_regions(neuron("tanh"), X, Y))
    low, high = ax.images[0].get_clim()
    assert (low, high) == (-1, 1)
    plus, minus = (c for c in ax.collections if c.get_gid() == "signs")
    for signs, sign in ((plus, 1), (minus, -1)):
        at = signs.get_offsets()
        assert len(at) > 10 and (sign * (at[:, 0] + 2 * at[:, 1] - 0.5) > 0).all()
    assert not [c for c in plot_decision_regions(neuron(), X, Y).collections if c.get_gid() == "signs"]


def test_the_examples_of_each_class_have_a_marker_of_their_own() -> None:
    ax = drawn(plot_decision_regions(neuron(), X, Y))
    found = {c.get_label(): c for c in ax.collections if str(c.get_label()).startswith("class")}
    np.testing.assert_array_equal(found["class 0"].get_offsets(), X[:1])
    np.testing.assert_array_equal(found["class 1"].get_offsets(), X[1:])
    shapes = [c.get_paths()[0].vertices.shape for c in found.values()]
    assert len(set(shapes)) == 2
    assert legend(ax)[1:] == ["class 0", "class 1"]


@pytest.mark.parametrize(("b", "sign"), [(50.0, ">"), (-50.0, "<")])
def test_where_no_line_crosses_the_window_the_legend_says_on_which_side_it_is(b: float, sign: str) -> None:
    ax = drawn(plot_decision_regions(neuron(b=b), X, Y))
    assert not lines(ax) and legend(ax)[0] == f"$z_{{1}}^{{1}} {sign} 0$ everywhere"


def test_weights_that_are_all_0() -> None:
    ax = drawn(plot_decision_regions(neuron(w=(0, 0), b=0), X, Y))
    assert not lines(ax) and legend(ax)[0] == "$z_{1}^{1} = 0$ everywhere"
    assert set(np.ravel(ax.images[0].get_array())) == {0.5}


# ## One neuron of any layer


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(("layer", "j"), [(1, 1), (1, 4), (2, 3), (3, 1)])
def test_a_neuron_of_any_layer(activation: str, layer: int, j: int) -> None:
    net = deep(activation)
    ax = drawn(plot_decision_regions(net, X, Y, layer=layer, neuron=j))
    a = at_points(ax, lambda p: net.get_activations([p])[layer - 1][0, j - 1])
    np.testing.assert_allclose(ax.images[0].get_array(), a, rtol=1e-10, atol=1e-15)
    assert ax.get_title() == f"neuron {j} of layer {layer}: $a_{{{j}}}^{{{layer}}}$"


def test_the_line_of_a_hidden_neuron_is_where_its_own_z_is_0() -> None:
    net = deep()
    W, b = net.get_weights()[:2]
    ax = drawn(plot_decision_regions(net, X, Y, layer=1, neuron=2))
    (line,) = lines(ax)
    np.testing.assert_allclose(line @ W[:, 1] + b[1], 0, atol=1e-12)
    assert legend(ax)[0] == "$z_{2}^{1} = 0$"


def test_a_neuron_without_a_layer_is_one_of_the_last() -> None:
    ax = drawn(plot_decision_regions(three(), X, ONE_HOT, neuron=2))
    e = np.exp
    a = at_points(ax, lambda p: e(p[1]) / (e(p[0]) + e(p[1]) + e(-p[0] - p[1])))
    np.testing.assert_allclose(ax.images[0].get_array(), a, rtol=1e-12)
    np.testing.assert_allclose(np.concatenate(lines(ax))[:, 1], 0, atol=1e-12)  # z₂ = x₂


def test_layers_without_weights_have_the_z_of_the_trace() -> None:
    net = Sequential([Dense(1, input_dim=2), tn.Dropout(0.5), tn.Activation("sigmoid"), tn.Flatten()], seed=0)
    net.set_weights([[[1.0], [2.0]], [-0.5]])
    for layer in (2, 3):
        (line,) = lines(drawn(plot_decision_regions(net, X, Y, layer=layer)))
        np.testing.assert_allclose(line[:, 0] + 2 * line[:, 1], 0.5, atol=1e-12)
    # z of Flatten is its a, which is a sigmoid and never 0
    assert legend(drawn(plot_decision_regions(net, X, Y, layer=4)))[0] == "$z_{1}^{4} > 0$ everywhere"


class Squared(Dense):
    """A layer whose z nobody else knows."""

    def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
        return tn.functions.multiply(a @ self.W, a @ self.W)


def test_a_layer_of_one_s_own_has_no_line() -> None:
    net = Sequential([Squared(1, input_dim=2), Dense(1)], seed=0)
    ax = drawn(plot_decision_regions(net, X, Y, layer=1))
    assert not lines(ax) and legend(ax) == ["class 0", "class 1"]


# ## Several outputs


def tints(ax: Axes) -> np.ndarray:
    return np.asarray(ax.images[0].get_array())


def test_each_point_has_the_colour_of_the_class_that_is_read() -> None:
    # shifted, so that no point is a tie
    ax = drawn(plot_decision_regions(three(), X + np.array([0.01, 0.03]), ONE_HOT))
    read = at_points(ax, lambda p: np.argmax([p[0], p[1], -p[0] - p[1]]))
    ground = 1 - tints(ax)
    assert set(read.ravel()) == {0, 1, 2}
    for k in range(3):
        # the tint is a share of the way from white to the colour of the class
        colour = 1 - np.array(to_rgb(LINES[k][0]))
        shares = ground[read == k] / colour
        np.testing.assert_allclose(shares, shares[:, :1].repeat(3, axis=1), rtol=1e-10)
    assert ax.get_title() == "the answer: the class that is read" and legend(ax) == ["class 0", "class 1", "class 2"]


def test_the_surer_the_deeper() -> None:
    net = three()
    ax = drawn(plot_decision_regions(net, 10 * X, ONE_HOT))
    p = at_points(ax, lambda point: net.predict([point]).max()).ravel()
    depth = (1 - tints(ax)).max(axis=-1).ravel() / at_points(
        ax, lambda q: (1 - np.array(to_rgb(LINES[net.predict([q]).argmax()][0]))).max()
    ).ravel()
    np.testing.assert_allclose(depth, 0.1 + 0.5 * (p - 1 / 3) / (2 / 3), rtol=1e-9)


def test_the_lines_run_where_two_classes_are_equally_probable() -> None:
    for vertices in lines(drawn(plot_decision_regions(three(None), X, ONE_HOT))):
        z = np.sort(np.stack([vertices[:, 0], vertices[:, 1], -vertices.sum(axis=1)]), axis=0)
        # but for the corner where three meet, within one cell
        far = np.linalg.norm(vertices, axis=1) > 0.3
        np.testing.assert_allclose(z[2][far], z[1][far], atol=1e-12)


def test_classes_differ_by_more_than_their_colour() -> None:
    ax = drawn(plot_decision_regions(three(), X, ONE_HOT))
    hatches = [h for c in ax.collections if getattr(c, "filled", False) for h in c.hatches]
    assert len(hatches) == len(set(hatches)) == 3
    n = regions.CLASSES
    looks = {(k % len(LINES), k % len(regions.HATCHES)) for k in range(n)}
    assert len(looks) == n == 20


def test_equal_probabilities_everywhere_have_no_lines() -> None:
    net = three()
    net.set_weights([np.zeros((2, 3)), np.zeros(3)])
    assert not lines(drawn(plot_decision_regions(net, X, ONE_HOT)))


# ## Degenerate, and refused


def test_what_is_not_finite_is_grey() -> None:
    ax = drawn(plot_decision_regions(neuron(b=np.nan), X, Y))
    assert ax.images[0].get_array().mask.all() and not lines(ax)
    assert ax.images[0].colorbar.ax.get_ylabel() == "$a_{1}^{1}$   (grey: not finite)"
    assert ax.get_facecolor()[:3] == (0.8, 0.8, 0.8)
    net = three()
    net.set_weights([np.full((2, 3), np.nan), np.zeros(3)])
    ax = drawn(plot_decision_regions(net, X, ONE_HOT))
    assert set(tints(ax).ravel()) == {0.8} and legend(ax)[0] == "not finite"


def test_one_example_and_examples_on_a_line() -> None:
    ax = drawn(plot_decision_regions(neuron(), X[:1], Y[:1]))
    assert (*ax.get_xlim(), *ax.get_ylim()) == (-1.5, -0.5, -2.5, -1.5)
    ax = drawn(plot_decision_regions(neuron(), X * [1, 0], Y))
    assert ax.get_ylim() == (-0.5, 0.5)


def test_float32_and_axes_of_one_s_own() -> None:
    ax = plt.figure().add_subplot()
    assert drawn(plot_decision_regions(neuron(dtype="float32"), X, Y, ax=ax)) is ax


def test_the_network_stays_as_it_is() -> None:
    net = deep()
    before = [(p, p.data.tobytes(), p.grad) for p in net.parameters()]
    plot_decision_regions(net, X, Y)
    assert [(p, p.data.tobytes(), p.grad) for p in net.parameters()] == before


@pytest.mark.parametrize(
    ("net", "y", "settings", "message"),
    [
        (deep(), Y, {"layer": 1}, "layer 1 has 4 neurons; choose one: neuron=1 … 4"),
        (deep(), Y, {"layer": 1, "neuron": 5}, "there is no neuron 5 in layer 1; they are numbered 1 … 4"),
        (deep(), Y, {"layer": 1, "neuron": 0}, "there is no neuron 0 in layer 1"),
        (deep(), Y, {"layer": 4, "neuron": 1}, "there is no layer 4; they are numbered 0"),
        (deep(), Y, {"layer": 0, "neuron": 1}, "layer 0 is the input"),
        (three(), ONE_HOT * 2, {}, r"the 3 outputs answer as classes only where y is one-hot.* neuron=1 … 3"),
        (Sequential([Dense(21, input_dim=2)], seed=0), np.eye(21)[:3], {}, "21 classes are more than the 20 that look"),
    ],
)
def test_what_cannot_be_drawn_is_refused(net: Sequential, y: np.ndarray, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_decision_regions(net, X, y, **settings)


def test_other_than_two_inputs_are_refused() -> None:
    net = Sequential([Dense(1, input_dim=3)], seed=0)
    with pytest.raises(ValueError, match=r"x has shape \(3, 3\); regions are drawn for two inputs, \(N, 2\)"):
        plot_decision_regions(net, np.eye(3), Y)


def test_what_is_too_large_for_an_axis_of_colours_is_grey_and_said() -> None:
    ax = plot_decision_regions(neuron("identity", (1e308, 0.0)), X, Y)
    assert ax.images[0].colorbar.ax.get_ylabel() == "$a_{1}^{1}$   (grey: not finite, or beyond 1e+200)"
