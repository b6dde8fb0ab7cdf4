"""The recorder: what it rebuilds is what was there, to the last bit; it counts, thins, saves, and does not disturb."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential
from tinynet.introspect import Divergence, Recorder, Trace

# Ten examples to train on, and three others to look at.
X, Y = np.random.default_rng(0).normal(size=(10, 2, 2)), np.eye(2)[[0, 1, 1, 0, 1, 0, 0, 1, 1, 0]]
LOOK, WANT = np.random.default_rng(1).normal(size=(3, 2, 2)), np.eye(2)[[1, 0, 0]]

QUANTITIES = ("z", "a", "f_prime", "da", "delta", "W", "b", "dW", "db")


def build(dtype: str = "float64") -> Sequential:
    """A layer of every kind."""
    layers = [
        Flatten(input_shape=(2, 2)),
        Dense(4, "tanh", dtype=dtype),
        Dropout(0.5),
        Dense(3, use_bias=False, dtype=dtype),
        Activation("relu"),
        Dense(2, "softmax", dtype=dtype),
    ]
    return Sequential(layers, seed=3)


def compiled(optimizer: Any = "sgd", loss: Any = "categorical_crossentropy", **settings: Any) -> Sequential:
    net = build(**settings)
    net.compile(optimizer, loss)
    return net


def recorded(epochs: int = 3, optimizer: Any = "sgd", **settings: Any) -> Recorder:
    """The recorder of a training of four batches an epoch."""
    recorder = Recorder(LOOK, WANT, **settings)
    compiled(optimizer).fit(X, Y, epochs=epochs, batch_size=3, callbacks=[recorder], verbose=0)
    return recorder


def chain(*weights: float) -> Sequential:
    """Layers of one neuron without bias or activation, 1-1-...-1, each with its weight."""
    net = Sequential([Dense(1, use_bias=False) for _ in weights], seed=0)
    net.build((1,))
    net.set_weights([[[w]] for w in weights])
    return net


def hand_fed(*steps: tuple[float, ...], every: int = 1, budget: int = 2**20) -> Recorder:
    """A recorder that was shown such a network with the weights of each step; x = 1 and y = 0."""
    net, recorder = chain(*steps[0]), Recorder([[1.0]], [[0.0]], every, budget)
    recorder.loss_name = "mean_squared_error"
    for weights in steps:
        net.set_weights([[[w]] for w in weights])
        recorder.record(net)
    return recorder


class Live(tn.Callback):
    """Takes the trace while the network trains: the numbers that the recorder must find again."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self.weights: list[list[np.ndarray]] = []

    def take(self, net: Sequential, loss: Any = None) -> None:
        self.traces.append(tn.introspect.trace(net, LOOK, WANT, loss=loss))
        self.weights.append(net.get_weights())

    def on_train_begin(self) -> None:
        self.take(self.model)

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        self.take(self.model)


def same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def check_against(recorder: Recorder, live: Live) -> None:
    assert len(recorder) == len(live.traces)
    for k, (taken, weights) in enumerate(zip(live.traces, live.weights)):
        rebuilt = recorder.trace(k)
        assert rebuilt.loss == taken.loss and rebuilt.loss_name == taken.loss_name
        assert len(rebuilt) == len(taken) == 7
        for a, b in zip(rebuilt, taken):
            assert (a.name, a.kind, a.f) == (b.name, b.kind, b.f)
            assert [q for q in QUANTITIES if not same(getattr(a, q), getattr(b, q))] == []
        assert all(same(u, v) for u, v in zip(recorder.weights(k), weights, strict=True))


OPTIMIZERS: dict[str, Callable[[], tn.Optimizer]] = {
    "sgd": lambda: tn.SGD(0.5),
    "nesterov": lambda: tn.SGD(0.1, momentum=0.9, nesterov=True, l2=0.01),
    "adagrad": lambda: tn.Adagrad(0.1),
    "rmsprop": lambda: tn.RMSprop(0.05),
    "adamw": lambda: tn.AdamW(0.1, weight_decay=0.1),
    "schedule": lambda: tn.Adam(tn.StepDecay(0.2, 0.5, every=3)),
}


