"""Histograms: every value is in a bar, on the right side of 0, and the words below say what the numbers are."""

from statistics import fmean, pstdev

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

import tinynet as tn
from tinynet.introspect import Trace, plot_histogram, trace
from tinynet.introspect.distributions import bin_edges


def dense(W) -> tn.Sequential:
    """A network of one layer with the weights W, or with W in one row."""
    W = np.array(W, float)
    W = W.reshape(-1, W.shape[-1])
    net = tn.Sequential([tn.Dense(W.shape[1], input_dim=W.shape[0])], seed=0)
    net.set_weights([W, np.zeros(W.shape[1])])
    return net


def drawn(W) -> Axes:
    """The histogram of such weights."""
    ax = plot_histogram(dense(W), 1, "W")
    ax.figure.canvas.draw()
    return ax


def bars(ax: Axes) -> list[tuple[float, float, float]]:
    """Left edge, right edge and height of each bar, but not that of the zeros."""
    black = (0, 0, 0, 1)
    found = [bar for container in ax.containers for bar in container if bar.get_facecolor() != black]
    return sorted((b.get_x(), b.get_x() + b.get_width(), b.get_height()) for b in found)


def bar_of_zeros(ax: Axes):
    (bar,) = [bar for c in ax.containers for bar in c if bar.get_facecolor() == (0, 0, 0, 1)]
    return bar


def notes(ax: Axes) -> list[str]:
    return ax.get_xlabel().split("\n")


NORMAL = np.random.default_rng(0).normal(size=(20, 20))


# ## Bars


def test_every_bar_is_as_high_as_there_are_values_in_it() -> None:
    ax = drawn(NORMAL)
    found = bars(ax)
    for left, right, height in found:
        assert height == ((left <= NORMAL) & (right > NORMAL)).sum()
    assert sum(height for *_, height in found) == NORMAL.size
    widths = [right - left for left, right, _ in found]
    np.testing.assert_allclose(widths, widths[0], rtol=1e-9)
    low, high = ax.get_xlim()
    assert low < found[0][0] and found[-1][1] < high
    # about √400 bins; an empty one has no bar
    assert 15 <= len(found) <= 22


def test_no_bar_mixes_signs_and_the_negative_ones_are_hatched() -> None:
    ax = drawn(NORMAL)
    # to the last bit but one
    assert all(right < 1e-15 or left > -1e-15 for left, right, _ in bars(ax))
    for bar in (bar for container in ax.containers for bar in container):
        red, _, blue, _ = bar.get_facecolor()
        negative = bar.get_x() + bar.get_width() / 2 < 0
        assert bool(bar.get_hatch()) == negative == (blue > red)


def test_exact_zeros_have_a_bar_of_their_own() -> None:
    W = np.append(NORMAL, np.zeros(20))
    ax = drawn(W)
    assert sum(height for *_, height in bars(ax)) == NORMAL.size
    zeros = bar_of_zeros(ax)
    assert zeros.get_height() == 20 and zeros.get_x() == -zeros.get_width() / 2
    assert "exactly 0: 20 (black)" in notes(ax) and not ax.texts


def test_a_bar_of_zeros_that_would_dwarf_the_others_is_cut_and_says_so() -> None:
    ax = drawn(np.append(NORMAL, np.zeros(4000)))
    highest = max(height for *_, height in bars(ax))
    assert bar_of_zeros(ax).get_height() == 1.5 * highest
    assert [text.get_text() for text in ax.texts] == ["4,000 ↑"] and "exactly 0: 4,000 (black)" in notes(ax)


def test_a_few_different_values_get_a_bar_each() -> None:
    ax = drawn([[0.5, -0.25, 0.5, 0.0], [0.5, 0.0, -0.25, 0.0]])
    middles = [((left + right) / 2, height) for left, right, height in bars(ax)]
    np.testing.assert_allclose(middles, [(-0.25, 2), (0.5, 3)], rtol=1e-14)
    assert bar_of_zeros(ax).get_height() == 3


def test_edges_are_multiples_of_their_width_and_hold_all_values() -> None:
    rng = np.random.default_rng(1)
    # the last ones: 10 widths from the one end to the other, and rounding would leave out both ends
    rounded = 0.3323240215928246 * np.arange(-36, 37, 6)
    for values in (
        rng.normal(size=3),
        rng.normal(size=10_000),
        5 + rng.random(50),
        1 + 1e-14 * rng.random(500),
        rounded,
    ):
        edges = bin_edges(values)
        assert edges[0] <= values.min() and values.max() <= edges[-1] and (np.diff(edges) > 0).all()
        assert np.histogram(values, edges)[0].sum() == len(values)
        assert 10 <= len(edges) - 1 <= 52
    assert 0 in bin_edges(np.array([-1.0, 0.3, 2.0]))
    # one far away: still no more bins
    assert len(bin_edges(np.append(rng.normal(size=900), 1e9))) - 1 <= 31


