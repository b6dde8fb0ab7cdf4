r"""
# An epoch of fit

One epoch on the digits that ship with tinynet: 1,797 images, 64-64-10, relu and softmax, batches of 32, Adam,
float64, on one thread, beside scikit-learn's `MLPClassifier` and Keras on PyTorch. All of them shuffle the
examples and report the mean loss; none stops early, validates, or shows a progress bar. For a single epoch,
`MLPClassifier` has `partial_fit`.

Each library draws its weights itself. So that all do the same work, every one has to learn before any time is
taken: after 20 epochs, 97 of 100 digits are read correctly.

Read next: [explanations](explanations.py).
"""

import os
from collections.abc import Callable

import numpy as np

import tinynet as tn

from .report import Report, figure
from .turns import Effort, Program, available, limited_to, take_turns

LEARNING_RATE, BATCH, HIDDEN, CLASSES = 0.001, 32, 64, 10
EPOCHS = 20


def learned(epoch: Program, predict: Callable[[np.ndarray], np.ndarray]) -> Program:
    """The program that trains for an epoch, once it has shown that it learns. predict: x -> the classes."""
    x, y = tn.data.digits()
    with limited_to(1):
        for _ in range(EPOCHS):
            epoch()
    right = np.mean(predict(x) == y.argmax(axis=1))
    assert right >= 0.97, f"after {EPOCHS} epochs only {right:.0%} of the digits are read correctly"
    return epoch


def tinynet_epoch() -> Program:
    x, y = tn.data.digits()
    net = tn.Sequential([tn.Dense(HIDDEN, activation="relu"), tn.Dense(CLASSES, activation="softmax")], seed=0)
    net.compile(tn.Adam(LEARNING_RATE), "categorical_crossentropy")
    epoch = lambda: net.fit(x, y, batch_size=BATCH, verbose=0)  # noqa: E731
    return learned(epoch, lambda x: net.predict(x).argmax(axis=1))


def sklearn_epoch() -> Program:
    from sklearn.neural_network import MLPClassifier

    x, y = tn.data.digits()
    labels, classes = y.argmax(axis=1), np.arange(CLASSES)
    net = MLPClassifier(HIDDEN, batch_size=BATCH, learning_rate_init=LEARNING_RATE, alpha=0, random_state=0)
    return learned(lambda: net.partial_fit(x, labels, classes=classes), net.predict)


def keras_epoch() -> Program:
    os.environ["KERAS_BACKEND"] = "torch"
    import torch  # noqa: F401  so that a missing PyTorch is what is missing

    import keras  # isort: skip

    keras.utils.set_random_seed(0)
    keras.config.set_floatx("float64")
    x, y = tn.data.digits()
    dense = keras.layers.Dense
    net = keras.Sequential([keras.Input((64,)), dense(HIDDEN, activation="relu"), dense(CLASSES, activation="softmax")])
    net.compile(keras.optimizers.Adam(LEARNING_RATE), "categorical_crossentropy")
    epoch = lambda: net.fit(x, y, batch_size=BATCH, verbose=0)  # noqa: E731
    return learned(epoch, lambda x: net.predict(x, verbose=0).argmax(axis=1))


MAKERS = {"tinynet": tinynet_epoch, "scikit-learn": sklearn_epoch, "Keras": keras_epoch}


def run(report: Report, effort: Effort) -> None:
    programs, absent = available(MAKERS)
    timing = take_turns(programs, effort)
    timing.absent = absent
    report.keep("epoch of digits", timing)
    for name in ("scikit-learn", "Keras"):
        report.compare("epoch of digits", timing, name, "tinynet", 2, 5)
    cells = [absent[name] if name in absent else figure(timing.median(name) * 1e3) for name in MAKERS]
    report.add("An epoch of fit, one thread", "Milliseconds.", ["network", *MAKERS], [["64-64-10 batch 32", *cells]])
