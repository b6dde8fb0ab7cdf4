"""Worked examples from books and articles, each with the numbers printed there and recomputed by hand."""

import numpy as np
import pytest

import tinynet as tn
from tinynet import Dense, Sequential, Tensor
from tinynet.introspect import Trace, trace

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[0.0], [1.0], [1.0], [0.0]])


class TestMazur:
    """Matt Mazur, "A Step by Step Backpropagation Example": two inputs, two hidden neurons, two outputs.

    The article has one row for each *receiving* neuron; ours is the transpose.
    """

    W1 = np.array([[0.15, 0.20], [0.25, 0.30]]).T
    W2 = np.array([[0.40, 0.45], [0.50, 0.55]]).T
    x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])

    @pytest.fixture
    def net(self) -> Sequential:
        net = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(2, "sigmoid")])
        net.set_weights([self.W1, [0.35, 0.35], self.W2, [0.60, 0.60]])
        return net

    @pytest.fixture
    def t(self, net: Sequential) -> Trace:
        return trace(net, self.x, self.y, loss="half_squared_error")

    def error(self, net: Sequential) -> float:
        return tn.half_squared_error(net(self.x), self.y).item()

    def test_forward(self, t: Trace) -> None:
        np.testing.assert_allclose(t[1].z, [[0.3775, 0.3925]], rtol=1e-15)
        np.testing.assert_allclose(t[1].a, [[0.593269992, 0.596884378]], atol=5e-10)
        np.testing.assert_allclose(t[2].z, [[1.105905967, 1.224921404]], atol=5e-10)
        np.testing.assert_allclose(t[2].a, [[0.751365070, 0.772928465]], atol=5e-10)
        assert t.loss == pytest.approx(0.298371109, abs=5e-10)

    def test_backward(self, t: Trace) -> None:
        np.testing.assert_allclose(t[2].delta, [[0.138498562, -0.038098236]], atol=5e-10)
        np.testing.assert_allclose(t[1].delta, [[0.008771355, 0.009954255]], atol=5e-10)
        assert t[2].dW[0, 0] == pytest.approx(0.082167041, abs=5e-10)  # w5
        assert t[1].dW[0, 0] == pytest.approx(0.000438568, abs=5e-10)  # w1

    def test_one_update_of_the_weights(self, net: Sequential, t: Trace) -> None:
        hidden, output = net.layers
        tn.SGD(learning_rate=0.5).step([hidden.W, output.W])  # the article leaves the biases as they are
        W2 = [[0.35891648, 0.408666186], [0.511301270, 0.561370121]]
        W1 = [[0.149780716, 0.19956143], [0.24975114, 0.29950229]]
        np.testing.assert_allclose(output.W.data.T, W2, atol=5e-9)
        np.testing.assert_allclose(hidden.W.data.T, W1, atol=5e-9)
        assert self.error(net) == pytest.approx(0.2910277737, abs=5e-11)

    def test_the_printed_error_comes_from_a_delta_through_the_updated_weights(self, net: Sequential, t: Trace) -> None:
        # The most frequent bug of its kind: W² is updated first, and then δ¹ computed from it.
        hidden, output = net.layers
        tn.SGD(learning_rate=0.5).step([output.W])
        stale = (t[2].delta @ output.W.data.T) * t[1].f_prime
        hidden.W.data = t[1].W - 0.5 * self.x.T @ stale
        assert self.error(net) == pytest.approx(0.291027924, abs=5e-10)
        assert abs(self.error(net) - 0.2910277737) > 1e-7

    def test_tinynet_has_the_delta_before_any_weight_moves(self, net: Sequential, t: Trace) -> None:
        right = (t[2].delta @ self.W2.T) * t[1].a * (1 - t[1].a)
        np.testing.assert_allclose(t[1].delta, right, rtol=1e-15)
        # Whichever parameter the optimizer takes first, the gradients were complete before.
        tn.SGD(learning_rate=0.5).step([net.layers[1].W, net.layers[0].W])
        assert self.error(net) == pytest.approx(0.2910277737, abs=5e-11)

    def test_gradient_check(self, net: Sequential) -> None:
        assert tn.gradcheck(net, self.x, self.y, loss="half_squared_error").passed


class TestNeurons:
    def test_the_sigmoid_neuron_of_cs231n(self) -> None:
        net = Sequential([Dense(1, "sigmoid", input_dim=2)])
        net.set_weights([[[2], [-3]], [-3]])
        x = Tensor([[-1, -2]])
        f = net(x)
        f.sum().backward()
        W, b = net.parameters()
        assert f.item() == pytest.approx(0.731058579, abs=5e-10)
        np.testing.assert_allclose(W.grad[:, 0], [-0.196611933, -0.393223866], atol=5e-10)
        np.testing.assert_allclose(b.grad, [0.196611933], atol=5e-10)
        np.testing.assert_allclose(x.grad, [[0.393223866, -0.589835800]], atol=1e-9)

    def test_the_tanh_neuron_of_micrograd(self) -> None:
        net = Sequential([Dense(1, "tanh", input_dim=2)])
        net.set_weights([[[-3], [1]], [6.8813735870195432]])
        x = Tensor([[2, 0]])
        o = net(x)
        o.sum().backward()
        assert o.item() == pytest.approx(0.7071067812, abs=5e-11)
        np.testing.assert_allclose(x.grad, [[-1.5, 0.5]], rtol=1e-12)
        np.testing.assert_allclose(net.layers[0].W.grad[:, 0], [1, 0], rtol=1e-12, atol=1e-15)


