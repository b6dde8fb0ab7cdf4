"""Saving: the same predictions, the same training, nothing half-written, nothing executed."""

import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential, load_model
from tinynet.saving import describe, rebuild_optimizer

X = np.random.default_rng(0).normal(size=(10, 2, 2))
Y = np.eye(2)[np.random.default_rng(1).integers(0, 2, 10)]


def build(dropout: float = 0.0, dtype: str = "float64") -> Sequential:
    """A layer of every kind."""
    layers = [
        Flatten(input_shape=(2, 2)),
        Dense(4, "tanh", dtype=dtype),
        Dropout(dropout),
        Dense(3, use_bias=False, name="middle", dtype=dtype),
        Activation("relu"),
        Dense(2, "softmax", dtype=dtype),
    ]
    return Sequential(layers, seed=3)


def compiled(optimizer: Any = "adam", **settings: Any) -> Sequential:
    model = build(**settings)
    model.compile(optimizer, "categorical_crossentropy", ["accuracy", "mean_absolute_error"])
    return model


def trained(optimizer: Any = "adam", **settings: Any) -> Sequential:
    model = compiled(optimizer, **settings)
    model.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    return model


def saved_and_loaded(model: Sequential, folder: Path) -> Sequential:
    model.save(folder / "model.npz")
    return load_model(folder / "model.npz")


def same(a: Any, b: Any) -> bool:
    return len(a) == len(b) and all(np.array_equal(u, v) and u.dtype == v.dtype for u, v in zip(a, b))


def memories(model: Sequential) -> list[np.ndarray]:
    return [model.optimizer.memory[p][name] for p in model.parameters() for name in model.optimizer.remembers]


class TestTheSameModel:
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_weights_and_predictions_are_the_same_bits(self, tmp_path: Path, dtype: str) -> None:
        model = trained(dtype=dtype, dropout=0.5)
        twin = saved_and_loaded(model, tmp_path)
        assert same(twin.get_weights(), model.get_weights())
        assert same([twin.predict(X)], [model.predict(X)])
        assert twin.evaluate(X, Y) == model.evaluate(X, Y)

    def test_layers_keep_kind_name_shapes_and_settings(self, tmp_path: Path) -> None:
        model = build(dropout=0.25)
        twin = saved_and_loaded(model, tmp_path)
        assert [repr(layer) for layer in twin.layers] == [repr(layer) for layer in model.layers]
        assert twin.layers[2].rate == 0.25 and twin.layers[3].b is None and twin.layers[4].activation == "relu"
        assert [p.name for p in twin.parameters()] == [p.name for p in model.parameters()]
        assert twin.seed == model.seed == 3

    def test_a_model_that_was_not_compiled(self, tmp_path: Path) -> None:
        twin = saved_and_loaded(build(), tmp_path)
        assert twin.loss is None and twin.optimizer is None and same([twin.predict(X)], [build().predict(X)])

    def test_loss_and_metrics(self, tmp_path: Path) -> None:
        twin = saved_and_loaded(compiled(), tmp_path)
        assert twin.loss is tn.categorical_crossentropy and list(twin.metrics) == ["accuracy", "mean_absolute_error"]

    def test_saved_twice_gives_the_same_model_again(self, tmp_path: Path) -> None:
        twin = saved_and_loaded(saved_and_loaded(trained(), tmp_path), tmp_path)
        assert same(twin.get_weights(), trained().get_weights()) and same(memories(twin), memories(trained()))

    def test_a_model_without_weights(self, tmp_path: Path) -> None:
        twin = saved_and_loaded(Sequential([Flatten(input_shape=(2, 2)), Activation("softmax")]), tmp_path)
        np.testing.assert_array_equal(twin.predict(X), tn.softmax(X.reshape(10, 4)).data)

    def test_a_known_function_handed_over_itself_is_saved_by_its_name(self, tmp_path: Path) -> None:
        model = Sequential([Dense(3, tn.relu, input_dim=4), Activation(tn.softmax)], seed=0)
        twin, x = saved_and_loaded(model, tmp_path), X.reshape(10, 4)
        np.testing.assert_array_equal(twin.predict(x), model.predict(x))

    def test_initializers_of_one_s_own_are_no_hindrance(self, tmp_path: Path) -> None:
        model = Sequential([Dense(3, kernel_initializer=lambda shape, rng: np.full(shape, 2.0), input_dim=4)])
        assert same(saved_and_loaded(model, tmp_path).get_weights(), model.get_weights())


