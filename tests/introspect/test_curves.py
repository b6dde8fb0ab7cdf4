"""Activation curves: f and f′ as the formulas say, and the layer's own z on them."""

from math import erf, exp, log, pi, sqrt, tanh

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

import tinynet as tn
from tinynet.functions import ACTIVATIONS
from tinynet.introspect import Trace, plot_activation_functions, trace


def own_z(z, f="tanh") -> Trace:
    """A trace whose layer 1 has these z, a row for each example."""
    z = np.array(z, float)
    return trace(
        tn.Sequential([tn.Activation(f, input_shape=z.shape[1:])]), z, np.zeros_like(z), loss="half_squared_error"
    )


def panels(net: tn.Sequential | Trace) -> list[Axes]:
    """The panels of the drawn figure."""
    figure = plot_activation_functions(net)
    figure.canvas.draw()
    return figure.axes


def lines(ax: Axes) -> dict[str, np.ndarray]:
    """x and y of every line with a name."""
    return {line.get_label(): np.array(line.get_data()) for line in ax.lines if line.get_label()[0] != "_"}


# ## The curves

# f and f', once more, in plain Python
BY_HAND = {
    "identity": (lambda z: z, lambda z: 1),
    "linear": (lambda z: z, lambda z: 1),
    "sigmoid": (lambda z: 1 / (1 + exp(-z)), lambda z: exp(-z) / (1 + exp(-z)) ** 2),
    "tanh": (tanh, lambda z: 1 - tanh(z) ** 2),
    "relu": (lambda z: max(0, z), lambda z: z > 0),
    "leaky_relu": (lambda z: max(0.01 * z, z), lambda z: 1 if z > 0 else 0.01),
    "elu": (lambda z: z if z > 0 else exp(z) - 1, lambda z: 1 if z > 0 else exp(z)),
    "gelu": (
        lambda z: z * (1 + erf(z / sqrt(2))) / 2,
        lambda z: (1 + erf(z / sqrt(2))) / 2 + z * exp(-z * z / 2) / sqrt(2 * pi),
    ),
    "softplus": (lambda z: log(1 + exp(z)), lambda z: 1 / (1 + exp(-z))),
}


@pytest.mark.parametrize("f", BY_HAND)
def test_f_and_its_derivative_from_minus_4_to_4(f: str) -> None:
    (ax,) = panels(tn.Sequential([tn.Dense(3, f, input_dim=2)], seed=0))
    for label, by_hand in zip(("$f$", "$f'$"), BY_HAND[f]):
        z, values = lines(ax)[label]
        assert z.min() == -4 and z.max() == 4 and 0 in z and len(z) > 400
        np.testing.assert_allclose(values, [by_hand(x) for x in z], rtol=1e-12, atol=1e-15)
    assert ax.get_title() == f"layer 1: {'identity' if f == 'linear' else f.replace('_', ' ')}"
    assert ax.get_xlabel() == "$z^{1}$" and ax.get_xlim() == (-4, 4)
    solid, dashed = ax.lines[:2]
    assert solid.get_linestyle() != dashed.get_linestyle() and solid.get_color() != dashed.get_color()


def test_every_activation_has_its_panel() -> None:
    assert set(ACTIVATIONS) == {*BY_HAND, "softmax", "log_softmax"}


@pytest.mark.parametrize(
    ("f", "formula"), [("softmax", r"e^{z_j}\,/\,\sum_k e^{z_k}"), ("log_softmax", r"z_j - \ln \sum_k e^{z_k}")]
)
def test_softmax_is_said_in_words(f: str, formula: str) -> None:
    for net in (tn.Sequential([tn.Activation(f, input_shape=(2,))]), own_z([[1.0, 2.0]], f)):
        (ax,) = panels(net)
        (text,) = [text.get_text() for text in ax.texts]
        assert text.startswith("no curve: each $a_j$\ndepends on all $z$ of the layer") and formula in text
        assert not ax.lines and list(ax.get_xticks()) == []
    assert ax.get_xlabel() == "$z^{1}$ from 1 to 2"


