"""The loss surface: each cell is the loss of the weights there, and the plane is the one that the path spans."""

from collections.abc import Iterator

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

import tinynet as tn
from tinynet import Dense, Sequential
from tinynet.introspect import plot_loss_surface, surface
from tinynet.introspect.surface import as_arrays, filter_normalized, principal_components, rows_of

matplotlib.use("Agg")
import matplotlib.pyplot as plt

GRID = 5
X, Y = tn.data.xor()
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _small_and_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a plot called show()"))
    monkeypatch.setattr(surface, "GRID", GRID)
    yield
    plt.close("all")


def network(dtype: str = "float64") -> Sequential:
    layers = [Dense(3, "tanh", input_dim=2, dtype=dtype), tn.Dropout(0.5), Dense(1, "sigmoid", dtype=dtype)]
    net = Sequential(layers, seed=0)
    net.compile("sgd", "binary_crossentropy")
    return net


def line(w: float = 2.0, b: float = 1.0) -> Sequential:
    """a = w x + b: two weights, so every plane through them is the same, and L is known by hand."""
    net = Sequential([Dense(1, input_dim=1)], seed=0)
    net.set_weights([[[w]], [b]])
    net.compile("sgd", "half_squared_error")
    return net


ONE = np.array([[1.0]])  # with x = y = 1, L = ½ (1 − w − b)²


def drawn(ax: Axes) -> Axes:
    ax.figure.canvas.draw()
    return ax


def losses(ax: Axes) -> np.ma.MaskedArray:
    return ax.collections[0].get_array().reshape(GRID, GRID)


def marked(ax: Axes) -> dict[str, np.ndarray]:
    return {line.get_label(): np.transpose(line.get_data()) for line in ax.lines}


class Recording:
    """What a recorder shows of itself."""

    def __init__(self, steps: list) -> None:
        self.steps = steps

    def __len__(self) -> int:
        return len(self.steps)

    def weights(self, k: int) -> list:
        return self.steps[k]


def random_path(net: Sequential, steps: int = 8) -> list:
    """A walk in the space of all weights."""
    moved = RNG.normal(size=(steps, sum(p.size for p in net.parameters()))).cumsum(axis=0)
    return [as_arrays(net, row) for row in moved]


# ## The map


def test_each_cell_is_the_loss_of_the_weights_there() -> None:
    # checks [eq:loss-surface]
    net = network()
    theta, _ = rows_of(net, None)
    d = RNG.normal(size=(2, theta.size))
    s, t = np.array([-1.0, 0.0, 0.5]), np.array([0.0, 2.0])
    L = surface.surface(network(), X, Y, theta[0], d, s, t)
    assert L.shape == (2, 3)
    for row in range(2):
        for column in range(3):
            w = theta[0] + s[column] * d[0] + t[row] * d[1]
            other = network()
            other.set_weights([w[:6].reshape(2, 3), w[6:9], w[9:12].reshape(3, 1), w[12:]])
            assert L[row, column] == other.evaluate(X, Y)["loss"]


def test_the_middle_is_the_loss_of_the_network_as_it_is() -> None:
    net = network()
    ax = drawn(plot_loss_surface(net, X, Y))
    middle = GRID // 2
    assert losses(ax)[middle, middle] == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-12)
    assert list(marked(ax)) == [r"$\theta^*$, the weights as they are"]
    # cells around −1 … 1
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((-1.25, 1.25))
    assert ax.get_xlabel() == "$s$ along a random direction"
    assert ax.collections[0].colorbar.ax.get_ylabel() == "loss $L$"