class TestWhatIsRebuiltIsWhatWasThere:
    """... to the last bit, with dropout off, whatever the training did."""

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_after_fit(self, optimizer: str, dtype: str) -> None:
        recorder, live = Recorder(LOOK, WANT), Live()
        net = compiled(OPTIMIZERS[optimizer](), dtype=dtype)
        net.fit(X, Y, epochs=2, batch_size=3, callbacks=[recorder, live], verbose=0)
        assert recorder.steps == list(range(9)) and recorder.weights(0)[0].dtype == dtype
        check_against(recorder, live)

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_after_a_loop_by_hand(self, optimizer: str) -> None:
        net, rule, recorder, live = build(), OPTIMIZERS[optimizer](), Recorder(LOOK, WANT), Live()
        recorder.record(net, None, rule)
        live.take(net, "mean_squared_error")
        for _ in range(5):
            loss = tn.mean_squared_error(net(X, training=True), Y)
            loss.backward()
            rule.step(net.parameters())
            recorder.record(net, loss, rule)
            live.take(net, "mean_squared_error")
        assert recorder.steps == list(range(6)) and recorder.loss_name == "mean_squared_error"
        check_against(recorder, live)

    def test_in_any_order_and_counted_from_the_end(self) -> None:
        recorder = recorded()
        last, first = recorder.trace(-1), recorder.trace(0)
        assert same(recorder.trace(len(recorder) - 1)[2].z, last[2].z) and same(recorder.trace(0)[2].z, first[2].z)
        assert not np.array_equal(first[2].z, last[2].z)

    def test_values_are_those_of_the_traces_in_one_array(self) -> None:
        recorder = recorded()
        for l in range(7):
            for q in QUANTITIES:
                expected = [getattr(recorder.trace(k)[l], q) for k in range(len(recorder))]
                if expected[0] is not None:
                    np.testing.assert_array_equal(recorder.values(q, l), expected)
        assert recorder.values("delta", 2).shape == (13, 3, 4) and recorder.values("W", 2).shape == (13, 4, 4)
        assert recorder.values("f_prime", 6).shape == (13, 3, 2, 2) and recorder.values("b", 6).shape == (13, 2)

    def test_of_a_full_batch_the_losses_are_those_of_the_traces(self) -> None:
        x, y = tn.data.xor()
        net = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
        net.compile(tn.SGD(0.5), "binary_crossentropy")
        recorder = Recorder(x, y)
        net.fit(x, y, epochs=6, shuffle=False, callbacks=[recorder], verbose=0)
        # the last step has seen no batch yet
        assert recorder.losses == {k: recorder.trace(k).loss for k in range(6)}

    def test_the_network_of_its_own_takes_what_it_is_asked_for(self) -> None:
        recorder = recorded()
        recorder.trace(3)
        assert all(same(u, v) for u, v in zip(recorder.net.get_weights(), recorder.weights(3), strict=True))

    def test_what_it_hands_out_cannot_falsify_it(self) -> None:
        recorder = recorded()
        with pytest.raises(ValueError, match="read-only"):
            recorder.weights(1)[0][:] = 0
        before = recorder.trace(1)[2].W.copy()
        recorder.trace(1)[2].W[:] = 0
        recorder.net.layers[1].W.data[:] = 0
        assert same(recorder.trace(1)[2].W, before)

    def test_the_examples_are_copies(self) -> None:
        x, y = LOOK.copy(), WANT.copy()
        recorder = Recorder(x, y)
        x[:], y[:] = 0, 0
        np.testing.assert_array_equal(recorder.x, LOOK)
        np.testing.assert_array_equal(recorder.y, WANT)

    def test_a_loss_and_an_activation_of_one_s_own(self) -> None:
        def loss(a: tn.Tensor, y: Any) -> tn.Tensor:
            return ((a - y) ** 2).mean()

        net = Sequential([Dense(2, lambda z: tn.exp(-(z * z)), input_dim=4)], seed=0)
        net.compile("adam", loss)
        x, recorder = X.reshape(10, 4), Recorder(X.reshape(10, 4), Y)
        net.fit(x, Y, epochs=2, shuffle=False, callbacks=[recorder], verbose=0)
        assert recorder.loss_name is loss and recorder.trace(1).loss == recorder.losses[1]


class TestRecordingDoesNotDisturb:
    def test_the_same_bits_are_trained(self) -> None:
        watched, alone = compiled("adam"), compiled("adam")
        watched.fit(X, Y, epochs=3, batch_size=3, callbacks=[Recorder(LOOK, WANT)], verbose=0)
        alone.fit(X, Y, epochs=3, batch_size=3, verbose=0)
        assert all(same(u, v) for u, v in zip(watched.get_weights(), alone.get_weights()))

    def test_looking_between_two_steps_does_not_either(self) -> None:
        class Nosy(tn.Callback):
            def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
                recorder.values("dW", 2)
                recorder.trace(0)

        watched, alone, recorder = compiled("adam"), compiled("adam"), Recorder(LOOK, WANT)
        watched.fit(X, Y, batch_size=3, callbacks=[recorder, Nosy()], verbose=0)
        alone.fit(X, Y, batch_size=3, verbose=0)
        assert all(same(u, v) for u, v in zip(watched.get_weights(), alone.get_weights()))

    def test_an_empty_one_is_still_one(self) -> None:
        assert Recorder(LOOK, WANT) and len(Recorder(LOOK, WANT)) == 0