OPTIMIZERS = {
    "sgd": lambda: tn.SGD(0.1, l2=0.01),
    "momentum": lambda: tn.SGD(0.1, momentum=0.8),
    "nesterov": lambda: tn.SGD(0.1, momentum=0.8, nesterov=True),
    "adagrad": lambda: tn.Adagrad(0.1, epsilon=1e-7),
    "rmsprop": lambda: tn.RMSprop(0.01, rho=0.8, epsilon=1e-7),
    "adam": lambda: tn.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-7),
    "adamw": lambda: tn.AdamW(0.01, weight_decay=0.1),
    "step decay": lambda: tn.Adam(tn.StepDecay(0.1, 0.5, every=3)),
    "exponential decay": lambda: tn.SGD(tn.ExponentialDecay(0.1, 0.9), momentum=0.8),
    "cosine decay": lambda: tn.RMSprop(tn.CosineDecay(0.1, steps=10, final=0.01)),
}


class TestTrainingGoesOn:
    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_the_optimizer_with_all_it_knows(self, tmp_path: Path, name: str) -> None:
        model = trained(OPTIMIZERS[name]())
        twin = saved_and_loaded(model, tmp_path)
        assert type(twin.optimizer) is type(model.optimizer)
        settings, kept = (
            {k: v for k, v in vars(m.optimizer).items() if k not in ("memory", "used")} for m in (model, twin)
        )
        assert settings == kept and kept["steps"] == 6
        assert same(memories(twin), memories(model))

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_as_if_never_interrupted(self, tmp_path: Path, name: str) -> None:
        model = trained(OPTIMIZERS[name](), dtype="float32")
        twin = saved_and_loaded(model, tmp_path)
        for m in (model, twin):
            m.fit(X, Y, epochs=2, batch_size=4, shuffle=False, verbose=0)
        assert same(twin.get_weights(), model.get_weights()) and same(memories(twin), memories(model))

    def test_also_the_order_of_the_examples_and_the_dropout_masks(self, tmp_path: Path) -> None:
        model = trained(dropout=0.5)
        twin = saved_and_loaded(model, tmp_path)
        histories = [m.fit(X, Y, epochs=2, batch_size=4, verbose=0).history for m in (model, twin)]
        assert histories[0] == histories[1] and same(twin.get_weights(), model.get_weights())

    def test_model_and_twin_are_apart(self, tmp_path: Path) -> None:
        model = trained()
        twin = saved_and_loaded(model, tmp_path)
        model.fit(X, Y, verbose=0)
        assert same(twin.get_weights(), trained().get_weights()) and twin.optimizer.steps == 6

    def test_an_optimizer_object_shared_with_another_model_is_no_confusion(self, tmp_path: Path) -> None:
        shared = tn.Adam()
        model, other = trained(shared), compiled(shared)
        other.fit(-X, Y, verbose=0)
        assert same(memories(saved_and_loaded(model, tmp_path)), memories(model))