def test_activations_of_one_s_own() -> None:
    def hot(z: tn.Tensor) -> tn.Tensor:
        return tn.functions.softmax(z * 2)

    def centred(z: tn.Tensor) -> tn.Tensor:
        return z - z.mean(axis=-1, keepdims=True)

    own = (lambda z: z * z, hot, lambda z: z, centred)
    square, words, same, *more = panels(tn.Sequential([tn.Activation(f, input_shape=(2,)) for f in own]))
    z, values = lines(square)["$f'$"]
    np.testing.assert_allclose(values, 2 * z, rtol=1e-14)
    for ax in (words, *more):
        assert ax.texts[0].get_text() == "no curve: each $a_j$\ndepends on all $z$ of the layer" and not ax.lines
    np.testing.assert_array_equal(*lines(same)["$f$"])
    titles = [ax.get_title() for ax in (square, words, same)]
    assert titles == ["layer 1: own", "layer 2: own", "layer 3: identity"]


def test_the_ground_is_grey_where_f_is_almost_flat() -> None:
    (ax,) = panels(tn.Sequential([tn.Activation("tanh", input_shape=(2,))]))
    (grey,) = ax.collections
    x = np.concatenate([path.vertices[:, 0] for path in grey.get_paths()])
    # tanh' = 0.05 at ±artanh √0.95; the grid has steps of 0.02
    edge = np.arctanh(np.sqrt(0.95))
    np.testing.assert_allclose([x.min(), x[x < 0].max(), x[x > 0].min(), x.max()], [-4, -edge, edge, 4], atol=0.02)


# ## The network's own z


def test_the_layer_s_own_z_are_dots_on_f_and_ticks_at_the_foot() -> None:
    steps = own_z([[-1.0, 0.5], [2.0, -3.0]])
    (ax,) = panels(steps)
    z, a = lines(ax)["own $z$"]
    np.testing.assert_array_equal(z, [-3, -1, 0.5, 2])
    np.testing.assert_allclose(a, np.tanh(z), rtol=1e-14)
    (ticks,) = [line for line in ax.lines if line.get_marker() == "|"]
    assert list(ticks.get_xdata()) == list(z) and ticks.get_transform() == ax.get_xaxis_transform()
    assert ax.get_xlabel() == "$z^{1}$ from −3 to 2"
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"$f$", "$f'$", "almost flat", "own $z$"}


def test_every_layer_has_its_own_z() -> None:
    net = tn.Sequential(
        [tn.Dense(3, "relu", input_dim=2), tn.Dropout(0.5), tn.Dense(2), tn.Activation("sigmoid")], seed=0
    )
    steps = trace(net, np.eye(2), np.eye(2), loss="half_squared_error")
    found = panels(steps)
    assert [ax.get_title() for ax in found] == ["layer 1: relu", "layer 3: identity", "layer 4: sigmoid"]
    for ax, l in zip(found, (1, 3, 4)):
        z, a = lines(ax)["own $z$"]
        np.testing.assert_array_equal(np.sort(z), np.sort(steps[l].z, axis=None))
        np.testing.assert_array_equal(np.sort(a), np.sort(steps[l].a, axis=None))
    # one legend is enough
    assert [bool(ax.get_legend()) for ax in found] == [True, False, False]


def test_of_many_z_a_choice_that_is_spread_like_all() -> None:
    values = np.random.default_rng(0).normal(size=(500, 10))
    (ax,) = panels(own_z(values))
    z, _ = lines(ax)["own $z$"]
    assert len(z) == 200 and z.min() == values.min() and z.max() == values.max()
    for share in (0.1, 0.5, 0.9):
        np.testing.assert_allclose(np.quantile(z, share), np.quantile(values, share), atol=0.03)


