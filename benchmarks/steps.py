r"""
# One training step: tinynet beside NumPy and PyTorch

The time of one step (forward, loss, backward, update by plain SGD) of four networks that people learn with:
relu hidden layers, softmax, cross-entropy. The three programs hold the same weights and the same batch, at
equal dtype, on one thread.

They take turns, a few milliseconds each, so that a machine whose speed drifts drifts for all alike; a
figure is the median over the turns, a ratio is the median of the turns' ratios. Run by `make bench`.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import platform  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

import tinynet as tn  # noqa: E402

NETWORKS = [
    ((2, 4, 2), 4, "float64"),
    ((64, 64, 10), 32, "float64"),
    ((784, 128, 10), 64, "float32"),
    ((784, 512, 256, 10), 128, "float32"),
]
LEARNING_RATE = 0.01
TURNS = 30
TURN_SECONDS = 0.02

Step = Callable[[], float]


def tinynet_step(net: tn.Sequential, x: np.ndarray, y: np.ndarray) -> Step:
    optimizer = tn.SGD(LEARNING_RATE)

    def step() -> float:
        loss = tn.categorical_crossentropy(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        return loss.item()

    return step


def numpy_step(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> Step:
    Ws, bs = weights[::2], weights[1::2]
    rate = x.dtype.type(LEARNING_RATE)

    def step() -> float:
        activations = [x]
        for W, b in zip(Ws[:-1], bs[:-1]):
            activations.append(np.maximum(activations[-1] @ W + b, 0))
        z = activations[-1] @ Ws[-1] + bs[-1]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        a = e / e.sum(axis=1, keepdims=True)
        loss = -np.log((a * y).sum(axis=1)).mean()
        delta = (a - y) / x.dtype.type(len(x))
        for l in reversed(range(len(Ws))):
            dW, db = activations[l].T @ delta, delta.sum(axis=0)
            if l:
                delta = (delta @ Ws[l].T) * (activations[l] > 0)
            Ws[l] -= rate * dW
            bs[l] -= rate * db
        return float(loss)

    return step


def torch_step(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> Step:
    modules: list[torch.nn.Module] = []
    for W, b in zip(weights[::2], weights[1::2]):
        linear = torch.nn.Linear(*W.shape, dtype=torch.from_numpy(W).dtype)
        linear.weight.data, linear.bias.data = torch.from_numpy(W.T.copy()), torch.from_numpy(b.copy())
        modules += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y.argmax(axis=1))

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(inputs), labels)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def time_in_turns(steps: dict[str, Step]) -> dict[str, np.ndarray]:
    """Seconds a step, for each program an array over the turns."""
    repeats = {}
    for name, step in steps.items():
        step()
        begin = time.perf_counter()
        step()
        repeats[name] = max(1, int(TURN_SECONDS / (time.perf_counter() - begin)))
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(TURNS):
        for name, step in steps.items():
            begin = time.perf_counter()
            for _ in range(repeats[name]):
                step()
            seconds[name].append((time.perf_counter() - begin) / repeats[name])
    return {name: np.array(values) for name, values in seconds.items()}


def main() -> None:
    torch.set_num_threads(1)
    tn.set_num_threads(1)
    print(
        f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}"
    )
    print("one thread; microseconds a step, and how many times the step of tinynet\n")
    print(f"{'network':<24}{'batch':>6}{'dtype':>9}{'tinynet':>12}{'NumPy':>18}{'PyTorch':>18}")
    rng = np.random.default_rng(0)
    for sizes, batch, dtype in NETWORKS:
        layers = [tn.Dense(n, activation="relu", dtype=dtype) for n in sizes[1:-1]]
        net = tn.Sequential([*layers, tn.Dense(sizes[-1], activation="softmax", dtype=dtype)], seed=0)
        net.build((sizes[0],))
        x = rng.random((batch, sizes[0])).astype(dtype)
        y = tn.data.one_hot(rng.integers(sizes[-1], size=batch), sizes[-1]).astype(dtype)
        steps = {
            "NumPy": numpy_step(net.get_weights(), x, y),
            "PyTorch": torch_step(net.get_weights(), x, y),
            "tinynet": tinynet_step(net, x, y),
        }
        first = [step() for step in steps.values()]
        assert np.allclose(first, first[0], rtol=1e-4), f"the three programs disagree about the first loss: {first}"
        seconds = time_in_turns(steps)
        cells = "".join(
            f"{np.median(seconds[name]) * 1e6:>10.0f} {np.median(seconds[name] / seconds['tinynet']):>6.2f}x"
            for name in ("NumPy", "PyTorch")
        )
        print(f"{'-'.join(map(str, sizes)):<24}{batch:>6}{dtype:>9}{np.median(seconds['tinynet']) * 1e6:>12.0f}{cells}")


if __name__ == "__main__":
    main()
