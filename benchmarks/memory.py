r"""
# Memory

How many bytes a training step of 784-512-256-10 at batch 128, float32, SGD, needs at its peak, beside PyTorch:
the largest sum, over the first steps of a new network, of all arrays that are alive, without the weights and the
batch. From the second step on, the gradients of the step before are there when it begins.

tinynet's arrays are NumPy's, which Python's `tracemalloc` counts with all other objects; PyTorch's are counted
by its profiler, which notes every allocation and release. Neither sees what compiled code keeps to itself: the
panel that a kernel packs, the buffers of a BLAS.

The arithmetic beside it says what tinynet's graph consists of. What is measured beyond it is a copy, or was
kept too long.

Read next: [roofline](roofline.py).
"""

import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from . import peers, steps
from .report import Goal, Report
from .turns import Effort, Program, available

CASE = steps.CASES[-1]
STEPS = 3


def needed(case: steps.Case) -> dict[str, int]:
    """The bytes of each kind of array that belongs to a step of tinynet."""
    size = np.dtype(case.dtype).itemsize
    neurons = sum(case.sizes[1:])
    return {
        "z and a of every layer": 2 * size * case.batch * neurons,
        # the loss knows softmax, and goes straight to δ of the last layer
        "δ of every layer, ∂L/∂a of all but the last": size * case.batch * (2 * neurons - case.sizes[-1]),
        "dW and db": size * sum(n_in * n + n for n_in, n in pairwise(case.sizes)),
    }


def peak_of_arrays(make: Callable[[steps.Case], Program], case: steps.Case) -> int:
    """The peak of a program that computes with NumPy's arrays."""
    make(case)()  # what is compiled or kept from now on is not counted
    step = make(case)
    tracemalloc.start()
    try:
        for _ in range(STEPS):
            step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peak_of_pytorch(case: steps.Case) -> int:
    """The same for PyTorch."""
    from torch.profiler import ProfilerActivity, profile

    peers.pytorch_step(case)()
    step = peers.pytorch_step(case)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        for _ in range(STEPS):
            step()
    events = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    return int(np.cumsum([event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())]).max())


def run(report: Report, effort: Effort) -> None:
    makers = {
        "tinynet": lambda: peak_of_arrays(steps.tinynet_step, CASE),
        "PyTorch": lambda: peak_of_pytorch(CASE),
    }
    peaks, absent = available(makers)
    parts = needed(CASE)
    rows = [["arithmetic: " + name, f"{count:,}"] for name, count in parts.items()]
    rows.append(["arithmetic: all of it", f"{sum(parts.values()):,}"])
    rows += [[f"measured: {name}", absent.get(name) or f"{peaks[name]:,}"] for name in makers]
    over = peaks["tinynet"] / sum(parts.values())
    report.goals.append(Goal(f"memory, step {CASE}: tinynet / arithmetic", over))
    ratio = None if absent else peaks["tinynet"] / peaks["PyTorch"]
    report.goals.append(Goal(f"memory, step {CASE}: tinynet / PyTorch", ratio, why=absent.get("PyTorch", "")))
    report.add("Memory", f"Bytes at the peak of a step of {CASE}, without weights and batch.", ["array", "bytes"], rows)