class TestSteps:
    def test_every_third(self) -> None:
        sparse, dense = recorded(every=3), recorded()
        assert sparse.steps == [0, 3, 6, 9, 12] and dense.steps == list(range(13))
        assert sparse.losses == dense.losses and list(dense.losses) == list(range(12))  # of every step
        assert all(same(sparse.weights(k)[0], dense.weights(3 * k)[0]) for k in range(5))

    def test_a_loop_that_records_after_its_first_step(self) -> None:
        net, rule, recorder = build(), tn.SGD(0.1), Recorder(LOOK, WANT)
        for _ in range(3):
            loss = tn.categorical_crossentropy(net(X.reshape(10, 2, 2)), Y)
            loss.backward()
            rule.step(net.parameters())
            recorder.record(net, loss, rule)
        assert recorder.steps == [1, 2, 3] and list(recorder.losses) == [0, 1, 2]

    def test_the_first_loss_may_come_before_the_first_step(self) -> None:
        net, rule, recorder = build(), tn.SGD(0.1), Recorder(LOOK, WANT)
        recorder.record(net, tn.categorical_crossentropy(net(X), Y), rule)
        assert recorder.steps == [0] and list(recorder.losses) == [0]

    def test_without_an_optimizer_each_call_is_an_update(self) -> None:
        assert hand_fed((1.0,), (2.0,), (3.0,)).steps == [0, 1, 2]
        net, recorder = chain(1.0), Recorder([[1.0]], [[0.0]])
        recorder.record(net, 0.5)
        recorder.record(net, 0.25)
        assert recorder.steps == [1, 2] and recorder.losses == {0: 0.5, 1: 0.25}
        assert recorder.learning_rates == {1: None, 2: None} and recorder.optimizer is None

    def test_updates_between_two_records_are_counted(self) -> None:
        net, rule, recorder = chain(1.0), tn.SGD(0.1), Recorder([[1.0]], [[0.0]], every=2)
        recorder.record(net, None, rule)
        for step in range(1, 10):
            loss = tn.mean_squared_error(net([[1.0]]), [[0.0]])
            loss.backward()
            rule.step(net.parameters())
            if step % 3 == 0:
                recorder.record(net, loss, rule)
        assert recorder.steps == [0, 3, 6, 9] and list(recorder.losses) == [2, 5, 8]

    def test_a_call_without_an_update_records_nothing(self) -> None:
        net, rule, recorder = chain(1.0), tn.SGD(0.1), Recorder([[1.0]], [[0.0]])
        for _ in range(3):
            recorder.record(net, None, rule)
        assert recorder.steps == [0]

    def test_fit_again_goes_on(self) -> None:
        net, recorder = compiled("adam"), Recorder(LOOK, WANT)
        for _ in range(2):
            net.fit(X, Y, batch_size=5, callbacks=[recorder], verbose=0)
        assert recorder.steps == [0, 1, 2, 3, 4] and list(recorder.losses) == [0, 1, 2, 3]
        net.compile(tn.SGD(0.25), "categorical_crossentropy")  # an optimizer that counts from 0 again
        net.fit(X, Y, batch_size=5, callbacks=[recorder], verbose=0)
        assert recorder.steps == [0, 1, 2, 3, 4, 5, 6] and recorder.optimizer["kind"] == "SGD"
        assert recorder.learning_rates == {**dict.fromkeys(range(4), 0.001), 4: 0.25, 5: 0.25, 6: 0.25}

    def test_a_network_that_was_trained_before_begins_at_0(self) -> None:
        net, recorder = compiled(), Recorder(LOOK, WANT)
        net.fit(X, Y, verbose=0)
        net.fit(X, Y, callbacks=[recorder], verbose=0)
        assert recorder.steps == [0, 1]

    def test_a_second_fit_with_another_loss_is_another_training(self) -> None:
        net, recorder = compiled(), Recorder(LOOK, WANT)
        net.fit(X, Y, callbacks=[recorder], verbose=0)
        net.compile("sgd", "mean_squared_error")
        with pytest.raises(ValueError, match="loss is categorical_crossentropy, and the model now trains with mean_sq"):
            net.fit(X, Y, callbacks=[recorder], verbose=0)

    def test_a_schedule_may_end_with_the_training(self) -> None:
        rates = [0.5, 0.25, 0.125, 0.0625]
        recorder = recorded(epochs=1, optimizer=tn.SGD(lambda step: rates[step]))
        assert recorder.learning_rates == {**dict(enumerate(rates)), 4: None}

    def test_a_rate_in_float32_is_a_number_like_others(self, tmp_path: Path) -> None:
        class Own(tn.optimizers.Optimizer):
            def update(self, w: Any, dw: Any, alpha: Any, memory: Any) -> None:
                w -= alpha * dw

        for kind in (Own, tn.SGD):
            recorder = recorded(epochs=1, optimizer=kind(np.float32(0.5)))
            recorder.save(tmp_path / "run.npz")
            assert Recorder.load(tmp_path / "run.npz").learning_rates == dict.fromkeys(range(5), 0.5)
            recorder.to_html(tmp_path / "page.html")

    def test_the_worksheet_of_a_copy_knows_no_memory_of_the_optimizer(self) -> None:
        net, recorder = compiled("adam"), Recorder(LOOK, WANT)
        net.fit(X, Y, callbacks=[recorder], verbose=0)
        with pytest.raises(ValueError, match=r"this Adam remembers the dense_1\.W of another network"):
            recorder.trace(-1).worksheet(optimizer=net.optimizer)
        assert "(1 − 0.9^1)" in recorder.trace(0).worksheet(optimizer=tn.Adam())

    def test_learning_rates_are_those_of_the_update_that_leads_away(self) -> None:
        recorder = recorded(epochs=2, optimizer=tn.Adam(tn.StepDecay(0.8, 0.5, every=3)))
        assert recorder.learning_rates == {0: 0.8, 1: 0.8, 2: 0.8, 3: 0.4, 4: 0.4, 5: 0.4, 6: 0.2, 7: 0.2, 8: 0.2}

    def test_a_learning_rate_that_is_changed_after_the_record(self) -> None:
        class Halve(tn.Callback):
            def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
                self.model.optimizer.learning_rate /= 2

        recorder = Recorder(LOOK, WANT)
        compiled(tn.SGD(0.4)).fit(X, Y, epochs=2, batch_size=5, callbacks=[recorder, Halve()], verbose=0)
        # the last one was noted before it was halved, and no update has told otherwise
        assert recorder.learning_rates == {0: 0.4, 1: 0.4, 2: 0.2, 3: 0.2, 4: 0.2}

    def test_the_optimizer_is_described(self) -> None:
        assert recorded(optimizer=tn.SGD(0.1, momentum=0.9)).optimizer == {
            "kind": "SGD",
            "learning_rate": 0.1,
            "momentum": 0.9,
            "nesterov": False,
            "l2": 0.0,
        }
        schedule = recorded(optimizer=tn.Adam(tn.ExponentialDecay(0.1, 0.5))).optimizer["learning_rate"]
        assert schedule == {"kind": "ExponentialDecay", "initial": 0.1, "factor": 0.5}
        assert recorded(optimizer=tn.SGD(lambda t: 0.5)).optimizer == {"kind": "SGD", "learning_rate": None}