def test_the_map_of_two_weights_by_hand() -> None:
    """Here the plane is all there is, and with x = y = 1 the loss is ½ (1 − w − b)²."""
    path = [[[[w]], [b]] for w, b in ((-1.0, 0.0), (0.5, 1.0), (2.0, 1.5))]
    ax = drawn(plot_loss_surface(line(2.0, 1.5), ONE, ONE, path))
    theta, (d1, d2) = np.array([2.0, 1.5]), principal_components(np.array([[-1.0, 0], [0.5, 1], [2, 1.5]]))[0]
    corners = ax.collections[0].get_coordinates()
    s = (corners[0, 1:, 0] + corners[0, :-1, 0]) / 2
    t = (corners[1:, 0, 1] + corners[:-1, 0, 1]) / 2
    expected = [[0.5 * (1 - (theta + u * d1 + v * d2).sum()) ** 2 for u in s] for v in t]
    np.testing.assert_allclose(losses(ax), expected, rtol=1e-9, atol=1e-12)


def test_the_weights_stay_as_they_are() -> None:
    net = network()
    net.get_gradients(X, Y)
    before = [(p, p.data.tobytes(), p.grad.tobytes()) for p in net.parameters()]
    optimizer = net.optimizer
    plot_loss_surface(net, X, Y, random_path(net), loss="half_squared_error")
    for fails in ({"loss": lambda a, y: 1 / 0}, {"loss": "hinge"}):
        with pytest.raises((ZeroDivisionError, ValueError)):
            plot_loss_surface(net, X, Y, **fails)
    assert [(p, p.data.tobytes(), p.grad.tobytes()) for p in net.parameters()] == before
    assert net.optimizer is optimizer and net.loss is tn.binary_crossentropy


@pytest.mark.parametrize(("spread", "scale"), [(30.5, LogNorm), (29.5, Normalize)])
def test_large_spreads_are_on_a_logarithmic_scale(spread: float, scale: type) -> None:
    L = np.ones((GRID, GRID))
    L[0, 0] = spread
    ax = plt.figure().add_subplot()
    surface.draw_surface(ax, np.arange(GRID), np.arange(GRID), L)
    assert type(drawn(ax).collections[0].norm) is scale
    assert ax.collections[0].get_clim() == (1 if scale is LogNorm else 0, spread)


def test_lines_of_equal_height_have_their_loss_written_on_them() -> None:
    ax = drawn(plot_loss_surface(network(), X, Y, random_path(network())))
    heights = [float(t.get_text()) for t in ax.texts]
    assert heights and all(losses(ax).min() < height < losses(ax).max() for height in heights)


# ## With a path: its principal components


def test_the_components_are_the_eigenvectors_of_the_covariance() -> None:
    # checks [eq:path-components]
    # checks [eq:path-share]
    path = RNG.normal(size=(20, 6)) * [5, 1, 0.2, 3, 0.1, 0.5]
    d, shares = principal_components(path)
    centred = path - path.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    for i in (0, 1):
        assert abs(d[i] @ vectors[:, -1 - i]) == pytest.approx(1)
        assert shares[i] == pytest.approx(values[-1 - i] / values.sum())
    np.testing.assert_allclose(d @ d.T, np.eye(2), atol=1e-12)


def test_a_path_in_a_plane_is_shown_as_it_is() -> None:
    # checks [eq:path-shadow]
    net = network()
    axes = np.linalg.qr(RNG.normal(size=(13, 2)))[0]
    flat = RNG.normal(size=(9, 2)) * [3, 1]
    rows = 0.7 + flat @ axes.T
    ax = drawn(plot_loss_surface(net, X, Y, [as_arrays(net, row) for row in rows]))
    shadow = marked(ax)["path"]
    # no distance between two steps is lost, and the end is the origin
    for k in range(9):
        np.testing.assert_allclose(
            np.linalg.norm(shadow - shadow[k], axis=1), np.linalg.norm(rows - rows[k], axis=1), atol=1e-9
        )
    np.testing.assert_allclose(shadow[-1], 0, atol=1e-12)
    assert (shadow[0] <= 0).all()  # the path comes from the left and from below
    share = float(ax.get_xlabel().split("(")[1].split("%")[0]) + float(ax.get_ylabel().split("(")[1].split("%")[0])
    assert share == pytest.approx(100, abs=0.11)
    left, right, low, high = *ax.get_xlim(), *ax.get_ylim()
    assert left < shadow[:, 0].min() and right > shadow[:, 0].max()
    assert low < shadow[:, 1].min() and high > shadow[:, 1].max()