class TestGoodfellow:
    """Goodfellow, Bengio, Courville, "Deep Learning", 6.1: XOR solved with weights set by hand."""

    @pytest.fixture
    def net(self) -> Sequential:
        net = Sequential([Dense(2, "relu", input_dim=2), Dense(1, use_bias=False)])
        net.set_weights([np.ones((2, 2)), [0, -1], [[1], [-2]]])
        return net

    def test_it_is_xor(self, net: Sequential) -> None:
        np.testing.assert_array_equal(net.predict(XOR_X), XOR_Y)

    def test_every_step_of_the_book(self, net: Sequential) -> None:
        t = trace(net, XOR_X, XOR_Y, loss="mean_squared_error")
        np.testing.assert_array_equal(t[1].z, [[0, -1], [1, 0], [1, 0], [2, 1]])
        np.testing.assert_array_equal(t[1].a, [[0, 0], [1, 0], [1, 0], [2, 1]])
        np.testing.assert_array_equal(t[2].z, [[0], [1], [1], [0]])

    def test_nothing_is_left_to_learn(self, net: Sequential) -> None:
        t = trace(net, XOR_X, XOR_Y, loss="mean_squared_error")
        assert t.loss == 0
        assert not any(np.any(array) for l in (1, 2) for array in (t[l].delta, t[l].dW))

    def test_it_sits_on_kinks_and_the_gradient_check_knows(self, net: Sequential) -> None:
        report = tn.gradcheck(net, XOR_X, XOR_Y, loss="mean_squared_error")
        assert report.passed and {e.name for e in report.entries if e.kink} >= {"dense_1.b[0]", "dense_1.b[1]"}


def xor_model(outputs: int, activation: str, loss: str, seed: int) -> Sequential:
    model = Sequential([Dense(4, "tanh", input_dim=2), Dense(outputs, activation)], seed=seed)
    model.compile(tn.Adam(learning_rate=0.1), loss, ["accuracy"])
    return model


class TestTheXorListingOfTheDocuments:
    """2-4-1 with Adam, and a softmax over the *single* output: it cannot learn."""

    @pytest.fixture
    def listing(self) -> Sequential:
        return xor_model(1, "softmax", "categorical_crossentropy", seed=0)

    def test_the_softmax_of_one_number_is_1(self, listing: Sequential) -> None:
        np.testing.assert_array_equal(listing.predict(XOR_X), [[1], [1], [1], [1]])
        np.testing.assert_array_equal(tn.softmax([[-1000.0], [0.3]]).data, [[1], [1]])

    def test_so_the_loss_and_every_gradient_are_0(self, listing: Sequential) -> None:
        t = trace(listing, XOR_X, XOR_Y)
        assert t.loss == 0
        assert not any(np.any(array) for l in (1, 2) for array in (t[l].delta, t[l].dW, t[l].db))

    def test_so_training_changes_nothing(self, listing: Sequential) -> None:
        before = listing.get_weights()
        history = listing.fit(XOR_X, XOR_Y, epochs=50, verbose=0).history
        assert history["loss"] == [0] * 50 and history["accuracy"] == [0.5] * 50
        assert all(np.array_equal(u, v) for u, v in zip(before, listing.get_weights(), strict=True))

    @pytest.mark.parametrize("seed", range(3))
    def test_first_repair_one_sigmoid_output_with_binary_crossentropy(self, seed: int) -> None:
        model = xor_model(1, "sigmoid", "binary_crossentropy", seed)
        history = model.fit(XOR_X, XOR_Y, epochs=300, verbose=0).history
        assert history["loss"][0] > 0.6 and history["loss"][-1] < 0.01 and history["accuracy"][-1] == 1
        np.testing.assert_array_equal(np.round(model.predict(XOR_X)), XOR_Y)

    @pytest.mark.parametrize("seed", range(3))
    def test_second_repair_two_softmax_outputs(self, seed: int) -> None:
        model = xor_model(2, "softmax", "categorical_crossentropy", seed)
        history = model.fit(XOR_X, np.hstack([1 - XOR_Y, XOR_Y]), epochs=300, verbose=0).history
        assert history["loss"][0] > 0.5 and history["loss"][-1] < 0.01 and history["accuracy"][-1] == 1
        np.testing.assert_array_equal(model.predict(XOR_X).argmax(axis=1), XOR_Y[:, 0])
