r"""
# The demo: from z to δ on real digits

`python -m tinynet demo` is a short tour of the package. It teaches one network exclusive or, with the loop
written out by hand, and another to read handwritten digits, in one call, from 1,438 examples. Then it looks
inside: every $z$, $a$ and $\delta$ of one digit, the gradients checked against the definition of the
derivative, the pictures, a page on which every step of the training can be explored, and a report of what the
network looked at in that digit.

`python -m tinynet explain` makes such a report of any test digit. It takes the network as it was shipped, trained, so
that nobody has to wait.

It prints the same on every run, for every random number comes from a seed.
"""

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from . import data, explain, introspect
from .gradcheck import gradcheck
from .layers import Dense
from .losses import binary_crossentropy
from .model import History, Sequential
from .optimizers import SGD, Adam
from .saving import load_model, whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

XOR_STEPS = 1000
DIGITS_EPOCHS = 30
# The digit that is explained by default, a 2 that is nearly read as a 3, and how many others stand for "not knowing"
DIGIT, BACKGROUND = 7, 50


def learn_xor(seed: int = 0) -> tuple[Sequential, introspect.Recorder]:
    """A 2-8-1 network that has learned exclusive or, and the recorder that kept every step of it."""
    x, y = data.xor()
    net = Sequential([Dense(8, activation="tanh", input_dim=2), Dense(1, activation="sigmoid")], seed=seed)
    optimizer = SGD(learning_rate=0.5)
    recorder = introspect.Recorder(x, y)
    recorder.record(net, None, optimizer)
    for _ in range(XOR_STEPS):
        loss = binary_crossentropy(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        recorder.record(net, loss, optimizer)
    return net, recorder


Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def learn_digits(seed: int = 0, verbose: Literal[0, 1, 2] = 1) -> tuple[Sequential, History, Split]:
    """A 64-64-10 network that has learned to read digits, its History, and the data: (train, test), each (x, y)."""
    (x_train, y_train), (x_test, y_test) = split_digits(seed)
    net = Sequential(seed=seed)
    net.add(Dense(64, activation="relu", input_dim=64))
    net.add(Dense(10, activation="softmax"))
    net.compile(optimizer=Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    history = net.fit(
        x_train, y_train, epochs=DIGITS_EPOCHS, batch_size=32, validation_data=(x_test, y_test), verbose=verbose
    )
    return net, history, ((x_train, y_train), (x_test, y_test))


def split_digits(seed: int = 0) -> Split:
    """The digits, four fifths to learn from and the others for the test: (train, test), each (x, y)."""
    return data.train_test_split(*data.digits(), test_fraction=0.2, seed=seed)


def trained_digits() -> Sequential:
    """The network of learn_digits(), as it is shipped in `data/digits_net.npz`: trained once, with seed 0."""
    with resources.as_file(resources.files("tinynet.data").joinpath("digits_net.npz")) as path:
        return load_model(path)


def explain_digit(
    folder: str | Path = "out", digit: int = DIGIT, target: int | None = None, seed: int = 0
) -> explain.Report:
    """Explain why the shipped network reads a test digit as it does, or as `target`.

    digit: its number among the test digits, 0 … 358. Writes report.html and report.json to `folder`, which is made if
    need be; prints a table and returns the Report. Raises ValueError for a digit or a target that is not there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (x_train, _), (x_test, y_test) = split_digits()
    if not 0 <= digit < len(x_test):
        raise ValueError(f"there is no test digit {digit}; they are numbered 0 … {len(x_test) - 1}")
    report = explain.report(
        trained_digits(), x_test[digit], target, background=x_train[:BACKGROUND], image_shape=(8, 8), seed=seed
    )
    page, numbers = folder / "report.html", folder / "report.json"
    report.to_html(page)
    with whole_file(numbers) as unfinished:
        unfinished.write_text(json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False), "utf-8")
    label, read, asked = y_test[digit].argmax(), report.question.outputs.argmax(), report.question.target
    print(f"Test digit {digit}, a {label}, is read as {read}. What speaks for class {asked}?\n")
    print(report)
    print(f"\n{numbers}: all numbers\n{page}: open it in a browser, {page.resolve().as_uri()}")
    return report


def run(folder: str | Path = "out") -> None:
    """The whole demo; its pictures go to `folder`, which is made if need be."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    print("1. Exclusive or, learned by a loop written by hand: 2-8-1, tanh and sigmoid, SGD\n")
    xor_net, recorder = learn_xor()
    for step in (0, 10, 100, XOR_STEPS - 1):
        print(f"   after {step:4d} steps   loss {recorder.losses[step]:.6f}")
    x, y = data.xor()
    for inputs, target, output in zip(x, y, xor_net.predict(x)):
        print(f"   {inputs[0]:.0f} xor {inputs[1]:.0f} = {target[0]:.0f}   the network says {output[0]:.4f}")

    print("\n2. Handwritten digits, learned by one call of fit: 64-64-10, relu and softmax, Adam\n")
    net, history, ((x_train, _), (x_test, y_test)) = learn_digits()
    for epoch in [0, *range(9, DIGITS_EPOCHS, 10)]:
        figures = {name: values[epoch] for name, values in history.history.items()}
        print(
            f"   epoch {epoch + 1:2d}   loss {figures['loss']:.4f}   test loss {figures['val_loss']:.4f}"
            f"   test accuracy {figures['val_accuracy']:.4f}"
        )

    # The digit whose right class has the smallest probability: there is something to see in its δ.
    worst = int(np.argmin((net.predict(x_test) * y_test).sum(axis=1)))
    one = slice(worst, worst + 1)
    print(f"\n3. Every z, a and δ of the test digit that it reads worst, a {y_test[worst].argmax()}\n")
    trace = introspect.trace(net, x_test[one], y_test[one])
    print(_indent(trace))
    z, a, delta = _row(trace[2].z), _row(trace[2].a), _row(trace[2].delta)
    print("\n   digit         z^2         a^2   y   δ^2 = a^2 − y")
    for j in range(10):
        print(f"   {j:5d} {z[j]:11.6f} {a[j]:11.6f} {trace.y[0, j]:3.0f} {delta[j]:15.6f}")

    print("\n4. Are these gradients right? Each is compared with (L(w + h) − L(w − h)) / 2h\n")
    print(_indent(gradcheck(net, x_test[one], y_test[one])))

    print("\n5. Pictures\n")
    for name, figure in draw(xor_net, recorder, net, history, trace, x_test, y_test).items():
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=100)
        print(f"   {path}")

    print("\n6. A page to explore: every neuron of exclusive or, at every step, with its formulas and numbers\n")
    page = folder / "page.html"
    recorder.to_html(page)
    print(f"   {page}: open it in a browser, {page.resolve().as_uri()}")

    print("\n7. What did it look at? The digit of part 3, explained by every method\n")
    page = folder / "report.html"
    report = explain.report(net, x_test[worst], background=x_train[:BACKGROUND], image_shape=(8, 8), to=page)
    print(_indent(report))
    print(f"\n   {page}: open it in a browser, {page.resolve().as_uri()}")


def draw(
    xor_net: Sequential,
    recorder: introspect.Recorder,
    net: Sequential,
    history: History,
    one: introspect.Trace,
    x: np.ndarray,
    y: np.ndarray,
) -> dict[str, "Figure"]:
    """The pictures of the demo, by the names of their files; `one` is the trace of one digit, x and y are more."""
    from matplotlib.figure import Figure

    xor = Figure(figsize=(10, 4), layout="constrained")
    panels = xor.subplots(1, 3, width_ratios=[2, 2, 1])
    panels[0].plot(list(recorder.losses), list(recorder.losses.values()))
    panels[0].set(title="exclusive or", xlabel="step", ylabel="loss")
    introspect.plot_weights(xor_net, 1, ax=panels[1])
    introspect.plot_weights(xor_net, 2, ax=panels[2])
    learning = Figure(figsize=(8, 6), layout="constrained")
    introspect.plot_history(history, ax=learning.subplots(2, 1, sharex=True))
    weights = Figure(figsize=(9.5, 8), layout="compressed")
    introspect.plot_weights(net, 1, image_shape=(8, 8), ax=weights.add_subplot())
    inside = Figure(figsize=(10, 8), layout="constrained")
    above, below = inside.subplots(2, 1)
    several = introspect.trace(net, x[:32], y[:32])
    introspect.plot_activations(several, 1, ax=above)
    introspect.plot_delta(several, 1, ax=below)
    overview = introspect.dashboard(net, x, y, figure=Figure(figsize=(15, 12), layout="constrained"))
    figures = {"xor": xor, "learning": learning, "weights": weights, "inside": inside, "digit": draw_digit(one)}
    return figures | {"dashboard": overview}


def draw_digit(trace: introspect.Trace) -> "Figure":
    r"""One image on its way through a network of two layers: x, a^1, and z, a and δ of every output.

    trace: of one example, softmax with cross-entropy, its target y one-hot. Returns the Figure.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    purple, orange = colormaps[introspect.COLOURS]([0.12, 0.82])
    x, hidden, output = trace[0].a[0], trace[1].a[0], trace[2]
    target, guess = trace.y[0].argmax(), output.a[0].argmax()
    figure = Figure(figsize=(9, 7), layout="constrained")
    panels = figure.subplot_mosaic("xxaaaa;zzppdd", height_ratios=[1, 1.3])
    figure.suptitle(f"a {target}, read as {guess} with probability {output.a[0, guess]:.3f}: loss {trace.loss:.4f}")

    panels["x"].imshow(x.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    panels["x"].set(title="the input, $x = a^0$", xticks=[], yticks=[])
    panels["a"].bar(np.arange(1, len(hidden) + 1), hidden, color=orange)
    panels["a"].set(title="what the hidden neurons say, $a^1$", xlabel="neuron $j$ of layer 1", ylabel="$a_j^1$")
    panels["a"].set_xlim(0.2, len(hidden) + 0.8)

    digits = np.arange(len(trace.y[0]))
    rows = {
        "z": (output.z, "$z^2$"),
        "p": (output.a, "probabilities $a^2$"),
        "d": (output.delta, r"$\delta^2 = a^2 - y$"),
    }
    for name, (array, title) in rows.items():
        panel, values = panels[name], _row(array)
        bars = panel.barh(digits, values, color=[orange if value > 0 else purple for value in values])
        panel.bar_label(bars, [f"{value:.4f}".replace("-", "−") for value in values], padding=3, fontsize=8)
        panel.axvline(0, color="black", linewidth=0.8)
        reach = 2.3 * np.abs(values).max()
        panel.set(title=title, yticks=digits, xticks=[], xlim=(-reach, reach), ylim=(digits[-1] + 0.6, -0.6))
        panel.get_yticklabels()[target].set_fontweight("bold")
    panels["p"].barh(target, 1, fill=False, edgecolor="black", linestyle=":")
    panels["p"].set(xlim=(0, 1.35), xlabel="dotted: the target $y$")
    panels["z"].set_ylabel("digit (bold: the right one)")
    return figure


def _row(array: np.ndarray | None) -> np.ndarray:
    """The first example of a layer that has one."""
    assert array is not None
    return array[0]


def _indent(thing: object) -> str:
    return "\n".join("   " + line for line in str(thing).splitlines())