class TestTheFile:
    def test_is_an_npz_of_plain_arrays_and_a_description_in_json(self, tmp_path: Path) -> None:
        model = trained(tn.SGD(0.1, momentum=0.5))
        model.save(tmp_path / "model.npz")
        with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
            names = ["dense_1.W", "dense_1.b", "middle.W", "dense_3.W", "dense_3.b"]
            assert set(file.files) == {"model.json", *names, *(f"optimizer/{name}/v" for name in names)}
            np.testing.assert_array_equal(file["middle.W"], model.layers[3].W.data)
            description = json.loads(str(file["model.json"]))
        assert description["format"] == "tinynet model 1" and description["compiled"]["loss"]
        assert [layer["kind"] for layer in description["layers"]] == [type(layer).__name__ for layer in model.layers]

    @pytest.mark.parametrize("name", ["model", "model.npz", "model.tinynet", "mödel 1.npz"])
    def test_has_exactly_the_name_that_was_asked_for(self, tmp_path: Path, name: str) -> None:
        build().save(str(tmp_path / name))  # text or Path
        assert os.listdir(tmp_path) == [name]
        assert same(load_model(str(tmp_path / name)).get_weights(), build().get_weights())

    def test_replaces_an_older_one(self, tmp_path: Path) -> None:
        build().save(tmp_path / "model.npz")
        assert same(saved_and_loaded(trained(), tmp_path).get_weights(), trained().get_weights())
        assert os.listdir(tmp_path) == ["model.npz"]

    @pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
    def test_may_be_read_by_whom_any_new_file_may(self, tmp_path: Path) -> None:
        build().save(tmp_path / "model.npz")
        (tmp_path / "plain").touch()
        assert (tmp_path / "model.npz").stat().st_mode == (tmp_path / "plain").stat().st_mode


class Failure(Exception):
    """What the tests below let happen."""


def fails(*args: Any, **kwargs: Any) -> None:
    raise Failure


def writes_half_and_fails(file: Any, **kwargs: Any) -> None:
    file.write(b"half a model")
    file.flush()
    raise Failure


def is_interrupted(*args: Any, **kwargs: Any) -> None:
    raise KeyboardInterrupt


class TestNothingHalfWritten:
    @pytest.mark.parametrize(
        ("what", "failure"),
        [
            ("numpy.savez", writes_half_and_fails),
            ("numpy.savez", is_interrupted),
            ("os.replace", fails),
            ("json.dumps", fails),
        ],
    )
    @pytest.mark.parametrize("old", [True, False])
    def test_a_failure_leaves_the_old_file_and_no_other(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, failure: Callable, old: bool
    ) -> None:
        if old:
            build().save(tmp_path / "model.npz")
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        with monkeypatch.context() as patch:
            patch.setattr(what, failure)
            with pytest.raises((Failure, KeyboardInterrupt)):
                trained().save(tmp_path / "model.npz")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Sequential([Dense(3)]), "the weights do not exist yet; give the first layer input_dim="),
            (lambda: Sequential([]), "the weights do not exist yet"),
            (lambda: Sequential([Dense(3, lambda z: z, input_dim=2)]), "activation is a function of your own"),
            (lambda: compiled(tn.SGD(lambda t: 0.1)), "learning_rate is a function of your own"),
            (lambda: with_loss(lambda a, y: (a - y).sum()), "the loss is a function of your own, which a file cannot"),
            (lambda: with_loss("hinge", [lambda a, y: 1.0]), "the metric is a function of your own"),
            (lambda: compiled(OwnOptimizer()), "OwnOptimizer"),
            (lambda: Sequential([Dense(2, input_dim=3), OwnLayer()]), "OwnLayer"),
        ],
        ids=["not built", "empty", "activation", "learning rate", "loss", "metric", "optimizer", "layer"],
    )
    def test_what_no_file_can_hold_is_refused_and_nothing_written(
        self, tmp_path: Path, make: Callable[[], Sequential], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            make().save(tmp_path / "model.npz")
        assert os.listdir(tmp_path) == []

    def test_numbers_from_numpy_are_numbers(self, tmp_path: Path) -> None:
        twin = saved_and_loaded(compiled(tn.SGD(np.float32(0.5), l2=np.float64(0.25))), tmp_path)
        assert (twin.optimizer.learning_rate, twin.optimizer.l2) == (0.5, 0.25)

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(
            FileNotFoundError, match=r"cannot save to .*model.npz: there is no folder .*models; make it"
        ):
            build().save(tmp_path / "models" / "model.npz")

    def test_a_folder_in_the_place_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "model").mkdir()
        with pytest.raises(OSError):
            build().save(tmp_path / "model")
        assert os.listdir(tmp_path) == ["model"] and os.listdir(tmp_path / "model") == []