def test_a_recorder_and_a_list_give_the_same_picture() -> None:
    net = network()
    path = random_path(net)
    first, second = plot_loss_surface(net, X, Y, path), plot_loss_surface(net, X, Y, Recording(path))
    np.testing.assert_array_equal(losses(first), losses(second))
    np.testing.assert_array_equal(marked(first)["path"], marked(second)["path"])
    assert list(marked(first)) == ["path", "its beginning", r"$\theta^*$, its end"]
    np.testing.assert_array_equal(marked(first)["its beginning"][0], marked(first)["path"][0])


def test_a_long_path_keeps_its_beginning_and_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surface, "POINTS", 4)
    path = [[[[float(k)]], [0.0]] for k in range(10)]
    rows, _ = rows_of(line(), path)
    assert rows[:, 0].tolist() == [0, 3, 6, 9]


def test_a_straight_path_gets_a_second_direction_at_right_angles() -> None:
    net = network()
    one_way = RNG.normal(size=13)
    ax = drawn(plot_loss_surface(net, X, Y, [as_arrays(net, k * one_way) for k in (0.5, 1.0, 2.0)]))
    assert ax.get_xlabel() == "$s$ along principal component 1 (100.0% of the variance)"
    assert ax.get_ylabel() == "$t$ along a random direction"
    length = np.linalg.norm(one_way)
    np.testing.assert_allclose(marked(ax)["path"], [[-1.5 * length, 0], [-length, 0], [0, 0]], atol=1e-9)
    path = np.outer([0.5, 1.0, 2.0], one_way)
    components, shares = principal_components(path)
    d, _ = surface.choose_directions(net, path[-1], components, shares, np.random.default_rng(0))
    assert d[0] @ d[1] == pytest.approx(0, abs=1e-10) and np.linalg.norm(d[1]) > 0.1


def test_a_path_that_stands_still_is_a_point() -> None:
    net = network()
    for path in ([net.get_weights()], [net.get_weights()] * 3):
        ax = drawn(plot_loss_surface(net, X, Y, path))
        assert ax.get_xlabel() == "$s$ along a random direction"
        np.testing.assert_array_equal(marked(ax)[list(marked(ax))[-1]], [[0, 0]])


def test_the_steps_after_a_divergence_are_left_out_and_counted() -> None:
    net = network()
    path = random_path(net)
    whole = drawn(plot_loss_surface(net, X, Y, path[:6]))
    path[6][0][0, 0], path[7][1][2] = np.nan, 1e300
    ax = drawn(plot_loss_surface(net, X, Y, path))
    np.testing.assert_array_equal(losses(ax), losses(whole))
    assert "path (2 steps not finite)" in marked(ax)


def test_losses_that_are_not_finite_are_grey_and_counted() -> None:
    net = line()
    huge = [[[[1.0]], [0.0]], [[[1e99]], [0.0]]]

    def loss(a: tn.Tensor, y: np.ndarray) -> tn.Tensor:
        return a.sum() * (np.nan if a.item() < 0 else 1)

    ax = drawn(plot_loss_surface(net, ONE, ONE, huge, loss=loss))
    lost = np.ma.getmaskarray(losses(ax)).sum()
    assert 0 < lost < GRID**2
    assert ax.collections[0].colorbar.ax.get_ylabel() == f"loss $L$   (grey: {lost} not finite)"
    with pytest.raises(ValueError, match="no loss on the plane is finite"):
        plot_loss_surface(net, ONE, ONE, loss=lambda a, y: a.sum() * np.nan)


