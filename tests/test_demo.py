"""The demo: what it promises to learn, that it repeats to the bit, what it leaves in its folder; and what explains."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinynet import __main__, data, demo, explain

PICTURES = ["dashboard.png", "digit.png", "inside.png", "learning.png", "weights.png", "xor.png"]


@pytest.mark.compiled
def test_xor_is_solved_from_nearly_every_start() -> None:
    final = [demo.learn_xor(seed)[1].losses[demo.XOR_STEPS - 1] for seed in range(100)]
    assert sum(loss < 0.01 for loss in final) >= 95


@pytest.mark.compiled
def test_digits_are_read() -> None:
    net, history, (_, (x_test, y_test)) = demo.learn_digits(verbose=0)
    assert len(x_test) == 359 and len(history.epoch) == 30
    right = net.predict(x_test).argmax(axis=1) == y_test.argmax(axis=1)
    assert right.mean() >= 0.97
    assert history.history["val_accuracy"][-1] == pytest.approx(right.mean())


PRINT_WEIGHTS = """
import hashlib
from tinynet import demo
networks = demo.learn_xor()[0], demo.learn_digits(verbose=0)[0]
print(hashlib.sha256(b"".join(W.tobytes() for net in networks for W in net.get_weights())).hexdigest())
"""


@pytest.mark.compiled
def test_two_processes_learn_the_same_weights_to_the_bit() -> None:
    run = [sys.executable, "-c", PRINT_WEIGHTS]
    first, second = (subprocess.run(run, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert len(first.strip()) == hashlib.sha256().digest_size * 2
    assert first == second


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo with little to learn from, little to explain, and little time to."""
    x, y = data.digits()
    monkeypatch.setattr(data, "digits", lambda: (x[:60], y[:60]))
    monkeypatch.setattr(demo, "XOR_STEPS", 120)
    monkeypatch.setattr(demo, "DIGITS_EPOCHS", 2)
    whole_report = explain.report

    def small_report(net, x, *, background, image_shape, to=None):
        assert x.shape == (64,) and background.shape[1:] == (64,) and image_shape == (8, 8)
        return whole_report(lambda rows: net.predict(np.tile(rows, (1, 16))), x[20:24], to=to)

    monkeypatch.setattr(explain, "report", small_report)
    monkeypatch.setattr(demo, "gradcheck", lambda net, x, y: "gradient check: as in test_gradcheck.py")


@pytest.mark.usefixtures("brief")
def test_it_shows_losses_the_trace_the_check_and_where_the_pictures_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    __main__.main(["demo", "--out", str(tmp_path / "new" / "out")])
    printed = capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == sorted(
        [*PICTURES, "page.html", "report.html"]
    )
    for name in PICTURES:
        path = tmp_path / "new" / "out" / name
        assert str(path) in printed
        assert path.read_bytes().startswith(b"\x89PNG")
    for promised in (
        "1 xor 1 = 0   the network says",
        "epoch  1   loss",
        "test accuracy",
        "δ^2 = a^2 − y",
        "gradient check",
        (tmp_path / "new" / "out" / "page.html").resolve().as_uri(),
        "Exact Shapley",
        (tmp_path / "new" / "out" / "report.html").resolve().as_uri(),
    ):
        assert promised in printed
    rows = [line.split() for line in printed.splitlines() if line.startswith("   ") and line.split()[:1] == ["1"]]
    assert ["1", "dense_1", "relu"] in [row[:3] for row in rows]


@pytest.mark.usefixtures("brief")
def test_the_printed_delta_is_a_minus_y(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    demo.run(tmp_path)
    table = capsys.readouterr().out.split("δ^2 = a^2 − y\n")[1].splitlines()[:10]
    digit, _, a, y, delta = np.array([line.split() for line in table], float).T
    assert digit.tolist() == list(range(10)) and y.sum() == 1
    np.testing.assert_allclose(a - y, delta, atol=1.1e-6)
    np.testing.assert_allclose(a.sum(), 1, atol=1e-5)


# ## Explaining a digit


def test_the_shipped_network_reads_the_test_digits() -> None:
    net, (_, (x_test, y_test)) = demo.trained_digits(), demo.split_digits()
    right = net.predict(x_test).argmax(axis=1) == y_test.argmax(axis=1)
    assert right.sum() == 353
    assert net.evaluate(x_test, y_test)["accuracy"] == right.mean()
    assert net.optimizer.steps == 0 and not net.optimizer.memory


@pytest.mark.compiled
def test_the_shipped_network_is_the_one_that_the_demo_learns() -> None:
    shipped = demo.trained_digits()
    learned, _, (_, (x_test, y_test)) = demo.learn_digits(verbose=0)
    accuracy = learned.evaluate(x_test, y_test)["accuracy"]
    assert shipped.evaluate(x_test, y_test)["accuracy"] == pytest.approx(accuracy, abs=0.01)
    # another processor may round otherwise, and thirty epochs are long
    for one, other in zip(shipped.get_weights(), learned.get_weights(), strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9


@pytest.mark.compiled
def test_a_digit_is_explained_and_the_same_command_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        __main__.main(["explain", "--digit", "317", "--target", "3", "--out", str(tmp_path / name), "--seed", "1"])
    one, two = tmp_path / "one", tmp_path / "two"
    assert sorted(path.name for path in one.iterdir()) == ["report.html", "report.json"]
    for name in ("report.html", "report.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    described = json.loads((one / "report.json").read_text("utf-8"))
    assert described["target"] == 3 and described["made"]["seed"] == 1 and len(described["methods"]) == 11
    assert described["failures"] == {} and described["answers"]["logit"]["class"] == 5
    assert described["made"]["fingerprint"] == "d4b7ad3af30e0468"
    printed = capsys.readouterr().out
    assert "Test digit 317, a 3, is read as 5. What speaks for class 3?" in printed
    assert (one / "report.html").resolve().as_uri() in printed and "Permutation Shapley" in printed
    # every method finds what the digit rests on sooner than chance does
    for measured in (method["metrics"] for method in described["methods"].values()):
        assert measured["deletion"] < measured["random_deletion"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--digit", "359"], "there is no test digit 359; they are numbered 0 … 358"),
        (["--digit", "-1"], "there is no test digit -1"),
        (["--target", "10"], "target=10 is out of range: the model has 10 outputs"),
        (["--seed", "-1"], "seed is a whole number >= 0"),
        (["--digit", "two"], "invalid int value"),
        (["300"], "tinynet explain: error: unrecognized arguments: 300"),
    ],
)
def test_a_digit_that_is_not_there_is_refused(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["explain", "--out", str(tmp_path), *options])
    printed = capsys.readouterr()
    assert message in printed.err and printed.out == "" and list(tmp_path.iterdir()) == []


# ## The command line


def test_an_unknown_command_is_refused_and_the_known_one_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["demonstrate"])
    assert "demo" in capsys.readouterr().err


def test_importing_tinynet_does_not_import_matplotlib() -> None:
    code = "import sys, tinynet; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_a_command_it_tells_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main([])
    printed = capsys.readouterr().out
    assert "demo" in printed and "explain" in printed


@pytest.mark.parametrize("command", ["demo", "explain"])
def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_is_learned(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SystemExit):
        __main__.main([command, "--out", str(tmp_path / "file")])
    printed = capsys.readouterr()
    assert f"cannot write to {tmp_path / 'file'}" in printed.err and "--out" in printed.err
    assert printed.out == ""