class TestBudget:
    SIZE = 8  # bytes, of the one weight of a chain

    def fed(self, steps: int, kept: int, every: int = 1) -> Recorder:
        return hand_fed(*((float(s),) for s in range(steps)), every=every, budget=kept * self.SIZE)

    def test_as_long_as_it_suffices_all_are_kept(self, capfd: pytest.CaptureFixture) -> None:
        recorder = self.fed(50, kept=50)
        assert recorder.steps == list(range(50)) and not recorder.thinned
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("kept", [2, 3, 4, 10, 50])
    @pytest.mark.parametrize("steps", [51, 52, 137, 1000])
    def test_beyond_it_steps_are_dropped_but_the_first_and_the_newest_stay(self, steps: int, kept: int) -> None:
        recorder = self.fed(steps, kept)
        assert recorder.thinned and 2 <= len(recorder) <= kept
        assert recorder.steps[0] == 0 and recorder.steps[-1] == steps - 1
        if kept > 4:
            assert len(recorder) > kept / 2  # no more were dropped than need be
        # each kept step has its own weights, its own rate, and every step its loss
        assert recorder.values("W", 1).ravel().tolist() == recorder.steps
        assert list(recorder.learning_rates) == recorder.steps

    def test_after_each_step_the_newest_is_there(self) -> None:
        net, recorder = chain(0.0), Recorder([[1.0]], [[0.0]], budget=5 * self.SIZE)
        for step in range(100):
            recorder.record(net)
            assert recorder.steps[-1] == step and recorder.steps[0] == 0 and len(recorder) <= 5

    def test_what_stays_is_close_at_the_start_and_far_apart_at_the_end(self) -> None:
        steps = np.array(self.fed(3000, kept=40).steps)
        assert len(steps) > 20
        gaps = np.diff(steps[:-1])  # the newest is there for being the newest
        assert gaps[0] == 1 and gaps[-1] > 100 and (np.diff(gaps) >= -0.1 * gaps[1:]).all()
        # on a logarithmic axis no gap is much wider than the others
        late = np.log(steps[steps > 20])
        assert np.diff(late).max() < 3 * np.median(np.diff(late))

    def test_together_with_every(self) -> None:
        recorder = self.fed(1000, kept=20, every=7)
        assert recorder.steps[-1] == 994 and all(step % 7 == 0 for step in recorder.steps)

    def test_it_is_said_once(self, capfd: pytest.CaptureFixture) -> None:
        recorder = self.fed(1000, kept=10)
        out, err = capfd.readouterr()
        assert out == "" and err.count("\n") == 1
        assert "recorder: 80 bytes hold 10 steps of this network; from now on, steps are dropped" in err
        assert "thinned to fit its budget" in repr(recorder)

    def test_in_fit_it_does_not_break_the_bar(self, capfd: pytest.CaptureFixture) -> None:
        recorder = Recorder(LOOK, WANT, budget=3 * recorded().weights(0)[0].nbytes * 3)
        compiled().fit(X, Y, epochs=3, batch_size=3, callbacks=[recorder])
        assert "\nrecorder: " in capfd.readouterr().err.replace("\r", "\n")
        assert recorder.steps[-1] == 12

    def test_too_small_for_two_steps(self) -> None:
        with pytest.raises(
            ValueError, match=r"a budget of 31 bytes cannot hold two steps .* 16 bytes each; .* 32 at least"
        ):
            Recorder([[1.0]], [[0.0]], budget=31).record(chain(1.0, 1.0))
        Recorder([[1.0]], [[0.0]], budget=32).record(chain(1.0, 1.0))


