"""The architecture: every neuron and every weight stands where the formulas say, as thick and dashed as it is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

import tinynet as tn
from tinynet import Dense, Sequential
from tinynet.introspect import plot_architecture, trace
from tinynet.introspect.architecture import FEW, NEURONS, THICK, THIN, WIDE, WIDEST
from tinynet.introspect.drawing import number

W = np.array([[1.0, -2.0, 0.0], [0.5, 4.0, -0.25]])
B = np.array([-4.0, 0.0, 2.0])
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def dense(W: np.ndarray = W, b: np.ndarray = B, dtype: str = "float64") -> Sequential:
    net = Sequential([Dense(W.shape[1], "tanh", input_dim=W.shape[0], dtype=dtype)], seed=0)
    net.set_weights([W, b])
    return net


def drawn(ax: Axes) -> Axes:
    ax.figure.canvas.draw()
    return ax


def parts(ax: Axes, gid: str) -> list:
    return [part for part in [*ax.collections, *ax.patches, *ax.texts] if part.get_gid() == gid]


def neuron(ax: Axes, column: int, j: int) -> tuple[float, float]:
    """Where neuron j of a column is drawn."""
    (circle,) = parts(ax, f"neuron {column},{j}")
    return tuple(map(float, circle.get_offsets()[0]))


def is_dashed(style: tuple) -> bool:
    return style[1] is not None


def lines(ax: Axes, l: int) -> dict[tuple[int, int], tuple[float, bool, tuple]]:
    """(i, j), from 1, of every line between the neurons of layers l − 1 and l: its width, whether dashed, colour."""
    (drawing,) = parts(ax, f"W{l}")
    circles = {
        c.get_gid(): tuple(map(float, c.get_offsets()[0])) for c in ax.collections if "neuron" in str(c.get_gid())
    }
    at = {place: tuple(map(int, gid.removeprefix("neuron ").split(","))) for gid, place in circles.items()}
    looks = zip(drawing.get_linewidths(), drawing.get_linestyles(), drawing.get_edgecolors())
    found = {}
    for segment, (width, style, colour) in zip(drawing.get_segments(), looks, strict=True):
        (before, i), (column, j) = (at[tuple(map(float, end))] for end in segment)
        assert (before, column) == (l - 1, l)
        found[i, j] = (float(width), is_dashed(style), tuple(colour[:3]))
    return found


def words(ax: Axes) -> list[list[str]]:
    return [tick.get_text().split("\n") for tick in ax.get_xticklabels()]


def legend(ax: Axes) -> list[str]:
    return [] if ax.get_legend() is None else [text.get_text() for text in ax.get_legend().get_texts()]


# ## Few neurons: every weight a line


def test_every_weight_is_a_line_from_neuron_i_to_neuron_j_as_thick_as_it_is_large() -> None:
    found = lines(drawn(plot_architecture(dense())), 1)
    assert set(found) == {(i, j) for i in (1, 2) for j in (1, 2, 3)}
    for (i, j), (width, dashed, _) in found.items():
        w = W[i - 1, j - 1]
        assert width == pytest.approx(THIN + (THICK - THIN) * abs(w) / 4)
        assert dashed == (w < 0)


def test_the_sign_is_a_colour_too_and_0_is_grey() -> None:
    found = lines(plot_architecture(dense()), 1)
    (red, green, blue), (r, g, b) = found[2, 2][2], found[1, 2][2]
    assert red > green > blue and b > r > g
    assert len(set(found[1, 3][2])) == 1


def test_the_bias_is_the_ring_of_its_neuron() -> None:
    ax = plot_architecture(dense())
    rings = [parts(ax, f"neuron 1,{j}")[0] for j in (1, 2, 3)]
    widths = [ring.get_linewidths()[0] for ring in rings]
    assert widths == pytest.approx([THICK, THIN, THIN + (THICK - THIN) / 2])
    assert [is_dashed(ring.get_linestyles()[0]) for ring in rings] == [True, False, False]
    found = lines(ax, 1)
    # the same colours as lines of the same sign
    assert tuple(rings[0].get_edgecolors()[0][:3]) == found[1, 2][2]
    assert tuple(rings[2].get_edgecolors()[0][:3]) == found[2, 2][2]
    # what has no bias is black
    assert tuple(parts(ax, "neuron 0,1")[0].get_edgecolors()[0][:3]) == (0, 0, 0)


def test_neurons_are_numbered_from_1_from_the_top() -> None:
    ax = plot_architecture(dense())
    heights = [neuron(ax, 1, j)[1] for j in (1, 2, 3)]
    assert heights == sorted(heights, reverse=True)
    at = {(t.get_position()[0], t.get_position()[1]): t.get_text() for t in ax.texts}
    assert [at[neuron(ax, 1, j)] for j in (1, 2, 3)] == ["1", "2", "3"]


def test_the_words_below_count_neurons_and_parameters() -> None:
    net = Sequential([Dense(4, "tanh", input_dim=2), Dense(1, tn.sigmoid, name="answer")], seed=0)
    ax = plot_architecture(net)
    assert words(ax) == [
        ["input", "2 inputs"],
        ["layer 1", "dense_1", "tanh", "4 neurons", "12 parameters"],
        ["layer 2", "answer", "sigmoid", "1 neuron", "5 parameters"],
    ]
    assert ax.get_title() == "architecture: 2 → 4 → 1, 17 parameters"


def test_the_legend_says_what_lines_mean_and_only_what_there_is() -> None:
    everything = ["w, or b as a ring, > 0: to 4", "w, or b as a ring, < 0: to −4", "w, or b as a ring, = 0"]
    assert legend(plot_architecture(dense())) == everything
    assert legend(plot_architecture(dense(np.ones((2, 2)), np.ones(2)))) == ["w, or b as a ring, > 0: to 1"]
    for handle in plot_architecture(dense()).get_legend().legend_handles:
        dash = handle.get_linestyle()
        assert (dash != "-") == ("<" in handle.get_label())


def test_where_many_lines_cross_they_are_thinner() -> None:
    net = dense(np.ones((8, 8)), np.zeros(8))
    # 64 lines are four times 16, so half as thick
    assert {width for width, *_ in lines(plot_architecture(net), 1).values()} == {THIN + (THICK - THIN) / 2}


def test_layers_without_weights_pass_on_neuron_by_neuron() -> None:
    net = Sequential([tn.Flatten(input_shape=(1, 2)), Dense(2), tn.Dropout(0.25), tn.Activation("softmax")], seed=0)
    ax = drawn(plot_architecture(net))
    assert [column[2:] for column in words(ax)] == [
        ["1 × 2"],
        ["Flatten", "2 neurons", "no parameters"],
        ["identity", "2 neurons", "6 parameters"],
        ["rate 0.25", "2 neurons", "no parameters"],
        ["softmax", "2 neurons", "no parameters"],
    ]
    ends = [[[tuple(map(float, end)) for end in line] for line in d.get_segments()] for d in parts(ax, "passed on")]
    assert ends == [[[neuron(ax, x - 1, j), neuron(ax, x, j)] for j in (1, 2)] for x in (1, 3, 4)]
    assert not parts(ax, "band")


class Doubled(tn.layers.Layer):
    """A layer of one's own, with one parameter that is no matrix."""

    def build(self, input_shape: tuple, rng: np.random.Generator) -> None:
        super().build(input_shape, rng)
        self.factor = tn.Tensor([2.0], name="factor")

    def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
        return a * self.factor

    def parameters(self) -> list:
        return [self.factor] if self.input_shape else []


