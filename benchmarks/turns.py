r"""
# Taking turns

The speed of a machine drifts: other programs come and go, processors warm up and slow down. So programs that
are compared take turns, a few milliseconds each, in one process: what drifts, drifts for all of them. The figure
of a program is the median over its turns, and the ratio of two is the *median of the turns' ratios*, each of
two turns that followed each other.

A turn begins with one call that is not timed, since the program before has left its own numbers in the caches, and
the other threads are asleep.

**Threads.** All programs have the same number of them. OpenBLAS's threads go on looking for work, without sleeping,
for a tenth of a second after the last, PyTorch's for a hundredth; on a machine with two processors they would take
one away from whoever has the next turn. So with two threads or more, a turn begins when the process is idle, and
is longer.

Read next: [how it is reported](report.py).
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

import tinynet as tn

Program = Callable[[], object]


class Effort(NamedTuple):
    """How much time may be spent. seconds: of one turn. limit: seconds after which no more than `least` are taken."""

    turns: int
    least: int
    seconds: float
    limit: float
    quick: bool


FULL = Effort(turns=60, least=7, seconds=0.005, limit=4.0, quick=False)
QUICK = Effort(turns=12, least=3, seconds=0.003, limit=0.4, quick=True)


class Unavailable(Exception):
    """This program cannot take part; the message says why."""


@dataclass
class Timing:
    """Seconds a call: for each program an array over the turns. absent: why other programs have none."""

    seconds: dict[str, np.ndarray]
    absent: dict[str, str] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return float(np.median(self.seconds[name]))

    def ratio(self, name: str, other: str) -> float:
        """How many times the time of the other."""
        return float(np.median(self.seconds[name] / self.seconds[other]))


def available(makers: Mapping[str, Callable[[], Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """What can be made here, programs for example, and why the others cannot."""
    programs, absent = {}, {}
    for name, make in makers.items():
        try:
            programs[name] = make()
        except ImportError as error:
            absent[name] = f"{str(error.name).partition('.')[0]} is not installed"
        except Unavailable as reason:
            absent[name] = str(reason)
    return programs, absent


def take_turns(programs: dict[str, Program], effort: Effort, threads: int = 1) -> Timing:
    """Time the programs, each with that many threads."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    with limited_to(threads):
        calls = {name: calls_in(program, effort.seconds * threads**2) for name, program in programs.items()}
        begin = time.perf_counter()
        for turn in range(effort.turns):
            if turn >= effort.least and time.perf_counter() - begin > effort.limit:
                break
            # there and back, so that nobody always follows the same one
            for name in list(programs)[:: 1 if turn % 2 else -1]:
                if threads > 1:
                    settle()
                programs[name]()
                seconds[name].append(time_of(programs[name], calls[name]) / calls[name])
    return Timing({name: np.array(values) for name, values in seconds.items()})


def time_of(program: Program, calls: int) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        program()
    return time.perf_counter() - begin


def calls_in(program: Program, seconds: float) -> int:
    """How many calls fill that time, at least 1. The first call, which may compile, does not count."""
    program()
    calls = 1
    while (spent := time_of(program, calls)) < seconds / 2:
        calls *= 2
    return max(1, round(calls * seconds / spent))


@contextmanager
def limited_to(threads: int) -> Iterator[None]:
    """As many threads for tinynet, PyTorch, OpenBLAS and all else that threadpoolctl knows."""
    before = tn.get_num_threads()
    tn.set_num_threads(threads)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
    from threadpoolctl import threadpool_limits  # without it OpenBLAS would take as many threads as it likes

    try:
        with threadpool_limits(threads):
            yield
    finally:
        tn.set_num_threads(before)


def settle() -> None:
    """Wait until no thread of this process is busy, 0.3 s at most."""
    for _ in range(30):
        before = time.process_time()
        time.sleep(0.01)
        if time.process_time() - before < 0.002:
            return