class TestDivergence:
    @pytest.mark.parametrize(
        ("weights", "expected", "words"),
        [
            ((np.nan, 1.0), Divergence(2, 1, "dense_1", "W"), "W of layer 1, dense_1, at step 2"),
            ((1.0, np.inf), Divergence(2, 2, "dense_2", "W"), "W of layer 2, dense_2, at step 2"),
            ((1e200, 1e200), Divergence(2, 2, "dense_2", "z"), "z of layer 2, dense_2, at step 2"),
            # a = 1e200: its square, the loss, is too large, and δ = 2 a is not
            ((1e100, 1e100), Divergence(2, 0, "", "the loss"), "the loss at step 2"),
            # z = 0, loss and δ of the last layer are small, that of the first is δ W
            ((1e-300, 1e308), None, None),
        ],
    )
    def test_the_first_layer_and_quantity(self, weights: tuple, expected: Divergence | None, words: str | None) -> None:
        found = hand_fed((1.0, 1.0), (2.0, 1.0), weights, (np.nan, np.nan)).diverged
        if expected is None:
            expected, words = Divergence(2, 1, "dense_1", "δ"), "δ of layer 1, dense_1, at step 2"
        assert found == expected and str(found) == words

    def test_on_the_way_back_the_last_layer_comes_first(self) -> None:
        # a = 1, so that δ^3 = 2; δ^2 = 2e308, and all of the rest with it
        assert str(hand_fed((1e-300, 1e-8, 1e308)).diverged) == "δ of layer 2, dense_2, at step 0"

    def test_an_activation_that_overflows(self) -> None:
        # f′ is infinite, and tanh lets no gradient through: 0 · ∞, of which NumPy need not warn once more
        net = Sequential([Flatten(input_shape=(1,)), Dense(1, tn.exp), Dense(1, "tanh")], seed=0)
        net.set_weights([[[1e3]], [0], [[1.0]], [0]])
        recorder = Recorder([[1.0]], [[0.0]])
        recorder.loss_name = "mean_squared_error"
        recorder.record(net)
        assert np.isnan(recorder.trace(0)[2].delta).all()
        assert str(recorder.diverged) == "a of layer 2, dense_1, at step 0"

    def test_none_while_all_is_finite_and_looked_for_again_later(self) -> None:
        recorder = hand_fed((1.0,), (2.0,))
        assert recorder.diverged is None
        recorder._source.set_weights([[[np.inf]]])
        recorder.record(recorder._source)
        assert recorder.diverged == Divergence(2, 1, "dense_1", "W")

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_fit_warns_of_the_same_step_and_layer(self, dtype: str) -> None:
        x, y = tn.data.xor()
        net = Sequential([Dense(8, dtype=dtype), Dense(8, dtype=dtype), Dense(1, "sigmoid", dtype=dtype)], seed=0)
        net.compile(tn.SGD(1e5), "binary_crossentropy")
        recorder = Recorder(1e5 * x, y)
        with pytest.warns(RuntimeWarning) as warnings:
            net.fit(1e5 * x, y, epochs=60, callbacks=[recorder], verbose=0)
        (message,) = (str(warning.message) for warning in warnings)
        where = recorder.diverged
        assert f"at step {where.step}," in message and where.step > 0
        assert f"{where.quantity} of layer {where.layer}, {where.name}, is the first" in message
        assert next(s for s, loss in recorder.losses.items() if not np.isfinite(loss)) == where.step


