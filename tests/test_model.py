"""Sequential: the listing of the documents, seeds, the training loop, evaluation, and what is refused."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet import Activation, Callback, Dense, Dropout, Flatten, History, Sequential

# Ten examples, three inputs, two classes: batches of four leave a last batch of two.
N = 10
X = np.random.default_rng(0).normal(size=(N, 3))
Y = np.eye(2)[np.random.default_rng(1).integers(0, 2, N)]


def layers(dropout: float = 0.0, dtype: str = "float64", **first: Any) -> list[tn.Layer]:
    middle = [Dropout(dropout)] if dropout else []
    return [Dense(4, "tanh", dtype=dtype, **first), *middle, Dense(2, "softmax", dtype=dtype)]


def compiled(seed: int = 0, optimizer: Any = "adam", **settings: Any) -> Sequential:
    model = Sequential(layers(**settings), seed=seed)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def same_weights(a: Sequential, b: Sequential) -> bool:
    return all(np.array_equal(u, v) for u, v in zip(a.get_weights(), b.get_weights(), strict=True))


# The network in NumPy.


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def outputs(model: Sequential, x: np.ndarray) -> np.ndarray:
    W1, b1, W2, b2 = model.get_weights()
    return softmax(np.tanh(x @ W1 + b1) @ W2 + b2)


def cross_entropy(model: Sequential, x: np.ndarray, y: np.ndarray) -> float:
    return float(-np.mean(np.sum(y * np.log(outputs(model, x)), axis=1)))


def share_right(model: Sequential, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(outputs(model, x).argmax(axis=1) == y.argmax(axis=1)))


def test_the_listing_of_the_documents_runs_unchanged(
    tmp_path: Any, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinynet import Dense, Sequential

    rng = np.random.default_rng(0)
    x_train, y_train = rng.normal(size=(40, 100)), np.eye(10)[rng.integers(0, 10, 40)]

    model = Sequential()
    model.add(Dense(units=64, activation="relu", input_dim=100))
    model.add(Dense(units=10, activation="softmax"))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=10, batch_size=32)

    assert history.epoch == list(range(10)) and set(history.history) == {"loss", "accuracy"}
    assert history.history["loss"][-1] < history.history["loss"][0]  # it learns its forty examples by heart
    assert model.predict(x_train).shape == (40, 10)
    assert set(model.evaluate(x_train, y_train)) == {"loss", "accuracy"}
    model.summary()
    assert "7,114 parameters" in capsys.readouterr().out  # 100·64 + 64 + 64·10 + 10
    model.save(tmp_path / "model.npz")
    twin = tn.load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(twin.predict(x_train), model.predict(x_train))
    weights = model.get_weights()
    model.set_weights(weights)
    assert [a.shape for a in model.get_activations(x_train)] == [(40, 64), (40, 10)]
    assert [g.shape for g in model.get_gradients(x_train, y_train)] == [w.shape for w in weights]


class TestByHand:
    def test_a_model_is_a_function_of_tensors(self) -> None:
        net = Sequential(layers(input_dim=3), seed=0)
        np.testing.assert_allclose(net(X).data, outputs(net, X), rtol=1e-14)

    def test_parameters_are_W_and_b_in_order(self) -> None:
        net = Sequential([Dense(4, input_dim=3), Activation("relu"), Dropout(0.5), Dense(2, use_bias=False)])
        assert [p.name for p in net.parameters()] == ["dense_1.W", "dense_1.b", "dense_2.W"]

    def test_the_input_as_a_tensor_receives_a_gradient(self) -> None:
        net, x = Sequential(layers(), seed=0), tn.Tensor(X)
        tn.categorical_crossentropy(net(x), Y).backward()
        slope = tn.numerical_gradient(lambda v: cross_entropy(net, v, Y), X)
        np.testing.assert_allclose(x.grad, slope, rtol=1e-7, atol=1e-11)

    def test_a_mixed_stack_computes_layer_after_layer(self) -> None:
        net = Sequential([Flatten(input_shape=(2, 2)), Dense(3, use_bias=False), Activation("relu"), Dense(1)], seed=0)
        x = np.arange(8).reshape(2, 2, 2)
        W1, W2, b2 = net.get_weights()
        np.testing.assert_allclose(net(x).data, np.maximum(x.reshape(2, 4) @ W1, 0) @ W2 + b2, rtol=1e-14)


class TestAdd:
    def test_layers_are_numbered_by_kind(self) -> None:
        net = Sequential([Dense(4), Dropout(0.5), Dense(4, name="mine"), Dropout(0.1), Dense(1)])
        assert [layer.name for layer in net.layers] == ["dense_1", "dropout_1", "mine", "dropout_2", "dense_3"]

    def test_adding_one_by_one_is_the_same_as_a_list(self) -> None:
        one_by_one = Sequential(seed=0)
        for layer in layers(input_dim=3):
            one_by_one.add(layer)
        assert same_weights(one_by_one, Sequential(layers(input_dim=3), seed=0))

    def test_shapes_may_come_with_the_first_layer_or_with_the_data(self) -> None:
        known, unknown = Sequential(layers(input_dim=3)), Sequential(layers())
        assert [layer.output_shape for layer in known.layers] == [(4,), (2,)]
        assert [layer.output_shape for layer in unknown.layers] == [None, None]
        unknown(X)
        assert [layer.output_shape for layer in unknown.layers] == [(4,), (2,)]

    def test_a_model_can_grow_after_it_was_used(self) -> None:
        net = Sequential([Dense(4)], seed=0)
        net(X)
        net.add(Dense(2))
        assert net(X).shape == (N, 2)
        assert same_weights(net, Sequential([Dense(4, input_dim=3), Dense(2)], seed=0))

    def test_two_layers_of_one_name(self) -> None:
        with pytest.raises(ValueError, match="two layers are called 'a'; give one another name="):
            Sequential([Dense(4, name="a"), Dense(2, name="a")])

    def test_a_layer_has_one_place(self) -> None:
        layer = Dense(3, input_dim=3)
        net = Sequential([layer])
        for other in (net, Sequential()):
            with pytest.raises(ValueError, match="dense_1 is in use already"):
                other.add(layer)

    def test_a_layer_that_does_not_fit_is_not_added(self) -> None:
        net = Sequential([Dense(4, input_dim=3)])
        with pytest.raises(ValueError, match=r"out was made for inputs \(N, 5\), not \(N, 4\)"):
            net.add(Dense(2, input_dim=5, name="out"))
        assert len(net.layers) == 1

    @pytest.mark.parametrize("thing", [64, "Dense", Dense])
    def test_what_is_no_layer(self, thing: object) -> None:
        with pytest.raises(TypeError, match=r"add\(\) takes a layer, Dense\(4\) for example, not"):
            Sequential([thing])

    def test_a_refused_input_shape_builds_nothing(self) -> None:
        net = Sequential(layers(), seed=0)
        for _ in range(2):
            with pytest.raises(ValueError, match=r"dense_1 takes one row .*not \(N, 4, 4\); put a Flatten"):
                net(np.ones((2, 4, 4)))
        net(X)
        assert same_weights(net, Sequential(layers(input_dim=3), seed=0))


# What may be the first thing that a model without input shape is asked.
FIRST_CALLS: dict[str, Callable[[Sequential], object]] = {
    "call": lambda model: model(X),
    "build": lambda model: model.build((3,)),
    "predict": lambda model: model.predict(X),
    "evaluate": lambda model: model.evaluate(X, Y),
    "fit": lambda model: model.fit(X, Y, epochs=0, verbose=0, validation_split=0.5) and model(X),
    "get_activations": lambda model: model.get_activations(X),
    "get_gradients": lambda model: model.get_gradients(X, Y),
    "trace": lambda model: tn.introspect.trace(model, X, Y),
    "gradcheck": lambda model: tn.gradcheck(model, X[:1], Y[:1]),
}


class TestSeed:
    def test_the_same_seed_gives_the_same_bits(self) -> None:
        a, b = compiled(seed=7, dropout=0.3), compiled(seed=7, dropout=0.3)
        histories = [model.fit(X, Y, epochs=3, batch_size=4, verbose=0) for model in (a, b)]
        assert same_weights(a, b) and histories[0].history == histories[1].history

    def test_other_seeds_give_others(self) -> None:
        a, b = compiled(seed=7, input_dim=3), compiled(seed=8, input_dim=3)
        assert not any(np.array_equal(u, v) for u, v in zip(a.get_weights()[::2], b.get_weights()[::2]))

    def test_so_do_models_without_a_seed(self) -> None:
        a, b = Sequential(layers(input_dim=3)), Sequential(layers(input_dim=3))
        assert a.seed != b.seed and not same_weights(a, b)
        assert same_weights(a, Sequential(layers(input_dim=3), seed=a.seed))  # and can be made again

    def test_layers_of_one_model_differ(self) -> None:
        net = Sequential([Dense(3, input_dim=3), Dense(3)], seed=0)
        assert not np.array_equal(net.layers[0].W.data, net.layers[1].W.data)

    def test_the_order_of_the_examples_and_the_dropout_masks_depend_on_it_too(self) -> None:
        start = compiled(seed=0, input_dim=3).get_weights()

        def trained(seed: int, **settings: Any) -> Sequential:
            model = compiled(seed=seed, input_dim=3, **settings)
            model.set_weights(start)
            model.fit(X, Y, batch_size=4, shuffle=not settings, verbose=0)
            return model

        assert same_weights(trained(1), trained(1)) and not same_weights(trained(1), trained(2))
        assert same_weights(trained(1, dropout=0.5), trained(1, dropout=0.5))
        assert not same_weights(trained(1, dropout=0.5), trained(2, dropout=0.5))

    @pytest.mark.parametrize("first", FIRST_CALLS)
    def test_whatever_is_asked_first_builds_the_same_weights(self, first: str) -> None:
        lazy = compiled(seed=7, dropout=0.3)
        FIRST_CALLS[first](lazy)
        assert same_weights(lazy, compiled(seed=7, dropout=0.3, input_dim=3))

    def test_what_is_called_in_between_changes_nothing(self) -> None:
        watched, alone = compiled(seed=7, dropout=0.3), compiled(seed=7, dropout=0.3)
        for _ in range(2):
            alone.fit(X, Y, batch_size=4, verbose=0)
            watched.fit(X, Y, batch_size=4, verbose=0)
            for call in FIRST_CALLS.values():
                call(watched)
            Sequential(layers(dropout=0.3), seed=7)(X, training=True)
            np.random.default_rng().normal(size=100)
        assert same_weights(watched, alone)

    @pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
    def test_a_seed_is_a_whole_number(self, seed: object) -> None:
        with pytest.raises(ValueError, match="seed is a whole number >= 0"):
            Sequential(seed=seed)


class Recorder(Callback):
    """Writes down what fit tells it; stops where asked to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[Any] = []
        self.batches: list[dict] = []
        self.epochs: list[dict] = []
        self.stop_after = stop_after

    def on_train_begin(self) -> None:
        self.calls.append("train begins")

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        self.calls.append(("batch", batch))
        self.batches.append(logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        self.calls.append(("epoch", epoch))
        self.epochs.append(logs)
        self.model.stop_training = epoch == self.stop_after

    def on_train_end(self) -> None:
        self.calls.append("train ends")


class Targets:
    """A loss that writes down the targets of every batch."""

    __name__ = "targets"

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def __call__(self, prediction: tn.Tensor, target: Any) -> tn.Tensor:
        self.seen.append(np.array(target))
        return tn.mean_squared_error(prediction, target)


def order_of_examples(epochs: int, seed: int = 0, **settings: Any) -> list[list[int]]:
    """For each batch that fit takes, the numbers of its examples."""
    targets, model = Targets(), Sequential([Dense(1)], seed=seed)
    model.compile("sgd", targets)
    model.fit(X, np.arange(N).reshape(N, 1), epochs=epochs, verbose=0, **settings)
    return [[int(i) for i in batch[:, 0]] for batch in targets.seen]


class TestFit:
    def test_it_is_the_loop_that_one_writes_by_hand(self) -> None:
        model, net = compiled(), Sequential(layers(), seed=0)
        model.fit(X, Y, epochs=3, batch_size=4, shuffle=False, verbose=0)
        optimizer = tn.Adam()
        for _ in range(3):
            for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
                loss = tn.categorical_crossentropy(net(X[rows]), Y[rows])
                loss.backward()
                optimizer.step(net.parameters())
        assert same_weights(model, net)

    def test_one_step_in_numpy(self) -> None:
        model = compiled(optimizer=tn.SGD(0.1), input_dim=3)
        W1, b1, W2, b2 = model.get_weights()
        model.fit(X, Y, batch_size=N, shuffle=False, verbose=0)
        a1 = np.tanh(X @ W1 + b1)
        delta2 = (softmax(a1 @ W2 + b2) - Y) / N
        delta1 = (delta2 @ W2.T) * (1 - a1**2)
        steps = [X.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)]
        for after, before, step in zip(model.get_weights(), (W1, b1, W2, b2), steps, strict=True):
            np.testing.assert_allclose(after, before - 0.1 * step, rtol=1e-12)

    def test_without_shuffling_the_examples_keep_their_order(self) -> None:
        expected = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        assert order_of_examples(2, batch_size=4, shuffle=False) == expected * 2

    def test_shuffling_shuffles_rows_anew_each_epoch_and_takes_every_example_once(self) -> None:
        seen = order_of_examples(2, batch_size=4)
        assert [len(batch) for batch in seen] == [4, 4, 2] * 2
        first, second = ([example for batch in batches for example in batch] for batches in (seen[:3], seen[3:]))
        assert sorted(first) == sorted(second) == list(range(N))
        assert first != second and first != list(range(N))
        assert order_of_examples(2, batch_size=4) == seen != order_of_examples(2, batch_size=4, seed=1)

    def test_a_batch_size_beyond_N_is_one_batch(self) -> None:
        assert order_of_examples(1, batch_size=1000, shuffle=False) == [list(range(N))]

    def test_by_default_one_epoch_of_batches_of_32(self) -> None:
        model = compiled()
        history = model.fit(np.tile(X, (4, 1)), np.tile(Y, (4, 1)), verbose=0)
        assert model.optimizer.steps == 2 and history.epoch == [0]

    def test_every_example_weighs_the_same_in_the_means_also_in_a_short_last_batch(self) -> None:
        model = compiled(optimizer=tn.SGD(0.0))  # it stands still, so the mean is that of one network
        figures = model.fit(X, Y, batch_size=4, verbose=0).history
        assert figures["loss"] == [pytest.approx(cross_entropy(model, X, Y), rel=1e-14)]
        assert figures["accuracy"] == [pytest.approx(share_right(model, X, Y), rel=1e-14)]

    def test_the_figures_are_taken_while_the_weights_change(self) -> None:
        recorder = Recorder()
        figures = compiled().fit(X, Y, batch_size=4, callbacks=[recorder], verbose=0).history
        a, b, c = (logs["loss"] for logs in recorder.batches)
        assert figures["loss"] == [pytest.approx((4 * a + 4 * b + 2 * c) / 10, rel=1e-14)]

    def test_fit_again_goes_on(self) -> None:
        # 2 + 3 epochs are 5: weights, the optimizer's memory and steps, dropout and the order all continue.
        in_two, at_once = compiled(dropout=0.3), compiled(dropout=0.3)
        in_two.fit(X, Y, epochs=2, batch_size=4, verbose=0)
        in_two.fit(X, Y, epochs=3, batch_size=4, verbose=0)
        at_once.fit(X, Y, epochs=5, batch_size=4, verbose=0)
        assert same_weights(in_two, at_once) and in_two.optimizer.steps == 15

    def test_0_epochs_change_nothing(self) -> None:
        model, recorder = compiled(input_dim=3), Recorder()
        history = model.fit(X, Y, epochs=0, callbacks=[recorder], verbose=0)
        assert history.epoch == [] and history.history == {} and repr(history) == "<History of 0 epochs; last: >"
        assert recorder.calls == ["train begins", "train ends"]
        assert same_weights(model, compiled(input_dim=3))

    def test_it_learns(self) -> None:
        model = compiled(optimizer=tn.Adam(0.2))
        history = model.fit(X, Y, epochs=60, batch_size=5, verbose=0)
        assert history.history["loss"][-1] < 0.05 and history.history["accuracy"][-1] == 1
        assert model.evaluate(X, Y)["accuracy"] == 1

    def test_dropout_is_on_in_fit_and_off_elsewhere(self) -> None:
        model = compiled(optimizer=tn.SGD(0.0), dropout=0.5, input_dim=3)
        losses = model.fit(X, Y, epochs=2, shuffle=False, verbose=0).history["loss"]
        assert losses[0] != losses[1]
        assert model.evaluate(X, Y)["loss"] == pytest.approx(cross_entropy(model, X, Y), rel=1e-14)
        np.testing.assert_allclose(model.predict(X), outputs(model, X), rtol=1e-14)

    def test_the_data_stay_as_they_are(self) -> None:
        x, y = X.copy(), Y.copy()
        compiled().fit(x, y, epochs=2, batch_size=4, verbose=0)
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(y, Y)

    def test_lists_integers_and_tensors_are_data_too(self) -> None:
        models = [compiled() for _ in range(3)]
        x, y = np.arange(6).reshape(2, 3), np.eye(2, dtype=int)
        models[0].fit(x, y, verbose=0)
        models[1].fit(x.tolist(), y.tolist(), verbose=0)
        models[2].fit(tn.Tensor(x), tn.Tensor(y), verbose=0)
        assert same_weights(models[0], models[1]) and same_weights(models[0], models[2])

    def test_losses_and_metrics_of_one_s_own(self) -> None:
        def worst(prediction: np.ndarray, target: np.ndarray) -> float:
            return float(np.abs(prediction - target).max())

        model = Sequential([Dense(2)], seed=0)
        model.compile(tn.SGD(0.0), lambda a, y: ((a - y) ** 2).sum(), [worst, "mean_absolute_error"])
        figures = model.fit(X, Y, batch_size=N, verbose=0).history
        error = model.predict(X) - Y
        assert figures["loss"] == [pytest.approx((error**2).sum(), rel=1e-14)]
        assert figures["worst"] == [pytest.approx(np.abs(error).max(), rel=1e-14)]
        assert figures["mean_absolute_error"] == [pytest.approx(np.abs(error).mean(), rel=1e-14)]


