"""Randomization: layers are redrawn from the top down, and explanations compared by the ranks of their values."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet.explain import Attribution, Question, randomization
from tinynet.explain.randomization import mean_ranks, spearman

X = np.array([0.5, -1.0, 2.0, 0.0, 1.5])


def gradient(model, x, target=None, *, output=None) -> Attribution:
    question = Question(model, x, target, output)
    values = question.gradient(question.x[np.newaxis])[0]
    return Attribution(values, gradient, question, {}, lambda feature: pytest.fail("no table"))


def edges(model, x, target=None, *, output=None) -> Attribution:
    """A method that draws the example and never looks at the model."""
    question = Question(model, x, target, output)
    return Attribution(question.x, edges, question, {}, lambda feature: pytest.fail("no table"))


def three_layers(**settings) -> tn.Sequential:
    layers = [
        tn.Dense(6, "tanh", input_dim=5, bias_initializer="normal", **settings),
        tn.Dropout(0.5),
        tn.Dense(4, "tanh", kernel_initializer=tn.initializers.constant(0.5), **settings),
        tn.Dense(3, "softmax", kernel_initializer="he_normal", **settings),
    ]
    net = tn.Sequential(layers, seed=0)
    # as if it had learned: weights that no initializer gave
    rng = np.random.default_rng(1)
    net.set_weights([rng.normal(size=W.shape) for W in net.get_weights()])
    return net


# ## Ranks


def test_equal_numbers_share_the_mean_of_their_ranks():
    # checks [eq:mean-ranks]
    assert mean_ranks(np.array([30.0, 10, 20])).tolist() == [3, 1, 2]
    assert mean_ranks(np.array([5.0, 1, 5, 9])).tolist() == [2.5, 1, 2.5, 4]
    assert mean_ranks(np.array([7.0, 7, 7])).tolist() == [2, 2, 2]
    assert mean_ranks(np.array([0.0, -0.0, 1])).tolist() == [1.5, 1.5, 3]
    assert mean_ranks(np.array([-np.inf, 1e-300, 0])).tolist() == [1, 3, 2]


@given(arrays(float, st.integers(1, 12), elements=st.integers(-3, 3).map(float)))
def test_a_rank_counts_those_below_and_half_of_those_beside(values):
    by_hand = [sum(v < w for v in values) + (sum(v == w for v in values) + 1) / 2 for w in values]
    assert mean_ranks(values).tolist() == by_hand


def test_the_rank_correlation_by_hand():
    # checks [eq:spearman]
    one = np.array([1.0, 2, 3])
    assert spearman(one, np.array([10.0, 100, 1000])) == 1
    assert spearman(one, -one) == -1
    # R − R̄ = −1, 0, 1 and S − S̄ = −1, 1, 0: 1/2
    assert spearman(one, np.array([1.0, 3, 2])) == 0.5
    # with a tie, S − S̄ = −1, ½, ½: 1.5/√(2 · 1.5)
    assert spearman(one, np.array([0.0, 8, 8])) == pytest.approx(1.5 / np.sqrt(3), rel=1e-15)


@given(st.permutations(range(7)), st.permutations(range(7)))
def test_without_ties_it_is_1_less_6_times_the_squared_differences(one, other):
    one, other = np.array(one, float), np.array(other, float)
    d = one - other
    assert spearman(one, other) == pytest.approx(1 - 6 * (d @ d) / (7 * (49 - 1)), abs=1e-14)
    assert spearman(np.exp(one), other**3) == spearman(one, other) == spearman(other, one)


def test_without_an_order_there_is_no_correlation():
    for one, other in product(([1.0, 1], [1.0, 2]), repeat=2):
        assert np.isnan(spearman(np.array(one), np.array(other))) == (one[0] == one[1] or other[0] == other[1])
    assert np.isnan(spearman(np.array([1.0]), np.array([2.0])))


def test_an_image_is_ranked_as_a_whole():
    image = np.array([[1.0, 2], [3, 4]])
    assert spearman(image, image**2) == 1
    assert spearman(image, image.T) == pytest.approx(0.8, rel=1e-15)  # d = 0, 1, −1, 0


# ## Redrawing


def test_layers_are_redrawn_from_the_top_down_and_stay_so():
    net = three_layers()
    found = randomization(gradient(net, X))
    assert found.layers == ["dense_3", "dense_2", "dense_1"]
    weights = [net.get_weights(), *(a.question.net.get_weights() for a in found.attributions)]
    for k, after in enumerate(weights[1:], start=1):
        for place, W in enumerate(after):
            layer = place // 2
            is_redrawn = layer >= 3 - k
            assert np.array_equal(W, weights[0][place]) == (not is_redrawn)
            # what was redrawn once is not drawn again
            if layer > 3 - k:
                np.testing.assert_array_equal(W, weights[k - 1][place])


def test_a_layer_is_drawn_by_its_own_initializers():
    layers = [
        tn.Dense(
            200, "tanh", input_dim=5, kernel_initializer="he_normal", bias_initializer=tn.initializers.constant(2)
        ),
        tn.Dense(3, kernel_initializer=tn.initializers.constant(0.5), use_bias=False),
    ]
    net = tn.Sequential(layers, seed=0)
    net.set_weights([np.full_like(W, 9) for W in net.get_weights()])
    W1, b1, W2 = randomization(gradient(net, X)).attributions[-1].question.net.get_weights()
    assert W1.std() == pytest.approx(np.sqrt(2 / 5), rel=0.1)
    assert (b1 == 2).all() and (W2 == 0.5).all()


def test_the_network_is_left_as_it_is_to_the_bit():
    net = three_layers()
    net.compile("adam", "categorical_crossentropy")
    net.fit(X[np.newaxis], np.eye(3)[:1], verbose=0)
    before, parameters = [W.copy() for W in net.get_weights()], net.parameters()
    memory = len(net.optimizer.memory)
    mask = net.layers[1].rng.bit_generator.state
    randomization(gradient(net, X))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(before, net.get_weights()))
    assert all(one is other for one, other in zip(parameters, net.parameters()))
    assert (len(net.optimizer.memory), net.layers[1].rng.bit_generator.state) == (memory, mask)


def test_the_new_weights_are_not_those_that_the_training_began_with():
    for seed in (0, 1):
        net = tn.Sequential([tn.Dense(4, "tanh", input_dim=5), tn.Dense(3)], seed=seed)
        for W, redrawn in zip(
            net.get_weights(), randomization(gradient(net, X), seed=seed).attributions[-1].question.net.get_weights()
        ):
            assert W.ndim == 1 or not np.isclose(W, redrawn).any()


def test_the_same_seed_draws_the_same():
    found = gradient(three_layers(), X)
    one, two, other = (randomization(found, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.attributions[1].values, two.attributions[1].values)
    assert not np.array_equal(one.attributions[1].values, other.attributions[1].values)


# ## How alike


def test_the_similarity_is_the_rank_correlation_with_the_explanation_as_it_was():
    found = gradient(three_layers(), X, 2, output="probability")
    result = randomization(found)
    assert result.attribution is found
    for k, other in enumerate(result.attributions):
        assert (other.method, other.target, other.question.output) == ("gradient", 2, "probability")
        # the explanation of that network, not of another
        np.testing.assert_array_equal(other.values, gradient(other.question.net, X, 2, output="probability").values)
        assert result.similarity[k] == spearman(found.values, other.values)
        assert result.absolute[k] == spearman(np.abs(found.values), np.abs(other.values))
    assert result.similarity.shape == result.absolute.shape == (3,)
    assert result.similarity[-1] < 0 and result.similarity[-1] != result.absolute[-1]


def test_what_never_looked_at_the_network_does_not_change():
    result = randomization(edges(three_layers(), X))
    np.testing.assert_allclose([result.similarity, result.absolute], 1, rtol=1e-15)


def test_where_nothing_is_left_there_is_no_order():
    # the last weights are redrawn as 0: the gradient is 0 everywhere
    net = tn.Sequential([tn.Dense(3, "tanh", input_dim=5), tn.Dense(2, kernel_initializer="zeros")], seed=0)
    net.set_weights([np.ones_like(W) * 0.1 * (1 + np.arange(W.size)).reshape(W.shape) for W in net.get_weights()])
    result = randomization(gradient(net, X))
    assert np.isnan(result.similarity).all() and np.isnan(result.absolute).all()
    assert "nan of φ" in str(result)
    ax = result.plot()
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "φ: all are equal, no order" in texts


def test_float32_and_unbuilt_networks():
    net = three_layers(dtype="float32")
    last = randomization(gradient(net, X)).attributions[-1]
    assert last.question.net.dtype == last.values.dtype == np.float32
    net = tn.Sequential([tn.Dense(3, "tanh"), tn.Dense(2)], seed=0)
    assert randomization(gradient(net, X)).layers == ["dense_2", "dense_1"]


def test_a_function_has_no_weights_to_redraw():
    with pytest.raises(ValueError, match=r"randomization, which redraws weights, needs a tinynet\.Sequential"):
        randomization(edges(lambda rows: rows, X))
    net = tn.Sequential([tn.Activation("tanh", input_shape=(5,))], seed=0)
    with pytest.raises(ValueError, match="this one has none"):
        randomization(edges(net, X))
    with pytest.raises(ValueError, match="seed is a whole number"):
        randomization(gradient(three_layers(), X), seed=-1)


# ## Pictures


def test_both_similarities_are_drawn_from_1_on():
    result = randomization(gradient(three_layers(), X))
    ax = result.plot()
    of_phi, of_size = ax.get_lines()[:2]
    assert of_phi.get_ydata().tolist() == [1, *result.similarity]
    assert of_size.get_ydata().tolist() == [1, *result.absolute]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["none", "dense_3", "dense_2", "dense_1"]
    assert ax.get_title().split("\n") == [
        f"randomization: gradient of the logit $z^L$ of class {result.attribution.target}",
        f"all redrawn: {result.similarity[-1]:.2f} of φ, {result.absolute[-1]:.2f} of |φ|".replace("-", "−"),
    ]
    assert result.plot(ax) is ax


def test_printed_there_is_a_line_for_each_layer():
    lines = str(randomization(edges(three_layers(), X))).split("\n")
    assert lines[0] == "rank correlation of edges as trained with it redrawn down to"
    assert lines[1:] == [f"  dense_{l}: 1.000 of φ, 1.000 of |φ|" for l in (3, 2, 1)]
