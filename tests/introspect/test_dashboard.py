"""The dashboard: the right panels, with the right numbers, for each kind of network."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import tinynet as tn
from tinynet.introspect.dashboard import EXAMPLES

SOFTMAX = "categorical_crossentropy"


def titles(figure):
    figure.canvas.draw()
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


def network(*layers, seed=0):
    return tn.Sequential([*layers], seed=seed)


def images(n):
    rng = np.random.default_rng(0)
    return rng.uniform(size=(n, 16)), np.eye(3)[rng.integers(3, size=n)]


def test_of_two_inputs_the_answer_is_drawn_over_the_plane():
    x, y = tn.data.xor()
    net = network(tn.Dense(3, "tanh", input_dim=2), tn.Dense(1, "sigmoid"))
    figure = tn.introspect.dashboard(net, x, y, loss="binary_crossentropy")
    assert titles(figure) == [
        "architecture: 2 → 3 → 1, 13 parameters",
        "the answer $a_{1}^{2}$",
        "weights $W^{1}$, 2 → 3",
        r"gradients $\partial L\,/\,\partial W^{1}$, 2 → 3",
        "weights $W^{2}$, 3 → 1",
        "activations $a^{1}$\n0 of 3 neurons dead, 0 saturated",
        r"$\delta^{1}$",
        "layer 1: tanh",
        "layer 2: sigmoid",
    ]
    trace = tn.introspect.trace(net, x, y, loss="binary_crossentropy")
    assert figure.get_suptitle() == f"4 examples: binary crossentropy {trace.loss:.4g}"


def test_each_panel_has_the_numbers_of_the_trace():
    x, y = tn.data.xor()
    net = network(tn.Dense(3, "tanh", input_dim=2), tn.Dense(1, "sigmoid"))
    trace = tn.introspect.trace(net, x, y, loss="half_squared_error")
    panels = {ax.get_title(): ax for ax in tn.introspect.dashboard(net, x, y, loss="half_squared_error").axes}
    for title, values in {
        "weights $W^{1}$, 2 → 3": trace[1].W,
        r"gradients $\partial L\,/\,\partial W^{1}$, 2 → 3": trace[1].dW,
        "weights $W^{2}$, 3 → 1": trace[2].W,
        "activations $a^{1}$\n0 of 3 neurons dead, 0 saturated": trace[1].a,
        r"$\delta^{1}$": trace[1].delta,
    }.items():
        assert np.array_equal(panels[title].images[0].get_array(), values), title


def test_of_classes_the_confusions_are_counted_over_all_examples():
    x, y = images(50)
    net = network(tn.Dense(5, "relu", input_dim=16), tn.Dense(3, "softmax"))
    figure = tn.introspect.dashboard(net, x, y, loss=SOFTMAX)
    right = int((net.predict(x).argmax(axis=1) == y.argmax(axis=1)).sum())
    assert titles(figure)[1].startswith(f"{right} of 50 examples right")
    # a and δ of the first examples, and the title says so
    (delta,) = (ax for ax in figure.axes if ax.get_title() == r"$\delta^{1}$")
    assert delta.images[0].get_array().shape == (EXAMPLES, 5)
    loss = tn.introspect.trace(net, x[:EXAMPLES], y[:EXAMPLES], loss=SOFTMAX).loss
    of_the_first = f"50 examples; a, δ, gradients and loss of the first {EXAMPLES}: categorical crossentropy {loss:.4g}"
    assert figure.get_suptitle() == of_the_first


def test_a_square_number_of_inputs_is_drawn_as_images():
    x, y = images(4)
    net = network(tn.Dense(5, "relu", input_dim=16), tn.Dense(3, "softmax"))
    panels = {ax.get_title(): ax for ax in tn.introspect.dashboard(net, x, y, loss=SOFTMAX).axes}
    # five images of 4 × 4, three in a row, a cell between two
    assert panels["weights $W^{1}$, 16 → 5"].images[0].get_array().shape == (2 * 5 - 1, 3 * 5 - 1)


def test_else_the_answers_are_a_histogram_and_the_compiled_loss_is_used():
    x, y = np.linspace(0, 1, 24).reshape(8, 3), np.linspace(0, 1, 8).reshape(8, 1)
    net = network(tn.Dense(1, input_dim=3))
    net.compile("sgd", "mean_squared_error")
    figure = tn.introspect.dashboard(net, x, y)
    # one layer, and an identity: no activation function to draw
    assert len(titles(figure)) == 7 and "layer 1" not in " ".join(titles(figure)[-1:])
    assert figure.get_suptitle().startswith("8 examples: mean squared error")


def test_the_figure_may_be_given():
    x, y = tn.data.xor()
    net = network(tn.Dense(1, "sigmoid", input_dim=2))
    figure = plt.figure(figsize=(15, 12))
    assert tn.introspect.dashboard(net, x, y, loss="binary_crossentropy", figure=figure) is figure


def test_a_diverged_network_is_still_drawn():
    x, y = tn.data.xor()
    net = network(tn.Dense(2, "relu", input_dim=2), tn.Dense(1))
    net.set_weights([np.full((2, 2), np.nan), np.zeros(2), np.ones((2, 1)), np.zeros(1)])
    figure = tn.introspect.dashboard(net, x, y, loss="half_squared_error")
    assert "nan" in figure.get_suptitle()
    assert any("not finite" in ax.get_ylabel() for ax in figure.axes)


def test_what_has_no_weights_or_no_loss_is_refused():
    x, y = tn.data.xor()
    with pytest.raises(ValueError, match="no layer of this network has weights"):
        tn.introspect.dashboard(network(tn.Activation("tanh")), x, np.ones((4, 2)), loss="half_squared_error")
    with pytest.raises(ValueError, match="loss"):
        tn.introspect.dashboard(network(tn.Dense(1, input_dim=2)), x, y)
