"""Dead and saturated neurons: counted by hand, in small networks made so."""

import numpy as np
import pytest

import tinynet as tn
from tinynet.introspect import unit_states
from tinynet.introspect.units import UnitStates


def states(z, activation) -> UnitStates | None:
    """Those of a layer whose z are given, a row for each example."""
    z = np.array(z, float)
    net = tn.Sequential([tn.Activation(activation, input_shape=z.shape[1:]), tn.Flatten()], seed=0)
    y = np.zeros((len(z), z[0].size))
    return unit_states(tn.introspect.trace(net, z, y, loss="half_squared_error"))[1]


# ## Dead


def test_a_relu_is_dead_where_no_example_gets_through():
    # checks [eq:dead-unit]
    # z: positive for both; for one; for none; 0 counts as flat, since relu'(0) = 0
    found = states([[1, 1, -1, 0], [2, -1, -3, 0]], "relu")
    assert found.dead.tolist() == [False, False, True, True]
    assert found.saturated.tolist() == [False] * 4
    assert (found.l, found.name, found.f) == (1, "activation_1", "relu")
    assert str(found) == "2 of 4 neurons dead"


def test_a_leaky_relu_does_not_die():
    assert not states([[-1000.0]], "leaky_relu").dead.any() and not states([[-1000.0]], "leaky_relu").saturated.any()


def test_a_tanh_at_0_is_silent_but_not_dead():
    assert not states([[0.0], [0.0]], "tanh").dead.any()


def test_gelu_and_softplus_die_where_they_are_rounded_to_0():
    for f in ("gelu", "softplus"):
        assert states([[-1000, -1, 1000]], f).dead.tolist() == [True, False, False]


# ## Saturated


@pytest.mark.parametrize(
    ("f", "edge"),
    [
        # where f' is a twentieth of its maximum: a (1 − a) = 0.05/4, 1 − a² = 0.05, and on the left e^z = 0.05
        ("sigmoid", np.log((1 + np.sqrt(0.95)) / (1 - np.sqrt(0.95)))),
        ("tanh", np.arctanh(np.sqrt(0.95))),
        ("elu", -np.log(0.05)),
        ("softplus", -np.log(0.05 / 0.95)),
    ],
)
def test_from_where_on_an_activation_is_almost_flat(f, edge):
    # checks [eq:saturated-unit]
    z = edge * np.array([-1.001, -0.999, 0.999, 1.001])
    both_ends = f in ("sigmoid", "tanh")
    assert states([z], f).saturated.tolist() == [True, False, False, both_ends]


def test_a_neuron_is_saturated_only_if_it_is_so_for_every_example():
    found = states([[9, 9, 9], [9, -9, 0]], "tanh")
    # at both ends, too: it tells the examples apart, but learns no more
    assert found.saturated.tolist() == [True, True, False] and not found.dead.any()
    assert str(found) == "0 of 3 neurons dead, 2 saturated"


def test_softmax_is_judged_by_each_output_s_own_z():
    # a = (1, 0, 0) and (0, 1, 0) but for e^-50; the third output is rounded to 0 for both
    found = states([[50, 0, -1000], [0, 50, -1000]], "softmax")
    assert found.dead.tolist() == [False, False, True] and found.saturated.tolist() == [True, True, False]
    assert not states([[0.0, 1.0, 2.0]], "softmax").saturated.any()
    # one output alone is 1, whatever z
    assert states([[0.3]], "softmax").saturated.tolist() == [True]


def test_the_slope_of_softmax_is_the_diagonal_of_its_matrix():
    z = np.random.default_rng(0).normal(scale=4, size=(1, 6))
    net = tn.Sequential([tn.Activation("softmax", input_shape=(6,))], seed=0)
    steps = tn.introspect.trace(net, z, np.zeros_like(z), loss="half_squared_error")
    flat = np.abs(np.diagonal(steps[1].f_prime[0])) < 0.05 * 0.25
    assert 0 < flat.sum() < 6 and unit_states(steps)[1].saturated.tolist() == flat.tolist()


# ## Whole networks


def test_layers_that_pass_on_what_comes_in_have_no_states():
    layers = [
        tn.Flatten(input_shape=(1, 2)),
        tn.Dense(3),
        tn.Dropout(0.9),
        tn.Dense(2, "relu"),
        tn.Dense(2, "log_softmax"),
    ]
    net = tn.Sequential(layers, seed=0)
    y = np.eye(2)
    for training in (False, True):
        steps = tn.introspect.trace(net, np.ones((2, 1, 2)), y, loss="half_squared_error", training=training)
        found = unit_states(steps)
        assert [state and state.f for state in found] == [None, None, None, None, "relu", None]
    assert found[4].dead.shape == found[4].saturated.shape == (2,)


def test_a_step_that_was_too_large_kills_and_nothing_revives():
    net = tn.Sequential([tn.Dense(4, "relu", input_dim=2), tn.Dense(1)], seed=3)
    x, y = np.eye(2), np.array([[1.0], [0.0]])

    def dead():
        return unit_states(tn.introspect.trace(net, x, y, loss="half_squared_error"))[1].dead

    assert not dead().all()
    W, b, *rest = net.get_weights()
    net.set_weights([W, b - 10, *rest])
    assert dead().all()
    net.compile(tn.SGD(learning_rate=0.1), "half_squared_error")
    net.fit(x, y, epochs=5, verbose=0)
    assert dead().all()
    np.testing.assert_array_equal(net.get_weights()[0], W)


def test_an_activation_of_one_s_own_can_die():
    assert states([[-1.0, 1.0]], lambda z: tn.functions.relu(z) * 2).dead.tolist() == [True, False]


def test_nan_is_neither_and_images_keep_their_shape():
    with np.errstate(invalid="ignore"):
        net = tn.Sequential([tn.Dense(2, "sigmoid", input_dim=1)], seed=0)
        net.set_weights([[[np.nan, 100.0]], [0, 0]])
        found = unit_states(tn.introspect.trace(net, [[1.0]], [[0.0, 0.0]], loss="half_squared_error"))[1]
    assert found.dead.tolist() == [False, False] and found.saturated.tolist() == [False, True]
    assert states(-np.ones((5, 3, 4)), "relu").dead.shape == (3, 4)
    assert str(states(-np.ones((5, 3, 4)), "relu")) == "12 of 12 neurons dead"