def test_the_curve_is_as_long_as_the_z_reach() -> None:
    (ax,) = panels(own_z([[-1.0, 7.5]]))
    assert ax.get_xlim() == (-4, 7.5) and lines(ax)["$f$"][0].max() == 7.5


def test_what_is_far_away_is_an_arrow_at_the_edge() -> None:
    (ax,) = panels(own_z([[-1000.0, 3.0], [12.0, 500.0]]))
    assert ax.get_xlim() == (-10, 10) and list(lines(ax)["own $z$"][0]) == [3]
    assert ax.get_xlabel() == "$z^{1}$ from −1e+03 to 500\n3 of 4 beyond ±10"
    arrows = {line.get_marker(): line.get_xdata()[0] for line in ax.lines if line.get_marker() in ("<", ">")}
    assert arrows == {"<": -10, ">": 10}
    (ax,) = panels(own_z([[-10.0, 10.0]]))
    assert list(lines(ax)["own $z$"][0]) == [-10, 10] and "beyond" not in ax.get_xlabel()


# ## Degenerate networks


def test_one_neuron_and_one_example_in_float32() -> None:
    net = tn.Sequential([tn.Dense(1, "sigmoid", input_dim=1, dtype="float32")], seed=0)
    steps = trace(net, [[1.0]], [[0.0]], loss="half_squared_error")
    for ax in (*panels(net), *panels(steps)):
        assert lines(ax)["$f$"].shape[0] == 2
    assert lines(ax)["own $z$"].tolist() == [[steps[1].z.item()], [steps[1].a.item()]]


def test_an_activation_of_one_s_own_in_float32() -> None:
    def twice(z: tn.Tensor) -> tn.Tensor:
        return z * tn.Tensor(2.0, dtype="float32")

    net = tn.Sequential([tn.Dense(1, twice, input_dim=1, dtype="float32")], seed=0)
    for source in (net, trace(net, [[1.0]], [[0.0]], loss="half_squared_error")):
        (ax,) = panels(source)
        z, values = lines(ax)["$f$"]
        np.testing.assert_array_equal(values, 2 * z)


def test_z_that_are_not_finite_are_counted() -> None:
    net = tn.Sequential([tn.Dense(3, "relu", input_dim=1)], seed=0)
    net.set_weights([[[np.nan, np.inf, 2.0]], [0, 0, 0]])
    (ax,) = panels(trace(net, [[1.0]], [[0.0, 0.0, 0.0]], loss="half_squared_error"))
    assert ax.get_xlabel() == "$z^{1}$ from 2 to 2\n2 of 3 not finite" and list(lines(ax)["own $z$"][0]) == [2]
    assert not [line for line in ax.lines if line.get_marker() in ("<", ">")]
    net.set_weights([np.full((1, 3), np.nan), [0, 0, 0]])
    (ax,) = panels(trace(net, [[1.0]], [[0.0, 0.0, 0.0]], loss="half_squared_error"))
    assert ax.get_xlabel() == "$z^{1}$\n3 of 3 not finite" and lines(ax)["own $z$"].size == 0


def test_deep_networks_need_a_larger_page() -> None:
    deep = tn.Sequential([tn.Dense(1, "tanh", input_dim=1 if l == 0 else None) for l in range(25)], seed=0)
    with pytest.raises(ValueError, match=r"25 panels do not fit on a page.*figure=plt.figure\(figsize=\(8, 20\)"):
        plot_activation_functions(deep)
    assert not plt.get_fignums()
    figure = plt.figure(figsize=(8, 20), layout="constrained")
    assert plot_activation_functions(deep, figure=figure) is figure
    # 9 rows of 3; what is left over is not an empty frame
    assert len(figure.axes) == 25


def test_networks_that_have_none() -> None:
    with pytest.raises(ValueError, match="no layer of this network has an activation; Dense and Activation layers"):
        plot_activation_functions(tn.Sequential([tn.Flatten(input_shape=(2, 2))]))