def test_a_layer_of_one_s_own_is_drawn_with_its_name_and_its_parameters_counted() -> None:
    net = Sequential([Dense(2, lambda z: z * z, input_dim=2), Doubled()], seed=0)
    for given in (net, trace(net, XOR, np.zeros((4, 2)), loss="half_squared_error")):
        ax = plot_architecture(given)
        assert words(ax)[1][2] == "own activation"
        assert words(ax)[2][2:] == ["Doubled", "2 neurons", "1 parameters"]
        assert len(parts(ax, "band")) == 1 and len(parts(ax, "W1")) == 1


# ## Many neurons: boxes


def test_a_layer_of_more_than_the_limit_is_a_box_with_its_count() -> None:
    net = Sequential([Dense(NEURONS, input_dim=NEURONS + 1), Dense(2)], seed=0)
    ax = drawn(plot_architecture(net))
    (box,) = (patch for patch in ax.patches if isinstance(patch, plt.Rectangle))
    assert box.get_x() + box.get_width() / 2 == pytest.approx(0)
    assert [t.get_text() for t in ax.texts if t.get_position() == (0, 0)] == ["13"]
    assert len(parts(ax, "band")) == 1 and not parts(ax, "W1") and len(lines(ax, 2)) == 2 * NEURONS
    assert legend(ax)[-1] == "weights, too many to draw"