def chain(*weights: float, activation: Any = None, dtype: str = "float64", alpha: float = 0.0) -> Sequential:
    """Layers of one neuron without bias, 1-1-...-1, each with its weight."""
    net = Sequential([Dense(1, activation, use_bias=False, dtype=dtype) for _ in weights], seed=0)
    net.build((1,))
    net.set_weights([[[w]] for w in weights])
    net.compile(tn.SGD(alpha), "mean_squared_error")
    return net


class TestDivergence:
    """fit says where numbers ceased to be finite, once, and goes on."""

    def test_step_and_epoch_by_hand(self) -> None:
        # z = w x with x = 1, y = 0: w ← w − 2 α w goes from 1 to −2e100 and 4e200, whose square is too large
        net = chain(1.0, alpha=1e100)
        with pytest.warns(RuntimeWarning) as warnings:
            net.fit([[1.0], [1.0]], [[0.0], [0.0]], epochs=3, batch_size=1, verbose=0)
        assert [str(warning.message) for warning in warnings] == [
            "the loss is inf at step 2, in epoch 2: every W, z and a is finite, but the loss of outputs as large as "
            "4e+200 is not. Training goes on, but will hardly recover. Try a smaller learning rate (it is 1e+100), or "
            "inputs scaled to 0 … 1 (they go from 1 to 1)"
        ]
        assert warnings[0].filename == __file__

    @pytest.mark.parametrize(
        ("net", "where"),
        [
            (chain(np.nan, 1.0), "the loss is nan at step 0, in epoch 1: W of layer 1, dense_1, is the first"),
            (chain(1.0, 1.0, np.inf), "the loss is inf at step 0, in epoch 1: W of layer 3, dense_3, is the first"),
            (chain(1e200, 1e200, 1.0), "z of layer 2, dense_2, is the first that is not finite"),
            (chain(1e20, 1e20, 1.0, dtype="float32"), "z of layer 2, dense_2, is the first"),
            (chain(1.0, 1e4, 0.0, activation=tn.exp), "a of layer 2, dense_2, is the first"),
            (chain(1e3, activation=lambda z: tn.log(tn.exp(z))), "a of layer 1, dense_1, is the first"),
        ],
        ids=["W", "W of the last", "z", "z in float32", "a", "a after several steps"],
    )
    @pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
    def test_the_layer_and_the_quantity(self, net: Sequential, where: str) -> None:
        with pytest.warns(RuntimeWarning, match=re.escape(where)):
            net.fit([[1.0]], [[0.0]], verbose=0)

    def test_z_of_a_layer_that_is_not_trained(self) -> None:
        net = chain(1e200, 1e200, 1.0)
        for p in net.parameters()[:-1]:
            p.requires_grad = False
        with pytest.warns(RuntimeWarning, match="z of layer 2, dense_2, is the first"):
            net.fit([[1.0]], [[0.0]], verbose=0)

    @pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
    def test_what_is_infinite_only_between_z_and_a_is_not_meant(self) -> None:
        # a sigmoid of one's own: e^1000 is infinite, and a = 1/(1 + e^1000) = 0 is not
        net = Sequential([Dense(1, lambda z: 1 / (1 + tn.exp(-z)), input_dim=1), Dense(1)])
        net.compile("sgd", "mean_squared_error")
        net.set_weights([[[-1e3]], [0], [[1.0]], [np.nan]])
        with pytest.warns(RuntimeWarning, match="b of layer 2, dense_2, is the first"):
            net.fit([[1.0]], [[0.0]], verbose=0)

    @pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
    def test_among_layers_without_weights(self) -> None:
        net = Sequential([Flatten(input_shape=(1, 1)), Dense(1), Activation("identity"), Activation(tn.exp), Dense(1)])
        net.compile(tn.SGD(tn.StepDecay(0.5, 0.5, 10)), "mean_squared_error")
        net.set_weights([[[1e3]], [0], [[1.0]], [0]])
        with pytest.warns(RuntimeWarning, match=r"inf .*: a of layer 4, activation_2, is the first.*it is 0\.5\)"):
            net.fit([[[1.0]]], [[0.0]], verbose=0)

    def test_once_in_each_fit(self) -> None:
        net = chain(1e200)
        for _ in range(2):
            with pytest.warns(RuntimeWarning) as warnings:
                net.fit([[1.0], [2.0]], [[0.0], [0.0]], epochs=2, batch_size=1, verbose=0)
            assert len(warnings) == 1

    def test_training_goes_on_as_if_nothing_had_been_said(self) -> None:
        def trained(constant: float) -> Sequential:
            net = Sequential(layers(dropout=0.5), seed=0)
            net.compile("adam", lambda a, y: tn.mean_squared_error(a, y) + constant)
            net.fit(X, Y, epochs=3, batch_size=4, verbose=0)
            return net

        # a constant has no gradient; so only the warning can make a difference
        with pytest.warns(RuntimeWarning, match="every W, z and a is finite"):
            warned = trained(np.inf)
        assert same_weights(trained(0.0), warned)