class OwnOptimizer(tn.SGD):
    """load_model could not know it."""


class OwnLayer(tn.Layer):
    """Nor this one."""


def with_loss(loss: Any, metrics: Any = ()) -> Sequential:
    model = build()
    model.compile("sgd", loss, metrics)
    return model


@pytest.fixture(scope="module")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "model.npz"
    small().save(path)
    return path.read_bytes()


def small() -> Sequential:
    model = Sequential([Dense(2, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy", ["accuracy"])
    model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]], verbose=0)
    return model


class Exploding:
    """Whoever unpickles it runs its code."""

    exploded = False

    def __reduce__(self) -> tuple:
        return setattr, (Exploding, "exploded", True)


def rewritten(whole: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The model file, with its arrays changed by `change`."""
    with np.load(io.BytesIO(whole)) as file:
        arrays = dict(file)
    change(arrays)
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def described(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
    """Change the description in a model file."""

    def in_arrays(arrays: dict[str, Any]) -> None:
        description = json.loads(str(arrays["model.json"]))
        change(description)
        arrays["model.json"] = np.array(json.dumps(description))

    return in_arrays


FOREIGN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "text": lambda whole: b"these are not the weights\n",
    "a pickle": lambda whole: pickle.dumps({"weights": [1, 2]}),
    "an exploding pickle": lambda whole: pickle.dumps(Exploding()),
    "an npy": lambda whole: b"\x93NUMPY" + npy(np.ones(3))[6:],
    "an npz of something else": lambda whole: rewritten(whole, lambda arrays: arrays.pop("model.json")),
    "the first half": lambda whole: whole[: len(whole) // 2],
    "the second half": lambda whole: whole[len(whole) // 2 :],
    "all but a byte": lambda whole: whole[:-1],
    "no JSON": lambda whole: rewritten(whole, lambda arrays: arrays.update({"model.json": np.array("{")})),
    "JSON of a list": lambda whole: rewritten(whole, lambda arrays: arrays.update({"model.json": np.array("[1]")})),
    "deep JSON": lambda whole: rewritten(
        whole, lambda a: a.update({"model.json": np.array("[" * 10**5 + "]" * 10**5)})
    ),
    "no format": lambda whole: rewritten(whole, described(lambda d: d.pop("format"))),
    "a later format": lambda whole: rewritten(whole, described(lambda d: d.update(format="tinynet model 99"))),
    "no layers": lambda whole: rewritten(whole, described(lambda d: d.update(layers=[]))),
    "an unknown layer": lambda whole: rewritten(whole, described(lambda d: d["layers"][0].update(kind="LSTM"))),
    "no units": lambda whole: rewritten(whole, described(lambda d: d["layers"][0].pop("units"))),
    "a wrong rate": lambda whole: rewritten(whole, described(lambda d: d["layers"][0].update(units=-3))),
    "another shape": lambda whole: rewritten(whole, described(lambda d: d.update(input_shape=[7]))),
    "an unknown optimizer": lambda whole: rewritten(
        whole, described(lambda d: d["compiled"]["optimizer"].update(kind="X"))
    ),
    "an unknown loss": lambda whole: rewritten(whole, described(lambda d: d["compiled"].update(loss="X"))),
    "a weight missing": lambda whole: rewritten(whole, lambda arrays: arrays.pop("dense_2.b")),
    "a weight of another shape": lambda whole: rewritten(whole, lambda a: a.update({"dense_1.W": np.ones((3, 2))})),
    "a weight of text": lambda whole: rewritten(whole, lambda a: a.update({"dense_2.b": np.array(["a"])})),
    "a weight of objects": lambda whole: rewritten(
        whole, lambda a: a.update({"dense_2.b": np.array([Exploding()], dtype=object)})
    ),
    "optimizer memory missing": lambda whole: rewritten(whole, lambda a: a.pop("optimizer/dense_1.W/m")),
    "optimizer memory of another shape": lambda whole: rewritten(
        whole, lambda a: a.update({"optimizer/dense_1.W/m": np.ones(3)})
    ),
}


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


class TestDamagedAndForeignFiles:
    @pytest.mark.parametrize("kind", FOREIGN)
    def test_are_refused_by_name(self, tmp_path: Path, whole_file: bytes, kind: str) -> None:
        path = tmp_path / "model.npz"
        path.write_bytes(FOREIGN[kind](whole_file))
        with pytest.raises(ValueError, match=r"model\.npz is not a whole model file written by model\.save\(\): ."):
            load_model(path)
        assert not Exploding.exploded

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("a later format", "its format is 'tinynet model 99', this version reads 'tinynet model 1'"),
            ("an unknown layer", "unknown layer 'LSTM'. Known: Dense, Activation, Dropout, Flatten"),
            ("a weight missing", r"dense_2\.b"),
            ("a weight of another shape", r"dense_1\.W has shape \(2, 2\); .* shape \(3, 2\)"),
            ("a weight of objects", "allow_pickle=False"),
        ],
    )
    def test_with_the_reason(self, tmp_path: Path, whole_file: bytes, kind: str, reason: str) -> None:
        (tmp_path / "model.npz").write_bytes(FOREIGN[kind](whole_file))
        with pytest.raises(ValueError, match=reason):
            load_model(tmp_path / "model.npz")

    def test_the_bomb_above_is_live(self, tmp_path: Path, whole_file: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Exploding, "exploded", False)
        with np.load(io.BytesIO(FOREIGN["a weight of objects"](whole_file)), allow_pickle=True) as file:
            file["dense_2.b"]
        assert Exploding.exploded

    def test_wherever_the_file_breaks_off(self, tmp_path: Path, whole_file: bytes) -> None:
        for length in range(0, len(whole_file), 101):
            (tmp_path / "model.npz").write_bytes(whole_file[:length])
            with pytest.raises(ValueError, match="is not a whole model file"):
                load_model(tmp_path / "model.npz")

    def test_whichever_byte_is_damaged_it_is_an_error_or_the_same_model(
        self, tmp_path: Path, whole_file: bytes
    ) -> None:
        expected, path = small(), tmp_path / "model.npz"
        # The directory at the end, where the names are, byte by byte; the arrays, which have checksums, here and there.
        places = [*range(0, len(whole_file) - 1000, 37), *range(len(whole_file) - 1000, len(whole_file))]
        for place in places:
            damaged = bytearray(whole_file)
            damaged[place] ^= 1 << place % 8
            path.write_bytes(damaged)
            try:
                twin = load_model(path)
            except ValueError as error:
                assert "is not a whole model file" in str(error), place
            else:
                assert same(twin.get_weights(), expected.get_weights()), place
                assert same(memories(twin), memories(expected)), place

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"there is no model file .*missing\.npz"):
            load_model(tmp_path / "missing.npz")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises((ValueError, OSError), match=str(tmp_path)):
            load_model(tmp_path)


def test_a_description_of_an_optimizer_can_be_used_twice():
    optimizer = tn.Adam(learning_rate=tn.CosineDecay(0.1, 100))
    description = describe(optimizer)
    for _ in range(2):
        again = rebuild_optimizer(description)
        assert isinstance(again, tn.Adam) and again.learning_rate(50) == optimizer.learning_rate(50)
