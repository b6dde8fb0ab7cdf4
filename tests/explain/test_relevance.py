"""One recursion, three factors: by hand, beside backpropagation, and what each of the three adds up to."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import explain

METHODS = [explain.gradient_times_input, explain.lrp, explain.deeplift]
# all that make a neuron's a from its own z
ACTIVATIONS = ["relu", "tanh", "sigmoid", "gelu", "softplus", "elu", "leaky_relu", None]

X = np.array([0.5, -1.0, 2.0])
BASELINE = np.array([0.25, 1.0, 0.5])


def network(*layers, inputs=3, seed=0, dtype="float64", bias=True) -> tn.Sequential:
    """Layers given as (units, activation), with weights and biases drawn from N(0, 1)."""
    net = tn.Sequential([tn.Dense(n, f, dtype=dtype, use_bias=bias) for n, f in layers], seed=0)
    net.build((inputs,))
    rng = np.random.default_rng(seed)
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return net


seeds = st.integers(0, 2**32 - 1)
hidden = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(ACTIVATIONS)), max_size=3)


# ## By hand


def test_three_neurons_with_a_pencil():
    # checks [eq:multiplier]
    # checks [eq:relevance]
    net = network((2, "relu"), (2, "softmax"), inputs=2)
    net.set_weights([np.array([[1, -1], [1, 1]]), np.array([0, 0.5]), np.array([[2, 0], [-1, 0]]), np.array([1, 0])])
    # z¹ = (3, 1.5), a¹ the same; z² = 6 − 1.5 + 1 = 5.5, m² = 1
    # m¹ = (2, −1), R¹ = (3 · 2, 1.5 · −1); R⁰ = (1 (2 + 1), 2 (2 − 1))
    for method in (explain.gradient_times_input, lambda *args: explain.lrp(*args, epsilon=0)):
        found = method(net, [1.0, 2.0], 0)
        assert found.values.tolist() == [3, 2]
        assert [R.tolist() for R in found.relevances] == [[3, 2], [6, -1.5], [5.5, 0]]
        assert [m.tolist() for m in found.details["multipliers"]] == [[2, -1], [1, 0]]
        # the biases: 0.5 m¹_2 + 1 m²_1
        assert found.residual["absorbed by biases"] == 0.5
    # from the baseline (1, 0): z̃¹ = (1, −0.5), ã¹ = (1, 0), f = 2 + 1; the second neuron moves by 1.5 for Δz = 2
    found = explain.deeplift(net, [1.0, 2.0], 0, baseline=[1.0, 0.0])
    assert found.details["multipliers"][0].tolist() == [2, -0.75]
    assert found.values.tolist() == [0, 2 * (2 - 0.75)]
    assert (found.prediction, found.reference) == (5.5, 3)
    assert [R.tolist() for R in found.relevances] == [[0, 2.5], [4, -1.5], [2.5, 0]]


@pytest.mark.parametrize(("f", "slope"), [("tanh", lambda a: 1 - a**2), ("sigmoid", lambda a: a * (1 - a))])
def test_one_hidden_layer_by_formula(f, slope):
    # checks [eq:gradient-factor]
    # checks [eq:epsilon-factor]
    # checks [eq:rescale-factor]
    net = network((4, f), (2, "softmax"), seed=3)
    W, b, V, c = net.get_weights()

    def z_and_a(x):
        z = x @ W + b
        return z, np.tanh(z) if f == "tanh" else 1 / (1 + np.exp(-z))

    (z, a), (z_0, a_0) = z_and_a(X), z_and_a(BASELINE)
    assert z.min() < 0 < z.max()  # both signs of ε
    v = V[:, 1]
    assert explain.gradient_times_input(net, X, 1).values == pytest.approx(X * (W @ (slope(a) * v)), rel=1e-12)
    found = explain.deeplift(net, X, 1, baseline=BASELINE)
    assert found.values == pytest.approx((X - BASELINE) * (W @ ((a - a_0) / (z - z_0) * v)), rel=1e-12)
    epsilon = 0.25
    out = a @ v + c[1]
    m = out / (out + epsilon * np.sign(out))
    expected = X * (W @ (a / (z + epsilon * np.sign(z)) * v * m))
    assert explain.lrp(net, X, 1, epsilon=epsilon).values == pytest.approx(expected, rel=1e-12)


def test_the_sign_of_0_is_plus():
    # z = 0 exactly: a/(0 + ε) = 0.5/ε, and the output is 2 · 0.5 = 1
    net = network((1, "sigmoid"), (1, None), inputs=2)
    net.set_weights([np.ones((2, 1)), np.zeros(1), np.array([[2.0]]), np.zeros(1)])
    found = explain.lrp(net, [1.0, -1.0], epsilon=0.25)
    assert found.values == pytest.approx(np.array([1, -1]) * (0.5 / 0.25) * 2 * (1 / 1.25), rel=1e-14)


def test_where_nothing_is_added_up_nothing_is_passed_on():
    # LRP-0 at z = 0: all of the relevance stays there, and the account says so
    net = network((1, "sigmoid"), (1, None), inputs=2)
    net.set_weights([np.ones((2, 1)), np.zeros(1), np.array([[2.0]]), np.zeros(1)])
    found = explain.lrp(net, [1.0, -1.0], epsilon=0)
    assert found.values.tolist() == [0, 0]
    assert found.residual == {"absorbed by biases": 0, "absorbed by epsilon": 1}


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_where_z_stays_deeplift_takes_the_slope(f):
    # the second neuron has the same z for x and the baseline, the first has not
    net = network((2, f), (1, None), inputs=2)
    net.set_weights([np.array([[1, 1], [2, -1]]), np.array([0.1, 0.2]), np.array([[3], [5]]), np.zeros(1)])
    x, baseline = np.array([1.0, 1.0]), np.array([0.0, 0.0])
    found = explain.deeplift(net, x, baseline=baseline)
    z = tn.Tensor(np.array([0.2]))
    (net.layers[0].f(z) * 1).sum().backward()
    assert found.details["multipliers"][0][1] == pytest.approx(5 * z.grad[0], rel=1e-12)
    # nothing is missing: where Δz is 0, so is Δa
    assert found.residual["completeness error"] == pytest.approx(0, abs=1e-13)


# ## Beside backpropagation


def logit(target):
    """A loss that is the output itself, so that δ is the derivative of the output."""

    def loss(a, y):
        return (a * np.eye(a.shape[1])[target]).sum()

    return loss


@given(layers=hidden, seed=seeds)
def test_with_the_slope_the_multipliers_are_the_deltas_of_the_trace(layers, seed):
    net = network(*layers, (3, None), seed=seed)
    found = explain.gradient_times_input(net, X, 1)
    trace = tn.introspect.trace(net, X[None], np.zeros((1, 3)), loss=logit(1))
    m, R = found.details["multipliers"], found.relevances
    assert (len(m), len(R)) == (len(trace) - 1, len(trace))
    for l in range(1, len(trace)):
        assert m[l - 1] == pytest.approx(trace[l].delta[0], rel=1e-12, abs=1e-15)
        assert R[l] == pytest.approx(trace[l].a[0] * trace[l].da[0], rel=1e-12, abs=1e-15)
    assert R[0].tolist() == found.values.tolist()


@given(layers=hidden, seed=seeds, output=st.sampled_from(["logit", "probability"]))
def test_with_the_slope_it_is_x_times_the_gradient(layers, seed, output):
    net = network(*layers, (3, "softmax"), seed=seed)
    found = explain.gradient_times_input(net, X, 1, output=output)
    x = tn.Tensor(X[None])
    a = x
    for layer in net.layers[:-1]:
        a = layer(a)
    last = net.layers[-1]
    z = a @ last.W + last.b
    (z if output == "logit" else tn.softmax(z))[0, 1].backward()
    assert found.values == pytest.approx(X * x.grad[0], rel=1e-10, abs=1e-14)
    assert found.values == pytest.approx(X * explain.saliency(net, X, 1, output=output).values, rel=1e-10, abs=1e-14)


def test_gradient_times_input_goes_through_softmax_and_layers_of_ones_own():
    class Product(tn.Layer):
        def forward(self, a, training):
            return a * a[:, ::-1]

    layers = [tn.Flatten(input_shape=(2, 2)), Product(), tn.Dense(3, "softmax"), tn.Dense(2), tn.Activation("softmax")]
    net = tn.Sequential(layers, seed=0)
    x = np.array([[0.5, 1.0], [2.0, -1.0]])
    for output in ("logit", "probability"):
        found = explain.gradient_times_input(net, x, 1, output=output)
        assert found.values == pytest.approx(x * explain.saliency(net, x, 1, output=output).values, rel=1e-12)
        assert found.values.sum() + sum(found.residual.values()) == pytest.approx(found.prediction, rel=1e-12)


# ## What they add up to


@given(layers=hidden, seed=seeds, epsilon=st.sampled_from([1e-9, 1e-3, 0.5]))
def test_what_is_absorbed_is_accounted_for(layers, seed, epsilon):
    # checks [eq:absorbed-by-biases]
    # checks [eq:absorbed-by-factors]
    net = network(*layers, (3, "softmax"), seed=seed)
    for found in (explain.gradient_times_input(net, X, 1), explain.lrp(net, X, 1, epsilon=epsilon)):
        size = 1 + sum(np.abs(R).sum() for R in found.relevances)
        account = found.values.sum() + sum(found.residual.values())
        assert account == pytest.approx(found.prediction, abs=1e-13 * size)
        biases = sum(w @ m for w, m in zip(net.get_weights()[1::2], found.details["multipliers"]))
        assert found.residual["absorbed by biases"] == pytest.approx(biases, abs=1e-13 * size)


def test_each_absorbs_by_itself():
    piecewise_linear = network((4, "relu"), (3, "leaky_relu"), (2, None), seed=1)
    curved = network((4, "tanh"), (2, None), seed=1, bias=False)
    first = explain.gradient_times_input(piecewise_linear, X).residual
    assert abs(first["absorbed by curvature"]) < 1e-14 < 0.1 < abs(first["absorbed by biases"])
    second = explain.gradient_times_input(curved, X).residual
    assert second["absorbed by biases"] == 0 and abs(second["absorbed by curvature"]) > 1e-3
    # ε s m, summed over all neurons, by hand for one layer
    net = network((1, None))
    found = explain.lrp(net, X, epsilon=0.5)
    z = found.prediction
    assert found.residual["absorbed by epsilon"] == pytest.approx(0.5 * np.sign(z) * z / (z + 0.5 * np.sign(z)))


@given(layers=hidden, seed=seeds)
def test_without_biases_no_relevance_is_lost_on_the_way(layers, seed):
    # but where z = 0 and f(0) is not: behind neurons that are all off
    assume(not {"sigmoid", "softplus"} & {f for _, f in layers})
    net = network(*layers, (3, "softmax"), seed=seed, bias=False)
    found = explain.lrp(net, X, 2, epsilon=0)
    for R in found.relevances:
        assert R.sum() == pytest.approx(found.prediction, rel=1e-9, abs=1e-10 * np.abs(R).sum())


@given(
    layers=hidden,
    seed=seeds,
    scale=st.sampled_from([1e-6, 1, 1e3]),
    same=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_deeplift_is_complete_in_every_layer(layers, seed, scale, same):
    net = network(*layers, (3, "softmax"), seed=seed)
    x = scale * X
    baseline = np.where(same, x, BASELINE)
    found = explain.deeplift(net, x, 2, baseline=baseline)
    assert found.reference == found.question.f(baseline[None])[0]
    for R in found.relevances:
        # where |Δz| < 1e-10 the slope stands for Δa/Δz: another 1e-10
        tolerance = 1e-9 * (1 + np.abs(R).sum() + abs(found.prediction) + abs(found.reference))
        assert R.sum() == pytest.approx(found.prediction - found.reference, abs=tolerance)
    assert found.residual["completeness error"] == found.values.sum() - (found.prediction - found.reference)
    assert (found.values[same] == 0).all()


@given(layers=hidden, seed=seeds)
def test_of_relus_lrp_0_is_gradient_times_input(layers, seed):
    net = network(*[(n, "relu") for n, _ in layers], (3, "softmax"), seed=seed)
    first, second = explain.lrp(net, X, 1, epsilon=0), explain.gradient_times_input(net, X, 1)
    assert first.values == pytest.approx(second.values, rel=1e-10, abs=1e-14)
    for ours, other in zip(first.relevances, second.relevances):
        assert ours == pytest.approx(other, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("method", METHODS)
@given(layers=hidden.filter(bool), seed=seeds)
def test_an_input_without_weights_gets_nothing(method, layers, seed):
    net = network(*layers, (3, "softmax"), seed=seed)
    net.layers[0].W.data[1] = 0
    assert method(net, X).values[1] == 0


@pytest.mark.parametrize("method", METHODS)
@given(layers=hidden, seed=seeds)
def test_the_values_of_a_sum_are_the_sums_of_the_values(method, layers, seed):
    net = network(*layers, (3, None), seed=seed)
    last, bias = net.layers[-1].W.data, net.layers[-1].b.data
    last[:, 2], bias[2] = last[:, 0] + last[:, 1], bias[0] + bias[1]
    # up to ε, of which LRP adds one for each output
    settings = {"epsilon": 0} if method is explain.lrp else {}
    first, second, both = (method(net, X, t, **settings).values for t in range(3))
    assert both == pytest.approx(first + second, rel=1e-9, abs=1e-10 * (1 + np.abs(first).max() + np.abs(second).max()))


# ## Layers


@pytest.mark.parametrize("f", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("method", METHODS)
def test_an_activation_may_be_a_layer_of_its_own(method, f):
    together = network((4, f), (3, "softmax"))
    layers = [tn.Dense(4, input_dim=3), tn.Dropout(0.5), tn.Activation(f), tn.Dense(3), tn.Activation("softmax")]
    apart = tn.Sequential(layers, seed=0)
    apart.set_weights(together.get_weights())
    first, second = method(together, X), method(apart, X)
    assert second.values == pytest.approx(first.values, rel=1e-13)
    assert second.relevances[3] == pytest.approx(first.relevances[1], rel=1e-13)
    assert len(second.relevances) == 5


@pytest.mark.parametrize("method", METHODS)
def test_an_image(method):
    flat = network((4, "tanh"), (3, "softmax"), inputs=6)
    net = tn.Sequential([tn.Flatten(input_shape=(2, 3)), tn.Dense(4, "tanh"), tn.Dense(3, "softmax")], seed=0)
    net.set_weights(flat.get_weights())
    x = np.arange(6.0).reshape(2, 3) - 2
    found, expected = method(net, x), method(flat, x.ravel())
    assert found.values.shape == (2, 3)
    assert found.values.ravel() == pytest.approx(expected.values, rel=1e-13)
    assert [R.shape for R in found.relevances] == [(2, 3), (6,), (4,), (3,)]
    # the working passes over Flatten, and finds the multipliers of the first weights
    letter = "Δx_i" if method is explain.deeplift else "x_i"
    table = found.table((1, 2))
    assert table[f"{letter} w_ij m_j"].sum() == pytest.approx(found.values[1, 2], rel=1e-12)
    assert table["m_j"].tolist() == found.details["multipliers"][1].tolist()
    assert found.table()["i"].tolist() == ["1,1", "1,2", "1,3", "2,1", "2,2", "2,3"]


@pytest.mark.parametrize("method", METHODS)
def test_an_activation_before_the_first_weights(method):
    net = tn.Sequential([tn.Activation("tanh", input_shape=(2, 2)), tn.Flatten(), tn.Dense(2)], seed=0)
    x = np.array([[0.5, 0.0], [2.0, -1.0]])
    W, v = net.get_weights()[0][:, 0].reshape(2, 2), np.tanh(x)
    expected = x * (1 - v**2) * W if method is explain.gradient_times_input else v * W
    found = method(net, x, 0)
    assert found.values == pytest.approx(expected, rel=1e-8)
    # no weights meet the inputs
    table = found.table((1, 0))
    assert len(table) == 1
    assert table["φ_i"].tolist() == [found.values[1, 0]]


@pytest.mark.parametrize("method", METHODS)
def test_without_biases(method):
    net = network((4, "relu"), (3, "softmax"), bias=False)
    other = network((4, "relu"), (3, "softmax"))
    W, V = net.get_weights()
    other.set_weights([W, np.zeros(4), V, np.zeros(3)])
    assert method(net, X).values.tolist() == method(other, X).values.tolist()


def test_a_function_of_ones_own_that_keeps_to_its_neuron():
    def square_root(z):
        return (z * z + 1) ** 0.5

    net = network((4, square_root), (2, "softmax"))
    W, b, V, _ = net.get_weights()
    z = X @ W + b
    expected = X * (W @ (np.sqrt(z**2 + 1) / z * V[:, 0]))
    assert explain.lrp(net, X, 0).values == pytest.approx(expected, rel=1e-6)
    assert explain.deeplift(net, X).residual["completeness error"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_one_feature_and_one_output(method):
    net = network((4, "tanh"), (1, "sigmoid"), inputs=1, bias=False)
    found = method(net, [2.0])
    assert found.values.shape == (1,)
    assert found.explained == "logit z^L"


@pytest.mark.parametrize("method", METHODS)
def test_a_float32_network_gives_float32(method):
    net = network((4, "tanh"), (3, "softmax"), dtype="float32")
    found = method(net, X)
    assert {R.dtype for R in found.relevances} == {np.dtype("float32")}
    other = method(net.astype("float64"), X, found.target)
    assert found.values == pytest.approx(other.values, rel=1e-4, abs=1e-5)


# ## The working


@pytest.mark.parametrize("method", METHODS)
@given(layers=hidden.filter(bool), seed=seeds)
def test_a_value_is_a_sum_over_the_first_layer(method, layers, seed):
    net = network(*layers, (3, "softmax"), seed=seed)
    found = method(net, X)
    letter = "Δx_i" if method is explain.deeplift else "x_i"
    everything = found.table()
    assert everything[letter] * everything["m_i"] == pytest.approx(found.values, rel=1e-12, abs=1e-300)
    assert everything["φ_i"].tolist() == found.values.tolist()
    for i in range(3):
        table = found.table(i)
        product = table[letter] * table["w_ij"] * table["m_j"]
        size = np.abs(product).sum()
        assert product.sum() == pytest.approx(found.values[i], abs=1e-12 * size)
        assert table[f"{letter} w_ij m_j"].sum() == pytest.approx(found.values[i], abs=1e-12 * size)
        assert table["w_ij"].tolist() == net.layers[0].W.data[i].tolist()
        assert table["m_j"].tolist() == found.details["multipliers"][0].tolist()
        assert f"the neurons of {net.layers[0].name}" in table.formula


@pytest.mark.parametrize("method", METHODS)
def test_the_working_of_another_model_is_not_shown(method):
    net = network((4, "tanh"), (3, "softmax"))
    found = method(net, X)
    net.layers[0].W.data[0, 0] += 1
    with pytest.raises(RuntimeError, match="the model has changed"):
        found.table(0)


@pytest.mark.parametrize(
    ("method", "settings"), [(METHODS[0], {}), (METHODS[1], {"epsilon": 0.125}), (METHODS[2], {"baseline": 0.5})]
)
def test_all_settings_repeat_it(method, settings):
    found = method(network((4, "tanh"), (3, "softmax")), X, **settings)
    assert set(found.settings) == set(settings)
    assert found.again().values.tolist() == found.values.tolist()
    assert found.to_dict()["residual"] == found.residual


# ## What is refused


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_probability_has_no_relevance(method):
    with pytest.raises(ValueError, match="starts from one logit, and cannot explain output='probability'"):
        method(network((4, "tanh"), (3, "softmax")), X, output="probability")


def own_softmax(z):
    return tn.softmax(z)


@pytest.mark.parametrize("f", ["softmax", "log_softmax", own_softmax])
@pytest.mark.parametrize("method", METHODS[1:])
def test_neurons_that_depend_on_each_other_inside(method, f):
    with pytest.raises(ValueError, match="cannot go back through dense_1: it has an activation in which each output"):
        method(network((4, f), (3, "softmax")), X)


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_layer_of_ones_own(method):
    class Reversed(tn.Layer):
        def forward(self, a, training):
            return a[:, ::-1]

    net = tn.Sequential([tn.Dense(4, input_dim=3), Reversed(name="mirror"), tn.Dense(2)], seed=0)
    with pytest.raises(ValueError, match="cannot go back through mirror: it is a Reversed, a layer of your own"):
        method(net, X)


@pytest.mark.parametrize("method", METHODS)
def test_a_function_has_no_layers(method):
    with pytest.raises(ValueError, match="needs a tinynet"):
        method(lambda rows: rows, X)


@pytest.mark.parametrize("epsilon", [-1e-9, np.inf, "small"])
def test_an_epsilon_that_cannot_be_meant(epsilon):
    with pytest.raises(ValueError, match="epsilon is a number >= 0"):
        explain.lrp(network((2, "tanh")), X, epsilon=epsilon)


def test_a_baseline_of_another_shape():
    with pytest.raises(ValueError, match=r"the baseline has shape \(2,\), x has \(3,\)"):
        explain.deeplift(network((2, "tanh")), X, baseline=[0.0, 1.0])


def test_a_slope_beyond_all_numbers_passes_nothing_on():
    net = tn.Sequential([tn.layers.Activation("sigmoid", input_shape=(3,)), tn.Dense(1)], seed=0)
    found = explain.lrp(net, [5e-324, 0.0, 2.0])
    assert found.values[:2].tolist() == [0, 0] and found.values[2] != 0
    assert found.values.sum() + sum(found.residual.values()) == pytest.approx(found.prediction, rel=1e-12)