class TestValidation:
    def test_the_split_takes_the_end_and_keeps_it_out_of_the_training(self) -> None:
        split, by_hand = compiled(), compiled()
        history = split.fit(X, Y, epochs=2, batch_size=4, validation_split=0.3, verbose=0)
        by_hand.fit(X[:7], Y[:7], epochs=2, batch_size=4, verbose=0)
        assert same_weights(split, by_hand)
        assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
        assert history.history["val_loss"][-1] == pytest.approx(cross_entropy(split, X[7:], Y[7:]), rel=1e-14)
        assert history.history["val_accuracy"][-1] == share_right(split, X[7:], Y[7:])

    @pytest.mark.parametrize(("share", "kept"), [(0.1, 1), (0.28, 3), (0.5, 5), (0.9, 9)])
    def test_the_share_is_rounded_to_whole_examples(self, share: float, kept: int) -> None:
        taken = order_of_examples(1, shuffle=False, validation_split=share)
        assert taken[0] == list(range(N - kept)) and taken[1] == list(range(N - kept, N))

    def test_data_of_its_own(self) -> None:
        model, alone = compiled(), compiled()
        history = model.fit(X, Y, batch_size=4, validation_data=(X[:3], Y[:3]), verbose=0)
        alone.fit(X, Y, batch_size=4, verbose=0)
        assert same_weights(model, alone)
        assert history.history["val_loss"] == [pytest.approx(cross_entropy(model, X[:3], Y[:3]), rel=1e-14)]

    @pytest.mark.parametrize("share", [0.01, 0.99, 1.0, 1.5, -0.2])
    def test_a_share_that_leaves_nothing(self, share: float) -> None:
        with pytest.raises(ValueError, match=f"validation_split={share} of 10 examples leaves none to train on or no"):
            compiled().fit(X, Y, validation_split=share, verbose=0)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ((X[:, :2], Y), r"\((N|10), 3\).*\(10, 2\)"),
            ((X, Y[:, :1]), r"y has shape \(10, 1\), the model.s outputs for x \(10, 2\)"),
            ((X[:2], Y[:3]), "x has 2 examples and y has 3"),
            ((X * np.nan, Y), r"x\[0, 0\] is nan"),
            ((X[:0], Y[:0]), r"x has shape \(0, 3\); expected at least one example"),
        ],
        ids=["x too narrow", "y too narrow", "numbers differ", "nan", "empty"],
    )
    def test_bad_data_are_refused_before_training(self, data: tuple, message: str) -> None:
        model, recorder = compiled(input_dim=3), Recorder()
        with pytest.raises(ValueError, match=message):
            model.fit(X, Y, validation_data=data, callbacks=[recorder], verbose=0)
        assert same_weights(model, compiled(input_dim=3)) and recorder.calls == []


