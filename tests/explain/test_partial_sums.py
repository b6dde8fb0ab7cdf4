"""Weighted sums of mixtures, looked up: by hand, and beside the product of every mixture with the weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet.explain import Question
from tinynet.explain.coalitions import MANY, worth
from tinynet.explain.partial_sums import BLOCK, GROUP, PartialSums, tabulate, worth_by_partial_sums


def dense(W, b) -> tn.Dense:
    layer = tn.Dense(len(b), input_dim=len(W))
    tn.Sequential([layer], seed=0).set_weights([W, b])
    return layer


def test_a_table_has_the_sum_of_every_mixture_of_its_five_inputs():
    # checks [eq:partial-sum]
    x, other = np.array([1.0, 2, 4, 8, 16]), np.array([100.0, 200, 400, 800, 1600])
    tables = np.full((1, 1, 1 << GROUP, BLOCK), np.nan)
    tabulate(x, other, np.ones((GROUP, BLOCK)), tables)
    # the bits of the code say which of 1, 2, 4 ... are known; of the others there is a hundred times as much
    assert tables[0, 0, :, 0].tolist() == [code + 100 * (31 - code) for code in range(32)]
    assert (tables == tables[..., :1]).all()


def test_two_neurons_by_hand():
    # checks [eq:looked-up-z]
    layer = dense([[1.0, 10], [2, 20]], [0.5, 0])
    sums = PartialSums(np.array([3.0, 4]), layer, np.array([[True, False], [False, True], [True, True]]))
    # of (3, 6), (5, 4) and (3, 4)
    assert sums.z(np.array([5.0, 6])).tolist() == [[15.5, 150], [13.5, 130], [11.5, 110]]
    # with another row the same tables are filled anew
    assert sums.z(np.array([0.0, 0])).tolist() == [[3.5, 30], [8.5, 80], [11.5, 110]]


def test_a_linear_last_layer_is_asked_once_with_the_mean():
    # checks [eq:mean-logit]
    # one neuron, a = z², and a logit of 3 a + 1; x = 2 with background rows 1 and 5
    net = tn.Sequential([tn.Dense(1, lambda z: z * z, input_dim=1), tn.Dense(2)], seed=0)
    net.set_weights([[[1.0]], [0.0], [[0.0, 3.0]], [0.0, 1.0]])
    v = worth_by_partial_sums(Question(net, [2.0], 1), np.array([[1.0], [5.0]]), np.array([[False], [True]]))
    assert v.tolist() == [3 * (1 + 25) / 2 + 1, 3 * 4 + 1]


@given(st.integers(1, 17), st.integers(1, 17), st.integers(1, 40), st.data())
def test_it_is_the_product_of_the_mixtures_for_all_shapes(n, m, K, data):
    numbers = st.integers(-100, 100).map(float)  # whole numbers add up exactly in any order
    W, b = data.draw(arrays(float, (n, m), elements=numbers)), data.draw(arrays(float, m, elements=numbers))
    x, other = data.draw(arrays(float, n, elements=numbers)), data.draw(arrays(float, n, elements=numbers))
    mixtures = data.draw(arrays(bool, (K, n)))
    z = PartialSums(x, dense(W, b), mixtures).z(other)
    np.testing.assert_array_equal(z, np.where(mixtures, x, other) @ W + b)
    assert z.flags.c_contiguous


class Doubled(tn.Dense):
    """A dense layer with a formula of its own."""

    def forward(self, a, training):
        return super().forward(a, training) * 2


class Negated(tn.Flatten):
    def forward(self, a, training):
        return -super().forward(a, training)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Doubled(4, "relu"), tn.Dense(2)],
        lambda: [Negated(), tn.Dense(4, "relu"), tn.Dense(2)],
        lambda: [tn.Dense(4, "relu"), Doubled(2)],
    ],
)
def test_a_layer_with_a_formula_of_its_own_is_asked_as_it_is(layers):
    net = tn.Sequential(layers(), seed=0)
    rng = np.random.default_rng(0)
    x, background, coalitions = rng.normal(size=7), rng.normal(size=(3, 7)), rng.random((MANY, 7)) < 0.5
    question = Question(net, x, 1)
    mixed = np.where(coalitions[:, np.newaxis], x, background)
    expected = [question.f(rows).mean() for rows in mixed]
    assert worth(question, background, coalitions) == pytest.approx(expected, rel=1e-12)