FOREIGN: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "no description": lambda arrays, words: arrays.pop("recorder.json"),
    "another format": lambda arrays, words: words.update(format="tinynet recorder 99"),
    "no steps": lambda arrays, words: arrays.update(steps=arrays["steps"][:0]),
    "one step less": lambda arrays, words: arrays.update(steps=arrays["steps"][:-1]),
    "steps in disorder": lambda arrays, words: arrays.update(steps=arrays["steps"][::-1]),
    "broken steps": lambda arrays, words: arrays.update(steps=arrays["steps"] + 0.5),
    "a weight missing": lambda arrays, words: arrays.pop("weights/dense_2.W"),
    "a weight too much": lambda arrays, words: arrays.update({"weights/dense_9.W": np.ones((2, 3))}),
    "weights of fewer steps": lambda a, words: a.update({"weights/dense_1.b": a["weights/dense_1.b"][1:]}),
    "weights of another shape": lambda a, words: a.update({"weights/dense_1.b": a["weights/dense_1.b"][:, 1:]}),
    "weights of objects": lambda a, words: a.update({"weights/dense_1.b": np.array([print] * 13, object)}),
    "one rate less": lambda a, words: a.update(learning_rates=a["learning_rates"][1:]),
    "one loss less": lambda a, words: a.update(losses=a["losses"][1:]),
    "other examples": lambda arrays, words: arrays.update(x=arrays["x"][:, 1:]),
    "examples that are not finite": lambda arrays, words: arrays.update(x=arrays["x"] * np.nan),
    "other targets": lambda arrays, words: arrays.update(y=arrays["y"] * 2),
    "an unknown loss": lambda arrays, words: words.update(loss_name="surprise"),
    "an unknown layer": lambda arrays, words: words["model"]["layers"][0].update(kind="LSTM"),
    "no budget": lambda arrays, words: words.update(budget=0),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("recorder") / "run.npz"
    recorded().save(path)
    return path.read_bytes()