def test_a_network_for_digits_is_boxes_and_ten_neurons() -> None:
    net = Sequential([Dense(1000, "relu", input_dim=784), tn.Dropout(0.5), Dense(10, "softmax")], seed=0)
    ax = drawn(plot_architecture(net))
    assert [t.get_text() for t in ax.texts if t.get_position()[1] == 0 and t.get_fontsize() == 10] == [
        "784",
        *["1,000"] * 2,
    ]
    assert words(ax)[1][3:] == ["1,000 neurons", "785,000 parameters"]
    assert len(parts(ax, "band")) == 2 and len(parts(ax, "passed on")) == 1
    assert {neuron(ax, 3, j)[0] for j in range(1, 11)} == {3}


def test_a_deep_network_has_upright_words_and_earlier_boxes() -> None:
    net = Sequential([Dense(FEW, input_dim=2), *(Dense(FEW + 1) for _ in range(WIDE - 1)), Dense(1)], seed=0)
    ax = drawn(plot_architecture(net))
    assert {tick.get_rotation() for tick in ax.get_xticklabels()} == {90}
    assert words(ax)[1] == ["layer 1 · dense_1", "identity · 4 neurons · 12 parameters"]
    assert sum(isinstance(patch, plt.Rectangle) for patch in ax.patches) == WIDE - 1
    assert len(lines(ax, 1)) == 2 * FEW
    assert ax.get_title().startswith("architecture: 9 layers, ")


def test_more_layers_than_a_page_shows_are_refused_but_drawn_on_axes_of_one_s_own() -> None:
    net = Sequential([Dense(1, input_dim=1), *(Dense(1) for _ in range(WIDEST - 1))], seed=0)
    with pytest.raises(ValueError, match=r"26 columns do not fit on a page, 25 do; .*ax=plt\.figure"):
        plot_architecture(net)
    ax = plt.figure(figsize=(9, 6), layout="constrained").add_subplot()
    assert drawn(plot_architecture(net, ax=ax)) is ax and len(words(ax)) == 26


# ## A trace: a and δ at the neurons


def numbers(ax: Axes, column: int, j: int) -> str:
    (text,) = parts(ax, f"neuron {column},{j}")
    return text.get_text()


def test_a_trace_puts_a_and_delta_at_the_neurons() -> None:
    # identity, half_squared_error: δ = (a − y)/N
    net = Sequential([Dense(2, input_dim=2)], seed=0)
    net.set_weights([[[1.0, -1.0], [0.5, 2.0]], [0.0, -0.25]])
    steps = trace(net, [[1.0, 2.0], [3.0, 4.0]], [[1.0, 1.0], [0.0, 1.0]], loss="half_squared_error")
    ax = drawn(plot_architecture(steps, example=1))
    assert [numbers(ax, 0, j) for j in (1, 2)] == ["a = 3", "a = 4"]
    assert [numbers(ax, 1, j) for j in (1, 2)] == ["a = 5\nδ = 2.5", "a = 4.75\nδ = 1.88"]
    assert ax.get_title() == "2 → 2, example 2 of 2: y = 0, 1"
    ring = parts(ax, "neuron 1,2")[0].get_bbox_patch()
    assert ring.get_linestyle() != "-" and ring.get_linewidth() == pytest.approx(THIN + (THICK - THIN) / 8)


