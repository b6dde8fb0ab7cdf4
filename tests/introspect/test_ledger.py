"""The ledger: tables from which a spreadsheet can do every sum again."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

import tinynet as tn
from tinynet import Dense, Flatten, Sequential
from tinynet.introspect import Trace, trace


def example_net() -> Sequential:
    layers = [Flatten(input_shape=(1, 2)), Dense(3, "tanh"), Dense(2, "softmax", use_bias=False)]
    return Sequential(layers, seed=0)


def take(net: Sequential) -> Trace:
    x = np.random.default_rng(0).normal(size=(4, 1, 2))
    return trace(net, x, np.eye(2)[[0, 1, 1, 0]], loss="mean_squared_error")


def read(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(rows: list[dict[str, str]], layer: int, name: str) -> list[float]:
    return [float(row[name]) for row in rows if row["layer"] == str(layer)]


class TestTheTables:
    def test_neurons(self, tmp_path: Path) -> None:
        t = take(example_net())
        path, _ = t.to_csv(tmp_path)
        rows = read(path)
        assert path == tmp_path / "neurons.csv"
        assert list(rows[0]) == ["example", "layer", "neuron", "z", "a", "f_prime", "delta", "y"]
        assert len(rows) == 4 * (2 + 2 + 3 + 2)
        for l in range(4):
            assert column(rows, l, "a") == t[l].a.ravel().tolist()
            places = [(int(row["example"]), int(row["neuron"])) for row in rows if row["layer"] == str(l)]
            assert places == [(n, j + 1) for n in range(4) for j in range(t[l].a[0].size)]
        for l in (1, 2, 3):
            assert column(rows, l, "z") == t[l].z.ravel().tolist()
            assert column(rows, l, "delta") == t[l].delta.ravel().tolist()
        assert column(rows, 2, "f_prime") == t[2].f_prime.ravel().tolist()
        assert column(rows, 3, "y") == t.y.ravel().tolist()

    def test_what_does_not_exist_is_empty(self, tmp_path: Path) -> None:
        rows = read(take(example_net()).to_csv(tmp_path)[0])
        assert {(row["z"], row["f_prime"], row["delta"], row["y"]) for row in rows if row["layer"] == "0"} == {
            ("",) * 4
        }
        # the derivative of softmax is a matrix, and no column can hold it
        assert {row["f_prime"] for row in rows if row["layer"] == "3"} == {""}
        assert {row["y"] for row in rows if row["layer"] != "3"} == {""}

    def test_weights(self, tmp_path: Path) -> None:
        t = take(example_net())
        rows = read(t.to_csv(tmp_path, learning_rate=0.25)[1])
        assert list(rows[0]) == ["layer", "i", "j", "w", "dL_dw", "new_w"]
        places = [(row["layer"], row["i"], row["j"]) for row in rows]
        first = [
            *(("2", str(i), str(j)) for i in (1, 2) for j in (1, 2, 3)),
            *(("2", "bias", str(j)) for j in (1, 2, 3)),
        ]
        assert places == [*first, *(("3", str(i), str(j)) for i in (1, 2, 3) for j in (1, 2))]
        w, dw, new = ([float(row[name]) for row in rows] for name in ("w", "dL_dw", "new_w"))
        assert w == [*t[2].W.ravel(), *t[2].b, *t[3].W.ravel()]
        assert dw == [*t[2].dW.ravel(), *t[2].db, *t[3].dW.ravel()]
        np.testing.assert_allclose(new, np.array(w) - 0.25 * np.array(dw), rtol=1e-15, atol=1e-17)

    def test_a_spreadsheet_can_do_it_again(self, tmp_path: Path) -> None:
        # by lookups in the tables alone, as SUMPRODUCT would: z and δ of layer 2, and one gradient
        neurons, weights = map(read, take(example_net()).to_csv(tmp_path))
        cell = {(r["example"], r["layer"], r["neuron"]): r for r in neurons}
        w = {(r["layer"], r["i"], r["j"]): r for r in weights}
        for n in "0123":
            for j in "123":
                z = sum(float(cell[n, "1", i]["a"]) * float(w["2", i, j]["w"]) for i in "12")
                assert z + float(w["2", "bias", j]["w"]) == pytest.approx(float(cell[n, "2", j]["z"]), abs=1e-14)
                back = sum(float(w["3", j, k]["w"]) * float(cell[n, "3", k]["delta"]) for k in "12")
                delta = back * float(cell[n, "2", j]["f_prime"])
                assert delta == pytest.approx(float(cell[n, "2", j]["delta"]), abs=1e-15)
        gradient = sum(float(cell[n, "1", "2"]["a"]) * float(cell[n, "2", "3"]["delta"]) for n in "0123")
        assert gradient == pytest.approx(float(w["2", "2", "3"]["dL_dw"]), abs=1e-15)

    def test_the_step_of_an_optimizer_whose_memory_stays(self, tmp_path: Path) -> None:
        net, optimizer = example_net(), tn.Adam(0.01)
        take(net)
        optimizer.step(net.parameters())
        rows = read(take(net).to_csv(tmp_path, optimizer=optimizer)[1])
        assert optimizer.steps == 1
        optimizer.step(net.parameters())
        assert [float(row["new_w"]) for row in rows] == [w for array in net.get_weights() for w in array.ravel()]

    def test_weights_that_are_not_trained_stay(self, tmp_path: Path) -> None:
        net = example_net()
        net.layers[1].W.requires_grad = False
        rows = [row for row in read(take(net).to_csv(tmp_path)[1]) if row["layer"] == "2" and row["i"] != "bias"]
        assert len(rows) == 6 and all(row["dL_dw"] == "" and row["new_w"] == row["w"] for row in rows)


class TestTheFiles:
    def test_the_folder_is_made_and_files_are_replaced(self, tmp_path: Path) -> None:
        t, folder = take(example_net()), tmp_path / "ledger"
        t.to_csv(folder)
        before = (folder / "weights.csv").read_text()
        t.to_csv(str(folder), learning_rate=0.1)
        assert (folder / "weights.csv").read_text() != before
        assert sorted(path.name for path in folder.iterdir()) == ["neurons.csv", "weights.csv"]

    def test_no_folder_to_make_it_in(self, tmp_path: Path) -> None:
        with pytest.raises(
            FileNotFoundError, match=r"cannot make .*lost/ledger: there is no folder .*lost; make it first"
        ):
            take(example_net()).to_csv(tmp_path / "lost" / "ledger")

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "ledger.csv").write_text("mine")
        with pytest.raises(NotADirectoryError, match=r"ledger.csv is a file; to_csv\(\) takes a folder"):
            take(example_net()).to_csv(tmp_path / "ledger.csv")
        assert (tmp_path / "ledger.csv").read_text() == "mine"

    def test_a_folder_that_nobody_may_write_to(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", refuse)  # whoever is root may write everywhere
        with pytest.raises(PermissionError, match=r"cannot write to the folder .*: Permission denied"):
            take(example_net()).to_csv(tmp_path)

    @pytest.mark.parametrize("place", ["rows", "replace"])
    def test_where_it_fails_the_old_files_are_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        t = take(example_net())
        t.to_csv(tmp_path)
        before = {path.name: path.read_text() for path in tmp_path.iterdir()}

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(
            *((os, "replace", full) if place == "replace" else ("tinynet.introspect.ledger.weights", full))
        )
        with pytest.raises(OSError, match="No space left"):
            t.to_csv(tmp_path, learning_rate=0.1)
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before

    def test_settings_are_refused_before_anything_is_written(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="unknown optimizer 'adams'"):
            take(example_net()).to_csv(tmp_path / "ledger", optimizer="adams")
        assert list(tmp_path.iterdir()) == []