class TestFiles:
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_there_and_back(self, tmp_path: Path, dtype: str) -> None:
        recorder = Recorder(LOOK, WANT, every=2)
        net = compiled(tn.Adam(tn.StepDecay(0.1, 0.5, 3)), dtype=dtype)
        net.fit(X, Y, epochs=3, batch_size=3, callbacks=[recorder], verbose=0)
        recorder.save(tmp_path / "run.npz")
        twin = Recorder.load(tmp_path / "run.npz")
        for name in ("steps", "losses", "learning_rates", "loss_name", "optimizer", "every", "budget", "thinned"):
            assert getattr(twin, name) == getattr(recorder, name), name
        assert repr(twin) == repr(recorder)
        for k in range(len(recorder)):
            assert all(same(u, v) for u, v in zip(twin.weights(k), recorder.weights(k), strict=True))
            a, b = twin.trace(k), recorder.trace(k)
            assert a.loss == b.loss
            assert [q for u, v in zip(a, b) for q in QUANTITIES if not same(getattr(u, q), getattr(v, q))] == []
        with pytest.raises(ValueError, match="read-only"):
            twin.weights(0)[0][:] = 0

    def test_what_a_recorder_does_not_know_stays_unknown(self, tmp_path: Path) -> None:
        net, recorder = chain(1.0), Recorder([[1.0]], [[0.0]])
        recorder.record(net)
        recorder.save(tmp_path / "run.npz")
        twin = Recorder.load(tmp_path / "run.npz")
        assert twin.losses == {} and twin.learning_rates == {0: None}
        assert twin.loss_name is None and twin.optimizer is None

    def test_a_training_that_diverged_and_was_thinned(self, tmp_path: Path) -> None:
        recorder = hand_fed(*((10.0**s,) for s in range(200)), (np.nan,), budget=80)
        recorder.save(tmp_path / "run.npz")
        twin = Recorder.load(tmp_path / "run.npz")
        assert twin.thinned and twin.steps == recorder.steps and twin.diverged == recorder.diverged is not None

    def test_anyone_can_read_the_weights(self, tmp_path: Path) -> None:
        recorder = recorded()
        recorder.save(tmp_path / "run.npz")
        with np.load(tmp_path / "run.npz", allow_pickle=False) as file:
            np.testing.assert_array_equal(file["weights/dense_2.W"], recorder.values("W", 4))
            np.testing.assert_array_equal(file["steps"], recorder.steps)

    def test_a_loaded_one_records_no_more(self, tmp_path: Path) -> None:
        recorder, net = Recorder(LOOK, WANT), compiled()
        net.fit(X, Y, callbacks=[recorder], verbose=0)
        recorder.save(tmp_path / "run.npz")
        twin = Recorder.load(tmp_path / "run.npz")
        with pytest.raises(ValueError, match=r"was loaded from a file and records no more; make a Recorder\(x, y\)"):
            net.fit(X, Y, callbacks=[twin], verbose=0)

    @pytest.mark.parametrize(
        ("net", "what"),
        [
            (compiled(loss=lambda a, y: ((a - y) ** 2).mean()), "the loss is a function of your own"),
            (Sequential([Flatten(), Dense(2, lambda z: z * 2)], seed=0), "activation is a function of your own"),
        ],
    )
    def test_functions_of_one_s_own_are_refused_and_the_old_file_stays(
        self, tmp_path: Path, net: Sequential, what: str
    ) -> None:
        (tmp_path / "run.npz").write_text("older")
        recorder = Recorder(LOOK, WANT)
        recorder.record(net)
        with pytest.raises(ValueError, match=f"{what}, which a file cannot hold"):
            recorder.save(tmp_path / "run.npz")
        assert [path.read_text() for path in tmp_path.iterdir()] == ["older"]

    def test_where_writing_fails_the_old_file_stays(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "run.npz").write_text("older")

        def full(file: Any, **arrays: Any) -> None:
            file.write(b"half")
            raise OSError("no space left")

        recorder = recorded()
        monkeypatch.setattr(np, "savez", full)
        with pytest.raises(OSError, match="no space left"):
            recorder.save(tmp_path / "run.npz")
        assert [path.read_text() for path in tmp_path.iterdir()] == ["older"]

    @pytest.mark.parametrize("kind", FOREIGN)
    def test_foreign_files_are_refused(self, tmp_path: Path, whole: bytes, kind: str) -> None:
        with np.load(io.BytesIO(whole)) as file:
            arrays = dict(file)
        words = json.loads(str(arrays["recorder.json"]))
        FOREIGN[kind](arrays, words)
        if "recorder.json" in arrays:
            arrays["recorder.json"] = np.array(json.dumps(words))
        np.savez(tmp_path / "run.npz", **arrays)
        with pytest.raises(ValueError, match=r"run\.npz is not a whole recorder file written by recorder.save\(\): ."):
            Recorder.load(tmp_path / "run.npz")

    def test_a_model_is_no_recorder(self, tmp_path: Path) -> None:
        build().save(tmp_path / "model.npz")
        with pytest.raises(ValueError, match=r"model\.npz is not a whole recorder file"):
            Recorder.load(tmp_path / "model.npz")

    def test_wherever_the_file_breaks_off(self, tmp_path: Path, whole: bytes) -> None:
        for length in range(0, len(whole), 307):
            (tmp_path / "run.npz").write_bytes(whole[:length])
            with pytest.raises(ValueError, match="is not a whole recorder file"):
                Recorder.load(tmp_path / "run.npz")

    def test_whichever_byte_is_damaged_it_is_an_error_or_the_same(self, tmp_path: Path, whole: bytes) -> None:
        expected, path = recorded(), tmp_path / "run.npz"
        for place in range(0, len(whole), 53):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << place % 8
            path.write_bytes(damaged)
            try:
                twin = Recorder.load(path)
            except ValueError as error:
                assert "is not a whole recorder file" in str(error), place
            else:
                assert same(twin.values("W", 2), expected.values("W", 2)) and twin.losses == expected.losses, place

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"there is no recorder file .*missing\.npz"):
            Recorder.load(tmp_path / "missing.npz")
        with pytest.raises(FileNotFoundError, match="there is no folder"):
            recorded().save(tmp_path / "nowhere" / "run.npz")


ASKING: dict[str, Callable[[Recorder], object]] = {
    "trace": lambda recorder: recorder.trace(0),
    "traces": lambda recorder: list(recorder.traces()),
    "values": lambda recorder: recorder.values("z", 1),
    "values of W": lambda recorder: recorder.values("W", 1),
    "weights": lambda recorder: recorder.weights(0),
    "diverged": lambda recorder: recorder.diverged,
    "net": lambda recorder: recorder.net,
    "save": lambda recorder: recorder.save("never.npz"),
}