def test_a_loss_that_is_the_same_everywhere() -> None:
    ax = drawn(plot_loss_surface(line(), ONE, ONE, loss=lambda a, y: a.sum() * 0))
    assert set(losses(ax).ravel()) == {0}
    drawn(plot_loss_surface(line(), ONE, ONE, loss=lambda a, y: a.sum() * 0 - 3))


# ## Without a path: random directions, filter-normalized


def test_each_neuron_s_part_of_a_direction_is_as_long_as_its_weights_with_its_bias() -> None:
    # checks [eq:filter-normalization]
    net = network()
    W1, b1, W2, b2 = weights = [RNG.normal(size=w.shape) for w in net.get_weights()]
    net.set_weights(weights)
    (theta,), _ = rows_of(net, None)
    D1, e1, D2, e2 = as_arrays(net, filter_normalized(net, theta, np.random.default_rng(1)))
    for W, b, D, e in ((W1, b1, D1, e1), (W2, b2, D2, e2)):
        for j in range(len(b)):
            own = np.sqrt(np.sum(W[:, j] ** 2) + b[j] ** 2)
            assert np.sqrt(np.sum(D[:, j] ** 2) + e[j] ** 2) == pytest.approx(own)
    # and the direction itself is random: not the weights again
    assert not np.allclose(D1 / W1, (D1 / W1)[0, 0])


def test_scaled_weights_have_a_scaled_map() -> None:
    """What filter normalization is for: 10 w before a relu and w / 10 behind it are the same network."""
    maps = []
    for factor in (1.0, 10.0):
        net = Sequential([Dense(3, "relu", input_dim=2), Dense(1, use_bias=False)], seed=0)
        W1, b1, W2 = net.get_weights()
        net.set_weights([W1 * factor, b1, W2 / factor])
        maps.append(losses(plot_loss_surface(net, X, Y, loss="half_squared_error")))
    np.testing.assert_allclose(*maps, rtol=1e-9)


def test_the_same_seed_gives_the_same_plane_and_another_another() -> None:
    first, again, other = (losses(plot_loss_surface(network(), X, Y, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_weights_as_one_row_and_back() -> None:
    net = network()
    (row,), _ = rows_of(net, None)
    assert row.shape == (13,) and row.dtype == np.float64
    for array, w in zip(as_arrays(net, row), net.get_weights(), strict=True):
        np.testing.assert_array_equal(array, w)


def test_float32_and_axes_of_one_s_own() -> None:
    ax = plt.figure().add_subplot()
    net = network("float32")
    assert drawn(plot_loss_surface(net, X, Y, [net.get_weights()], ax=ax)) is ax
    assert np.isfinite(losses(ax)).all()


# ## Refused


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ([], "the path is empty"),
        ([[np.zeros((2, 3))]], r"the weights along the path have the shapes \(2, 3\); those of the network \[\(2, 3\)"),
        ([[np.full((2, 3), np.nan), np.zeros(3), np.zeros((3, 1)), np.zeros(1)]], "no weights are finite"),
    ],
)
def test_a_path_that_cannot_be_drawn_is_refused(path: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_loss_surface(network(), X, Y, path)


def test_one_weight_has_no_plane_and_no_loss_no_surface() -> None:
    net = Sequential([Dense(1, use_bias=False, input_dim=1)], seed=0)
    with pytest.raises(ValueError, match="a plane needs two weights; this network has 1"):
        plot_loss_surface(net, ONE, ONE, loss="half_squared_error")
    with pytest.raises(ValueError, match="a plane needs two weights; this network has none"):
        plot_loss_surface(Sequential([tn.Activation("tanh", input_shape=(1,))]), ONE, ONE, loss="half_squared_error")
    with pytest.raises(ValueError, match="name the loss, plot_loss_surface"):
        plot_loss_surface(net, ONE, ONE)
    with pytest.raises(ValueError, match="seed is a whole number >= 0"):
        plot_loss_surface(line(), ONE, ONE, seed=-1)