class TestCallbacks:
    def test_what_is_called_when(self) -> None:
        recorder, model = Recorder(), compiled()
        history = model.fit(X, Y, epochs=2, batch_size=5, callbacks=[recorder], validation_split=0.2, verbose=0)
        epoch = [("batch", 0), ("batch", 1)]
        assert recorder.calls == ["train begins", *epoch, ("epoch", 0), *epoch, ("epoch", 1), "train ends"]
        assert recorder.model is model
        assert all(set(logs) == {"loss", "accuracy"} for logs in recorder.batches)
        assert {name: [logs[name] for logs in recorder.epochs] for name in history.history} == history.history

    def test_stop_training_ends_after_the_epoch(self) -> None:
        recorder, model = Recorder(stop_after=1), compiled()
        history = model.fit(X, Y, epochs=10, callbacks=[recorder], verbose=0)
        assert history.epoch == [0, 1] and recorder.calls[-1] == "train ends"
        assert model.fit(X, Y, epochs=3, verbose=0).epoch == [0, 1, 2]  # the next fit starts afresh

    def test_a_callback_that_overrides_nothing(self) -> None:
        assert compiled().fit(X, Y, callbacks=[Callback()], verbose=0).epoch == [0]

    def test_several(self) -> None:
        recorders = [Recorder(), Recorder()]
        compiled().fit(X, Y, callbacks=recorders, verbose=0)
        assert recorders[0].calls == recorders[1].calls != []

    def test_bad_arguments_are_refused_before_any_callback(self) -> None:
        recorder = Recorder()
        for arguments in ({"batch_size": 0}, {"epochs": -1}):
            with pytest.raises(ValueError, match="is a whole number"):
                compiled().fit(X, Y, callbacks=[recorder], verbose=0, **arguments)
        assert recorder.calls == []