def test_a_trace_is_drawn_with_the_weights_of_its_time() -> None:
    net = dense()
    steps = trace(net, XOR, np.zeros((4, 3)), loss="half_squared_error")
    net.set_weights([0 * W, 0 * B])
    (drawing,) = parts(plot_architecture(steps), "W1")
    assert drawing.get_linewidths().max() == pytest.approx(THICK)


def test_of_a_deep_or_a_large_network_the_numbers_are_left_out() -> None:
    deep = Sequential([Dense(1, input_dim=1), *(Dense(1) for _ in range(WIDE - 1))], seed=0)
    ax = drawn(plot_architecture(trace(deep, [[1.0]], [[1.0]], loss="half_squared_error")))
    assert not any("=" in text.get_text() for text in ax.texts) and neuron(ax, 8, 1)[0] == 8
    large = Sequential([Dense(13, input_dim=1), Dense(1)], seed=0)
    ax = plot_architecture(trace(large, [[1.0]], [[1.0]], loss="half_squared_error"))
    assert sum("δ" in text.get_text() for text in ax.texts) == 1


def test_an_example_that_does_not_exist_is_refused() -> None:
    steps = trace(dense(), XOR, np.zeros((4, 3)), loss="half_squared_error")
    with pytest.raises(ValueError, match="there is no example 4; this trace has 4, from 0"):
        plot_architecture(steps, example=4)
    with pytest.raises(ValueError, match="example is a whole number >= 0"):
        plot_architecture(steps, example=-1)


# ## Degenerate networks


def test_one_neuron() -> None:
    ax = drawn(plot_architecture(dense(np.array([[-3.0]]), np.zeros(1))))
    ((width, dashed, _),) = lines(ax, 1).values()
    assert width == pytest.approx(THICK) and dashed


def test_weights_that_are_all_0() -> None:
    ax = drawn(plot_architecture(dense(0 * W, 0 * B)))
    assert {(width, dashed) for width, dashed, _ in lines(ax, 1).values()} == {(THIN, False)}
    assert legend(ax) == ["w, or b as a ring, = 0"]


def test_what_is_not_finite_is_grey_dotted_and_counted() -> None:
    broken = W.copy()
    broken[0, 0], broken[1, 1] = np.nan, -np.inf
    ax = drawn(plot_architecture(dense(broken, B)))
    found = lines(ax, 1)
    assert {found[1, 1], found[2, 2]} == {(1.5, True, to_rgb("0.4"))}
    # the others keep their scale: the largest that is left is the bias −4
    assert found[1, 2][0] == pytest.approx(THIN + (THICK - THIN) / 2)
    assert legend(ax)[-1] == "not finite: 2"


def test_float32_and_no_bias() -> None:
    assert len(lines(drawn(plot_architecture(dense(dtype="float32"))), 1)) == 6
    ax = plot_architecture(Sequential([Dense(2, use_bias=False, input_dim=2)], seed=0))
    assert words(ax)[1][-1] == "4 parameters"
    assert tuple(parts(ax, "neuron 1,1")[0].get_edgecolors()[0][:3]) == (0, 0, 0)


def test_a_network_without_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="the weights do not exist yet"):
        plot_architecture(Sequential([Dense(2)]))


def test_axes_of_one_s_own_however_small() -> None:
    ax = plt.figure(figsize=(4, 3), layout="constrained").add_subplot()
    net = Sequential([Dense(8, "tanh", input_dim=2), Dense(8), Dense(1)], seed=0)
    assert drawn(plot_architecture(net, ax=ax)) is ax


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.123"),
        (-2, "−2"),
        (1000, "1,000"),
        (-1234.6, "−1,235"),
        (1e6, "1e+06"),
        (999.6, "1,000"),
        (0.0, "0"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text