class TestRefusals:
    @pytest.mark.parametrize("call", ASKING)
    def test_what_nobody_recorded(self, call: str) -> None:
        recorder = Recorder(LOOK, WANT)
        with pytest.raises(ValueError, match=r"nothing is recorded yet; hand the recorder to net.fit\("):
            ASKING[call](recorder)
        assert repr(recorder) == "<Recorder of nothing yet; 3 examples>"

    @pytest.mark.parametrize(
        ("x", "y", "message"),
        [
            (
                LOOK[:, :1],
                WANT,
                r"do not fit the network: flatten_1 takes inputs of shape \(N, 2, 2\), not \(3, 1, 2\)",
            ),
            (LOOK, WANT[:2], "do not fit the network: x has 3 examples and y has 2"),
            (LOOK, WANT[:, :1], r"do not fit the network: y has shape \(3, 1\), the model's outputs"),
            (LOOK * np.inf, WANT, r"do not fit the network: x\[0, 0, 0\] is -?inf"),
            (LOOK[:0], WANT[:0], "do not fit the network: x has shape"),
            (LOOK, WANT * 3, "do not fit the loss: categorical_crossentropy takes a target of probabilities"),
        ],
    )
    def test_examples_that_do_not_fit_before_anything_is_trained(self, x: Any, y: Any, message: str) -> None:
        net, recorder = compiled(), Recorder(x, y)
        for _ in range(2):  # and again, for they fit no better the second time
            with pytest.raises(ValueError, match=f"the recorder's examples {message}"):
                net.fit(X, Y, callbacks=[recorder], verbose=0)
        assert net.optimizer.steps == 0

    def test_another_network(self) -> None:
        recorder = recorded()
        with pytest.raises(ValueError, match=r"has another network; make a Recorder\(x, y\) for each training"):
            recorder.record(build())

    def test_a_network_that_has_grown(self) -> None:
        net, recorder = chain(1.0), Recorder([[1.0]], [[0.0]])
        recorder.record(net)
        net.add(Dense(1))
        with pytest.raises(ValueError, match="the network now has 3 weights, it had 1 before"):
            recorder.record(net)

    def test_a_network_without_weights(self) -> None:
        with pytest.raises(ValueError, match="this network has no weights, so there is no training to record"):
            Recorder(LOOK, LOOK).record(Sequential([Activation("relu")]))

    @pytest.mark.parametrize(("name", "value"), [("every", 0), ("every", 1.5), ("budget", 0), ("budget", "many")])
    def test_settings(self, name: str, value: object) -> None:
        with pytest.raises(ValueError, match=f"{name} is a whole number >= 1, not {value!r}"):
            Recorder(LOOK, WANT, **{name: value})

    def test_steps_that_do_not_exist(self) -> None:
        recorder = recorded()
        for k in (13, -14):
            for call in (recorder.trace, recorder.weights):
                with pytest.raises(IndexError, match=f"there is no kept step {k}; they are numbered 0 … 12"):
                    call(k)

    @pytest.mark.parametrize(
        ("name", "layer", "message"),
        [
            ("detla", 1, "unknown quantity 'detla'. Did you mean 'delta'"),
            ("z", 7, r"there is no layer 7; they are numbered 0 \(the input\) … 6"),
            ("z", -1, "there is no layer -1"),
            ("W", 1, "layer 1, flatten_1, has no W"),
            ("b", 4, "layer 4, dense_2, has no b"),
            ("delta", 0, "layer 0, the input, has no δ"),
            ("W", 0, "layer 0, the input, has no W"),
            ("da", 6, "layer 6, dense_3, has no ∂L/∂a"),
        ],
    )
    def test_values_that_do_not_exist(self, name: str, layer: int, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            recorded().values(name, layer)

    def test_a_loss_that_nobody_named(self) -> None:
        net, recorder = build(), Recorder(LOOK, WANT)
        recorder.record(net)
        recorder.record(net, ((net(X) - Y) ** 2).mean())
        assert list(recorder.losses) == [0] and recorder.values("W", 2).shape == (2, 4, 4)
        for call in (lambda: recorder.trace(0), lambda: recorder.values("z", 2), lambda: recorder.diverged):
            with pytest.raises(ValueError, match=r"the loss is not known: .*set recorder.loss_name = '...'"):
                call()
        recorder.loss_name = "mean_squared_error"
        assert recorder.trace(0).loss_name == "mean_squared_error"

    def test_the_loss_of_a_loop_is_that_of_the_loop(self) -> None:
        net, rule, recorder = compiled(), tn.SGD(0.1), Recorder(LOOK, WANT)
        recorder.record(net, None, rule)
        loss = tn.half_squared_error(net(X), Y)
        loss.backward()
        rule.step(net.parameters())
        recorder.record(net, loss, rule)
        assert recorder.loss_name == "half_squared_error"
