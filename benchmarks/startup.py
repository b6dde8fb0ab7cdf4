r"""
# From start to end

How long a learner waits for a small program: a process of its own that imports tinynet, or PyTorch, trains a
network on exclusive or for 200 steps and ends, on one thread. All files have been read before, so they are in
memory, and the compiled kernels are in Numba's cache. *Cold* is the same with an empty cache: every kernel that
the program needs is compiled. So it is once on every machine, and after every change of a kernel.

Read next: [memory](memory.py).
"""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial

import numpy as np

from .report import Goal, Report, figure
from .turns import Effort, Program, Unavailable, available, take_turns

XOR = """
import tinynet as tn
x, y = tn.data.xor()
net = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")], seed=0)
optimizer = tn.SGD(learning_rate=0.5)
for step in range(200):
    loss = tn.binary_crossentropy(net(x), y)
    loss.backward()
    optimizer.step(net.parameters())
print(loss.item())
"""
XOR_PYTORCH = """
import torch
x, y = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([[0.0], [1], [1], [0]])
net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
for step in range(200):
    optimizer.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
"""
SOURCES = {
    "tinynet": XOR,
    "PyTorch": XOR_PYTORCH,
    "import tinynet": "import tinynet",
    "import torch": "import torch",
    "import numpy, numba": "import numpy, numba",
}
COLD_STARTS = 3


def process(source: str, **environment: str) -> Program:
    """A program that runs a process of Python with this source."""
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def run() -> None:
        command = [sys.executable, "-c", source]
        subprocess.run(command, env=os.environ | one_thread | environment, check=True, capture_output=True)

    return run


def checked(source: str) -> Program:
    """The same, once it has run to its end."""
    program = process(source)
    try:
        program()
    except subprocess.CalledProcessError as error:
        raise Unavailable(error.stderr.decode().strip().splitlines()[-1]) from error
    return program


def cold_start() -> float:
    """Seconds that the process takes with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        process(XOR, NUMBA_CACHE_DIR=folder)()
        return time.perf_counter() - begin


def run(report: Report, effort: Effort) -> None:
    sources = dict(list(SOURCES.items())[:3]) if effort.quick else SOURCES
    programs, absent = available({name: partial(checked, source) for name, source in sources.items()})
    timing = take_turns(programs, effort)
    timing.absent = absent
    report.keep("process", timing)
    report.compare("process, XOR, 200 steps", timing, "PyTorch", "tinynet", 2, 3)
    rows = [[name, absent.get(name) or figure(timing.median(name))] for name in sources]
    if not effort.quick:
        cold = float(np.median([cold_start() for _ in range(COLD_STARTS)]))
        rows.append(["tinynet, cold cache", figure(cold)])
        report.goals.append(Goal("process, XOR, 200 steps, cold cache: seconds", cold, 30, 15, at_most=True))
    text = "Seconds that the process takes, one thread. tinynet and PyTorch: import, 200 steps on exclusive or."
    report.add("From start to end", text, ["process", "seconds"], rows)