class TestVerbose:
    def test_0_says_nothing(self, capfd: pytest.CaptureFixture) -> None:
        compiled().fit(X, Y, epochs=2, verbose=0)
        assert capfd.readouterr() == ("", "")

    def test_1_draws_a_bar_with_the_figures_on_stderr(self, capfd: pytest.CaptureFixture) -> None:
        compiled().fit(X, Y, epochs=2, batch_size=4)
        out, err = capfd.readouterr()
        assert out == "" and "6/6" in err and "epoch 2/2: loss 0." in err and "accuracy 0." in err

    def test_2_prints_a_line_an_epoch(self, capfd: pytest.CaptureFixture) -> None:
        history = compiled().fit(X, Y, epochs=2, verbose=2)
        out, err = capfd.readouterr()
        assert err == "" and out.splitlines() == [
            f"epoch {epoch + 1}/2: loss {loss:.4f}, accuracy {accuracy:.4f}"
            for epoch, loss, accuracy in zip(history.epoch, history.history["loss"], history.history["accuracy"])
        ]


class TestHistory:
    def test_collects_figures_by_name(self) -> None:
        history = History()
        history.add(0, {"loss": 0.5, "accuracy": 0.75})
        history.add(1, {"loss": 0.25, "accuracy": 1.0})
        assert history.epoch == [0, 1] and history.history == {"loss": [0.5, 0.25], "accuracy": [0.75, 1.0]}
        assert repr(history) == "<History of 2 epochs; last: loss 0.2500, accuracy 1.0000>"


