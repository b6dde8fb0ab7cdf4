r"""
# The demo: from z to δ on real digits

`python -m tinynet demo` is the tour of the package in one minute. It teaches one network exclusive or, with
the loop written out by hand; teaches another to read 1,437 handwritten digits, in one call; and then looks
inside: every $z$, $a$ and $\delta$ of one digit, the gradients checked against the definition of the
derivative, and the pictures.

It prints the same on every run, for every random number comes from a seed.
"""

from pathlib import Path

import numpy as np

from . import data, introspect
from .gradcheck import gradcheck
from .layers import Dense
from .losses import binary_crossentropy
from .model import History, Sequential
from .optimizers import SGD, Adam

XOR_STEPS = 1000


def learn_xor(seed: int = 0) -> tuple[Sequential, list[float]]:
    """A 2-8-1 network that has learned exclusive or, and its loss at every step."""
    x, y = data.xor()
    net = Sequential([Dense(8, activation="tanh", input_dim=2), Dense(1, activation="sigmoid")], seed=seed)
    optimizer = SGD(learning_rate=0.5)
    losses = []
    for _ in range(XOR_STEPS):
        loss = binary_crossentropy(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        losses.append(loss.item())
    return net, losses


Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def learn_digits(seed: int = 0, verbose: int = 1) -> tuple[Sequential, History, Split]:
    """A 64-64-10 network that has learned to read digits, its History, and the data (train, test) that it
    saw or did not see."""
    (x_train, y_train), (x_test, y_test) = data.train_test_split(*data.digits(), test_fraction=0.2, seed=seed)
    net = Sequential(seed=seed)
    net.add(Dense(64, activation="relu", input_dim=64))
    net.add(Dense(10, activation="softmax"))
    net.compile(optimizer=Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    history = net.fit(x_train, y_train, epochs=30, batch_size=32, validation_data=(x_test, y_test), verbose=verbose)
    return net, history, ((x_train, y_train), (x_test, y_test))


def run(folder: str | Path = "out") -> None:
    """The whole demo; its pictures go to `folder`, which is made if need be."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    print("1. Exclusive or, learned by a loop written by hand: 2-8-1, tanh and sigmoid, SGD\n")
    xor_net, losses = learn_xor()
    for step in (0, 10, 100, XOR_STEPS - 1):
        print(f"   step {step:4d}   loss {losses[step]:.6f}")
    x, y = data.xor()
    for inputs, target, output in zip(x, y, xor_net.predict(x)):
        print(f"   {inputs[0]:.0f} xor {inputs[1]:.0f} = {target[0]:.0f}   the network says {output[0]:.4f}")

    print("\n2. Handwritten digits, learned by one call of fit: 64-64-10, relu and softmax, Adam\n")
    net, history, (_, (x_test, y_test)) = learn_digits()
    for epoch in (0, 9, 19, 29):
        figures = {name: values[epoch] for name, values in history.history.items()}
        print(
            f"   epoch {epoch + 1:2d}   loss {figures['loss']:.4f}   test loss {figures['val_loss']:.4f}"
            f"   test accuracy {figures['val_accuracy']:.4f}"
        )

    print("\n3. Every z, a and δ of one test digit, a", int(y_test[0].argmax()), "\n")
    trace = introspect.trace(net, x_test[:1], y_test[:1])
    print(_indent(trace))
    print("\n   a^2, the probabilities, and δ^2 = a^2 − y:\n")
    with np.printoptions(precision=4, suppress=True, linewidth=100):
        print("   a^2 =", trace[2].a[0])
        print("   y   =", trace.y[0])
        print("   δ^2 =", trace[2].delta[0])

    print("\n4. Are these gradients right? Each is compared with (L(w + h) − L(w − h)) / 2h\n")
    print(_indent(gradcheck(net, x_test[:2], y_test[:2])))


def _indent(thing: object) -> str:
    return "\n".join("   " + line for line in str(thing).splitlines())