# ## Mean and standard deviation


def test_mean_and_standard_deviation_are_marked_and_named() -> None:
    # checks [eq:mean-of-values] [eq:standard-deviation]
    # by the exact sums of Python's own statistics
    values = NORMAL.ravel().tolist()
    mean, deviation = fmean(values), pstdev(values)
    ax = drawn(NORMAL)
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xdata(), [mean, mean], rtol=1e-12)
    (band,) = [patch for patch in ax.patches if all(patch not in container for container in ax.containers)]
    ends = band.get_extents().transformed(ax.transData.inverted()).intervalx
    np.testing.assert_allclose(ends, [mean - deviation, mean + deviation], rtol=1e-9)
    assert mean < 0
    assert notes(ax)[1:] == [f"mean −{-mean:.4g} (dashed)", f"standard deviation {deviation:.4g} (grey)"]


def test_of_1_2_3_4_by_hand() -> None:
    # (1.5² + 0.5² + 0.5² + 1.5²)/4 = 1.25
    assert notes(drawn([[1.0, 2.0, 3.0, 4.0]])) == [
        "$w_{ij}^{1}$",
        "mean 2.5 (dashed)",
        "standard deviation 1.118 (grey)",
    ]


# ## Which numbers


def small_trace(activation: str = "relu", dtype: str = "float64") -> Trace:
    layers = [tn.Dense(6, activation, input_dim=3, dtype=dtype), tn.Dense(4, "softmax", dtype=dtype)]
    x = np.random.default_rng(2).normal(size=(5, 3))
    return trace(tn.Sequential(layers, seed=1), x, np.eye(4)[[0, 1, 2, 3, 0]], loss="categorical_crossentropy")