class TestEvaluateAndPredict:
    @pytest.fixture(params=[3, 4, 10, 1024])
    def chunk(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ten examples as chunks of 3 + 3 + 3 + 1, of 4 + 4 + 2, or as one."""
        monkeypatch.setattr("tinynet.model.CHUNK", request.param)

    def test_evaluate_is_the_mean_over_all_examples(self, chunk: None) -> None:
        model = compiled(input_dim=3)
        figures = model.evaluate(X, Y)
        assert figures == {
            "loss": pytest.approx(cross_entropy(model, X, Y), rel=1e-14),
            "accuracy": pytest.approx(share_right(model, X, Y), rel=1e-14),
        }
        assert all(type(value) is float for value in figures.values())

    def test_predict_gives_the_outputs_of_all_examples(self, chunk: None) -> None:
        model = compiled(input_dim=3)
        np.testing.assert_allclose(model.predict(X), outputs(model, X), rtol=1e-14)

    def test_neither_changes_the_model_nor_leaves_gradients(self) -> None:
        model = compiled(input_dim=3)
        model.evaluate(X, Y)
        model.predict(X)
        assert same_weights(model, compiled(input_dim=3)) and model.optimizer.steps == 0
        assert all(p.grad is None for p in model.parameters())

    def test_predictions_are_the_caller_s_to_change(self) -> None:
        for model in (Sequential([Activation("identity")]), Sequential([Flatten()]), compiled()):
            x = X.copy()
            model.predict(x)[:] = 99
            np.testing.assert_array_equal(x, X)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_predict_gives_the_model_s_dtype(self, dtype: str) -> None:
        model = compiled(dtype=dtype)
        for x in (X, X.astype(np.float32), [[1, 2, 3]]):
            assert model.predict(x).dtype == dtype and model.predict(x).shape == (len(x), 2)

    def test_predict_needs_no_compiling(self) -> None:
        assert Sequential(layers(), seed=0).predict(X).shape == (N, 2)


class TestFloat32:
    @pytest.mark.parametrize("optimizer", tn.optimizers.OPTIMIZERS)
    def test_a_float32_network_stays_float32(self, optimizer: str) -> None:
        model = compiled(dtype="float32", dropout=0.2, optimizer=optimizer)
        model.fit(X, Y, epochs=2, batch_size=4, verbose=0)
        everything = [*model.get_weights(), *model.get_activations(X), *model.get_gradients(X, Y)]
        everything += [array for memory in model.optimizer.memory.values() for array in memory.values()]
        assert {array.dtype for array in everything} == {np.dtype("float32")}

    def test_it_follows_the_float64_one(self) -> None:
        a, b = compiled(dtype="float32"), compiled(dtype="float64")
        for model in (a, b):
            model.fit(X, Y, epochs=3, batch_size=4, verbose=0)
        for u, v in zip(a.get_weights(), b.get_weights()):
            np.testing.assert_allclose(u, v, rtol=1e-4, atol=1e-5)

    def test_set_weights_keeps_the_dtype(self) -> None:
        model = compiled(dtype="float32", input_dim=3)
        model.set_weights([w.astype(np.float64) + 1 for w in model.get_weights()])
        assert {w.dtype for w in model.get_weights()} == {np.dtype("float32")}

    def test_astype_gives_a_copy_in_the_other_dtype(self) -> None:
        model = compiled(dtype="float32", dropout=0.5, input_dim=3)
        twin = model.astype("float64")
        assert {w.dtype for w in twin.get_weights()} == {np.dtype("float64")} and twin.predict(X).dtype == np.float64
        assert {w.dtype for w in model.get_weights()} == {np.dtype("float32")} and model.predict(X).dtype == np.float32
        assert same_weights(model, twin)  # the same numbers, float32 ones as float64
        twin.fit(X, Y, verbose=0)
        assert same_weights(model, compiled(dtype="float32", dropout=0.5, input_dim=3))

    def test_layers_of_two_dtypes_are_refused_by_name(self) -> None:
        net = Sequential([Dense(4, dtype="float32"), Dense(2)])
        with pytest.raises(TypeError, match="dense_2 computes in float64 and was given a float32 tensor"):
            net(X)


class TestLookingInside:
    def test_summary(self, capsys: pytest.CaptureFixture) -> None:
        Sequential([Dense(1000, input_dim=3), Dropout(0.5, name="mask"), Dense(2)]).summary()
        assert capsys.readouterr().out.splitlines() == [
            "layer    kind     output shape  parameters",
            "------------------------------------------",
            "dense_1  Dense    (N, 1000)          4,000",
            "mask     Dropout  (N, 1000)              0",
            "dense_2  Dense    (N, 2)             2,002",
            "total: 6,002 parameters",
        ]

    def test_summary_before_the_shapes_are_known(self, capsys: pytest.CaptureFixture) -> None:
        Sequential([Flatten(), Dense(2)]).summary()
        out = capsys.readouterr().out
        assert out.count("unknown") == 4 and "total" not in out

    def test_get_weights_hands_out_copies(self) -> None:
        model = compiled(input_dim=3)
        for w in model.get_weights():
            w[:] = 99
        assert same_weights(model, compiled(input_dim=3))

    def test_set_weights_takes_copies(self) -> None:
        a, b = compiled(seed=0, input_dim=3), compiled(seed=1, input_dim=3)
        weights = a.get_weights()
        b.set_weights(weights)
        assert same_weights(a, b)
        weights[0][:] = 99
        assert same_weights(a, b)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda ws: ws[:3], "the model has 4 arrays of weights; 3 were given"),
            (lambda ws: [*ws, ws[0]], "the model has 4 arrays of weights; 5 were given"),
            (lambda ws: [*ws[:3], ws[3][:1]], r"dense_2\.b has shape \(2,\); the array given for it has shape \(1,\)"),
            (lambda ws: [ws[0], ws[1], ws[2].T, ws[3]], r"dense_2\.W has shape \(4, 2\); .* shape \(2, 4\)"),
            (lambda ws: [*ws[:3], ["a", "b"]], "could not convert string to float"),
        ],
        ids=["too few", "too many", "wrong length", "transposed", "text"],
    )
    def test_set_weights_changes_all_or_none(self, change: Callable, message: str) -> None:
        model, other = compiled(seed=0, input_dim=3), compiled(seed=1, input_dim=3)
        with pytest.raises(ValueError, match=message):
            model.set_weights(change(other.get_weights()))
        assert same_weights(model, compiled(seed=0, input_dim=3))

    def test_weights_for_a_model_that_has_none(self) -> None:
        net = Sequential([Activation("relu", input_shape=(3,))])
        assert net.get_weights() == []
        net.set_weights([])
        with pytest.raises(ValueError, match="the model has 0 arrays of weights; 1 were given"):
            net.set_weights([X])

    def test_training_goes_on_from_set_weights(self) -> None:
        model, expected = compiled(seed=0, input_dim=3), compiled(seed=1, input_dim=3)
        model.set_weights(expected.get_weights())
        for m in (model, expected):
            m.fit(X, Y, shuffle=False, verbose=0)
        assert same_weights(model, expected)

    def test_get_activations(self) -> None:
        model = compiled(dropout=0.5, input_dim=3)
        W1, b1, W2, b2 = model.get_weights()
        a1 = np.tanh(X @ W1 + b1)
        for actual, expected in zip(model.get_activations(X), [a1, a1, softmax(a1 @ W2 + b2)], strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-14)

    def test_activations_are_the_caller_s_to_change(self) -> None:
        model, x = Sequential([Dropout(0.5), Activation("identity"), Dense(2)], seed=0), X.copy()
        for a in model.get_activations(x):
            a[:] = 99
        np.testing.assert_array_equal(x, X)

    def test_get_gradients(self) -> None:
        model = compiled(dropout=0.5, input_dim=3)
        W1, b1, W2, b2 = model.get_weights()
        a1 = np.tanh(X @ W1 + b1)
        delta2 = (softmax(a1 @ W2 + b2) - Y) / N
        delta1 = (delta2 @ W2.T) * (1 - a1**2)
        by_hand = [X.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)]
        for actual, expected in zip(model.get_gradients(X, Y), by_hand, strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-15)

    def test_activations_and_gradients_are_those_of_the_trace(self) -> None:
        model = compiled(input_dim=3)
        trace = tn.introspect.trace(model, X, Y)
        for a, layer in zip(model.get_activations(X), list(trace)[1:], strict=True):
            np.testing.assert_array_equal(a, layer.a)
        of_trace = [g for layer in list(trace)[1:] for g in (layer.dW, layer.db)]
        for actual, expected in zip(model.get_gradients(X, Y), of_trace, strict=True):
            np.testing.assert_array_equal(actual, expected)


ANY_DATA = {
    "predict": lambda model, x, y: model.predict(x),
    "get_activations": lambda model, x, y: model.get_activations(x),
}
PAIRS = {
    "fit": lambda model, x, y: model.fit(x, y, epochs=2, batch_size=4, verbose=0),
    "evaluate": lambda model, x, y: model.evaluate(x, y),
    "get_gradients": lambda model, x, y: model.get_gradients(x, y),
    "trace": lambda model, x, y: tn.introspect.trace(model, x, y),
    "gradcheck": lambda model, x, y: tn.gradcheck(model, x, y),
}


def with_entry(array: np.ndarray, index: tuple, value: float) -> np.ndarray:
    array = array.copy()
    array[index] = value
    return array


class TestBadData:
    """A clear error, and the model is as before."""

    @staticmethod
    def refused(call: Callable, x: object, y: object, message: str) -> None:
        model = compiled(input_dim=3)
        with pytest.raises(ValueError, match=message):
            call(model, x, y)
        assert same_weights(model, compiled(input_dim=3)) and model.optimizer.steps == 0

    @pytest.mark.parametrize("call", ANY_DATA | PAIRS)
    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (X[:, :2], r"dense_1 takes inputs of shape \(N, 3\), not \((10|4), 2\)"),
            (X.reshape(N, 3, 1), r"dense_1 takes inputs of shape \(N, 3\), not \((10|4), 3, 1\)"),
            (with_entry(X, (7, 2), np.nan), r"x\[7, 2\] is nan; clean or drop such rows first"),
            (with_entry(X, (0, 1), -np.inf), r"x\[0, 1\] is -inf"),
            (X[:0], r"x has shape \(0, 3\); expected at least one example"),
            (3.0, r"x has shape \(\); expected at least one example"),
            ([["a", "b", "c"]] * N, "could not convert string to float: 'a'"),
        ],
        ids=["too narrow", "too deep", "nan", "infinite", "empty", "a number", "text"],
    )
    def test_x(self, call: str, x: object, message: str) -> None:
        self.refused((ANY_DATA | PAIRS)[call], x, Y, message)

    @pytest.mark.parametrize("call", ANY_DATA)
    def test_one_example_that_is_no_batch(self, call: str) -> None:
        self.refused(ANY_DATA[call], X[0], None, r"not \(3,\); a single example is a batch of one, x\[None\]")

    @pytest.mark.parametrize("call", PAIRS)
    @pytest.mark.parametrize(
        ("y", "message"),
        [
            (Y[:, :1], r"y has shape \(10, 1\), the model's outputs for x \(10, 2\).*one_hot\(y.ravel\(\), 2\)"),
            (Y[:, 0], r"y has shape \(10,\), the model's outputs for x \(10, 2\); they must be equal.*one_hot\(y, 2\)"),
            (Y[:9], "x has 10 examples and y has 9; they must be equal"),
            (with_entry(Y, (3, 0), np.nan), r"y\[3, 0\] is nan"),
            (Y[:0], r"y has shape \(0, 2\); expected at least one example"),
            (Y * 3, "categorical_crossentropy takes a target of probabilities, 0 to 1; this goes from 0 to 3"),
            (None, r"\by (is|was|has)\b"),
        ],
        ids=["too narrow", "class numbers", "numbers differ", "nan", "empty", "out of range", "none"],
    )
    def test_y(self, call: str, y: object, message: str) -> None:
        self.refused(PAIRS[call], X, y, message)

    @pytest.mark.parametrize("call", PAIRS)
    def test_no_target_where_x_could_be_taken_apart_into_a_pair(self, call: str) -> None:
        self.refused(PAIRS[call], X[:2], None, r"\by (is|was|has)\b")

    @pytest.mark.parametrize("call", PAIRS)
    def test_a_column_against_a_row(self, call: str) -> None:
        model = Sequential([Dense(1, input_dim=3)], seed=0)
        model.compile("sgd", "mean_squared_error")
        with pytest.raises(ValueError, match=r"y has shape \(10,\), .* \(10, 1\); .* y.reshape\(-1, 1\)"):
            PAIRS[call](model, X, Y[:, 0])

    def test_a_value_too_large_for_float32_is_no_warning_but_an_error(self) -> None:
        with pytest.raises(ValueError, match=r"x\[0, 0\] is inf"):
            compiled(dtype="float32").predict([[1e300, 0, 0]])

    def test_a_wrong_shape_in_the_middle_names_the_layer(self) -> None:
        with pytest.raises(ValueError, match=r"out takes one row .* not \(N, 3, 4\); put a Flatten\(\) before it"):
            Sequential([Activation("relu", input_shape=(3, 4)), Dense(1, name="out")])
        net = Sequential([Activation("relu"), Dense(1, name="out", input_dim=5)])
        with pytest.raises(ValueError, match=r"out was made for inputs \(N, 5\), not \(N, 3\)"):
            net(X)


class TestBadSettings:
    def test_unknown_names_are_answered_with_the_known_ones(self) -> None:
        model = compiled()
        for arguments, message in [
            (("adm", "hinge"), "unknown optimizer 'adm'. Did you mean 'adam'.*sgd.*adamw"),
            (("adam", "crossentropy"), "unknown loss 'crossentropy'.*binary_crossentropy, categorical_crossentropy"),
            (("adam", "hinge", ["precision"]), "unknown metric 'precision'. Known: accuracy, mean_absolute_error"),
        ]:
            with pytest.raises(ValueError, match=message):
                model.compile(*arguments)

    def test_after_a_refused_compile_the_old_one_holds(self) -> None:
        model = compiled()
        before = (model.optimizer, model.loss, model.metrics)
        for arguments in [("sgd", "nonsense"), ("sgd", "hinge", ["nonsense"]), ("sgd", "hinge", "accuracy")]:
            with pytest.raises(ValueError):
                model.compile(*arguments)
            assert (model.optimizer, model.loss, model.metrics) == before

    def test_metrics_come_as_a_list(self) -> None:
        with pytest.raises(ValueError, match=r"metrics is a list, \['accuracy'\] for example"):
            Sequential().compile("adam", "hinge", metrics="accuracy")

    @pytest.mark.parametrize("call", ["fit", "evaluate", "get_gradients"])
    def test_compile_comes_first(self, call: str) -> None:
        with pytest.raises(ValueError, match=r"compile\(optimizer=..., loss=...\) the model first"):
            PAIRS[call](Sequential(layers()), X, Y)

    @pytest.mark.parametrize("number", [0, -1, 2.5, "8", None])
    def test_batch_size(self, number: object) -> None:
        with pytest.raises(ValueError, match=f"batch_size is a whole number >= 1, not {number!r}"):
            compiled().fit(X, Y, batch_size=number, verbose=0)

    @pytest.mark.parametrize("number", [-1, 2.5, "8", None])
    def test_epochs(self, number: object) -> None:
        with pytest.raises(ValueError, match=f"epochs is a whole number >= 0, not {number!r}"):
            compiled().fit(X, Y, epochs=number, verbose=0)

    def test_a_model_without_layers(self) -> None:
        model = Sequential()
        model.compile("adam", "hinge")
        for call in (lambda: model(X), lambda: model.predict(X), lambda: model.fit(X, Y), lambda: model.evaluate(X, Y)):
            with pytest.raises(ValueError, match=r"this model has no layers; add\(Dense\(...\)\) some"):
                call()

    def test_weights_before_the_input_shape_is_known(self) -> None:
        for model in (Sequential(), Sequential(layers())):
            for call in (model.parameters, model.get_weights, lambda m=model: m.set_weights([])):
                with pytest.raises(ValueError, match="weights do not exist yet; give the first layer input_dim="):
                    call()