@pytest.mark.parametrize(
    ("quantity", "symbol", "title"),
    [
        ("W", "w_{ij}^{1}", "weights of layer 1"),
        ("b", "b_j^{1}", "biases of layer 1"),
        ("dW", r"\partial L\,/\,\partial w_{ij}^{1}", "gradients of weights of layer 1"),
        ("db", r"\partial L\,/\,\partial b_j^{1}", "gradients of biases of layer 1"),
        ("z", "z_j^{1}", "weighted sums of layer 1"),
        ("delta", r"\delta_j^{1}", "δ of layer 1"),
        ("f_prime", "f'(z_j^{1})", "slopes f′(z) of layer 1"),
        ("a", "a_j^{1}", "activations of layer 1\n0 of 6 neurons dead, 0 saturated"),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_quantity_of_a_trace(quantity: str, symbol: str, title: str, dtype: str) -> None:
    steps = small_trace("tanh", dtype)
    ax = plot_histogram(steps, 1, quantity)
    ax.figure.canvas.draw()
    values = getattr(steps[1], quantity)
    assert ax.get_title() == title and notes(ax)[0] == f"${symbol}$"
    assert ax.get_ylabel() == f"how many of {values.size}"
    np.testing.assert_allclose(ax.lines[0].get_xdata()[0], values.mean(dtype=float), rtol=1e-6, atol=1e-9)
    zeros = np.count_nonzero(values == 0)
    assert sum(height for *_, height in bars(ax)) == values.size - zeros


def test_of_softmax_the_slopes_of_all_pairs() -> None:
    ax = plot_histogram(small_trace(), 2, "f_prime")
    assert ax.get_title() == "slopes of all pairs of layer 2" and ax.get_ylabel() == "how many of 80"
    assert notes(ax)[0] == r"$\partial a_j^{2}\,/\,\partial z_i^{2}$"


def test_weights_and_biases_of_a_network() -> None:
    net = dense([[1.0, 2.0]])
    assert [height for *_, height in bars(plot_histogram(net, 1, "W"))] == [1, 1]
    assert bar_of_zeros(plot_histogram(net, 1, "b")).get_height() == 2


def test_the_input_has_activations_only() -> None:
    steps = small_trace()
    assert plot_histogram(steps, 0, "a").get_title() == "activations of layer 0"
    with pytest.raises(ValueError, match=r"layer 0 has no weighted sums; the layers that have weighted sums: \[1, 2\]"):
        plot_histogram(steps, 0, "z")


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown quantity 'w'\. Known: W, b, dW, db, z, a, delta, f_prime"):
        plot_histogram(dense([[1.0]]), 1, "w")
    with pytest.raises(
        ValueError, match=r"a network holds W and b; z comes with data, in a trace: tn.introspect.trace"
    ):
        plot_histogram(dense([[1.0]]), 1, "z")
    with pytest.raises(ValueError, match="no layer 3; they are numbered 0"):
        plot_histogram(small_trace(), 3, "z")
    net = tn.Sequential([tn.Dense(2, use_bias=False, input_dim=2)], seed=0)
    with pytest.raises(ValueError, match="layer 1 has no biases; the layers that have biases: none"):
        plot_histogram(net, 1, "b")
    assert not plt.get_fignums()


def test_it_is_drawn_where_it_is_told() -> None:
    ax = plt.figure().add_subplot()
    assert plot_histogram(dense([[1.0]]), 1, "W", ax=ax) is ax and len(plt.get_fignums()) == 1


# ## Degenerate values


@pytest.mark.parametrize("constant", [0.1, -3.0, 1e200])
@pytest.mark.parametrize("count", [1, 49])
def test_a_constant_is_one_bar_and_has_no_spread(constant: float, count: int) -> None:
    ax = drawn(np.full(count, constant))
    ((left, right, height),) = bars(ax)
    assert height == count and left < constant < right
    np.testing.assert_allclose((left + right) / 2, constant, rtol=1e-12)
    assert list(ax.lines[0].get_xdata()) == [constant, constant]
    assert notes(ax)[1:] == [f"mean {constant:.4g} (dashed)".replace("-", "−"), "standard deviation 0 (grey)"]
    low, high = ax.get_xlim()
    assert low < left and right < high and (right - left) < 0.05 * (high - low)


def test_all_zeros() -> None:
    ax = drawn(np.zeros((3, 3)))
    assert bars(ax) == [] and bar_of_zeros(ax).get_height() == 9 and not ax.texts
    assert notes(ax)[1:] == ["mean 0 (dashed)", "standard deviation 0 (grey)", "exactly 0: 9 (black)"]


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    ax = drawn([[1.0, np.nan, 3.0, np.inf, -np.inf, np.nan]])
    assert sum(height for *_, height in bars(ax)) == 2 and ax.get_ylabel() == "how many of 6"
    assert notes(ax)[1] == "mean 2 (dashed)" and notes(ax)[-1] == "left out: 2 NaN, 2 infinite"


def test_nothing_finite() -> None:
    ax = drawn([[np.nan, np.inf]])
    assert not ax.containers and notes(ax) == ["$w_{ij}^{1}$", "left out: 1 NaN, 1 infinite"]
    assert list(ax.get_xticks()) == list(ax.get_yticks()) == []


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_vanishing_and_exploding_values(scale: float) -> None:
    ordinary, ax = drawn(NORMAL), drawn(scale * NORMAL)
    np.testing.assert_allclose(bars(ax), np.array(bars(ordinary)) * [scale, scale, 1], rtol=1e-9, atol=1e-12 * scale)
    assert notes(ax)[2] == f"standard deviation {scale * NORMAL.std():.4g} (grey)".replace("-", "−")


def test_beyond_what_can_be_drawn_the_axis_has_a_unit() -> None:
    ax = drawn([[1.7e308, -1.7e308, 0.85e308]])
    assert [round((left + right) / 2, 9) for left, right, _ in bars(ax)] == [-1, 0.5, 1]
    assert notes(ax)[0] == "$w_{ij}^{1}$ in units of 1.7e+308" and notes(ax)[1] == "mean 2.833e+307 (dashed)"
    assert notes(drawn([[5e-324, -1e-323]]))[0] == "$w_{ij}^{1}$ in units of 9.881e−324"


def test_a_bar_that_begins_far_below_its_only_value_is_in_the_picture() -> None:
    ax = drawn(np.linspace(-0.01, 1, 12))
    assert ax.get_xlim()[0] < bars(ax)[0][0] < -0.1


def test_one_value_far_from_the_others() -> None:
    ax = drawn(np.append(NORMAL, 1e12))
    assert bars(ax)[-1][2] == 1 and sum(height for *_, height in bars(ax)) == NORMAL.size + 1
