r"""
# Threads

A product of large matrices can be shared out: rows (or columns) of $C$ do not depend on each other. Each
thread computes its own with the same kernel, so the sums are the same, in the same order, to the last bit,
however many threads there are. Kernels release Python's lock (`nogil`), so ordinary threads will do.

The threads wait for work, each at a queue of its own, from the first time that they are needed. To hand work to
one that sleeps was measured to take 50 to 100 µs (on a virtual machine), so work that is done sooner is not shared
out, and products of a few hundred µs gain less than their half. Any number of Python threads may ask for
work to be done at the same time; a process that is forked starts with new ones.

Read next: [weighted sums](weighted_sums.py).
"""

import os
import queue
import threading
from collections.abc import Callable

import numpy as np

# Multiplications with addition, below which two threads were measured to be slower than one (float32).
WORTH_SHARING = 8_000_000

_threads = os.cpu_count() or 1
_queues: list[queue.SimpleQueue] = []
_lock = threading.Lock()


def set_num_threads(n: int) -> None:
    """Use n threads for large matrix products; by default as many as the machine has processors.

    Raises ValueError where n is not a whole number >= 1. The results do not depend on it, to the last bit.
    """
    global _threads
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"the number of threads is a whole number >= 1, not {n!r}")
    _threads = int(n)


def get_num_threads() -> int:
    """How many threads large matrix products use."""
    return _threads


def _work(tasks: queue.SimpleQueue) -> None:
    while True:
        task, finished = tasks.get()
        try:
            task()
            finished.put(None)
        except BaseException as error:
            finished.put(error)
        del task, finished  # while it waits, a thread keeps no array alive


def _workers(n: int) -> list[queue.SimpleQueue]:
    """The queues of n threads that wait for work; they are started if need be."""
    with _lock:
        while len(_queues) < n:
            tasks: queue.SimpleQueue = queue.SimpleQueue()
            threading.Thread(target=_work, args=(tasks,), daemon=True).start()
            _queues.append(tasks)
        return _queues[:n]


def in_parts(do: Callable[[int, int], None], length: int, step: int, work: int) -> None:
    """Call do(first, end) for parts that make up 0 ... length, at the same time if `work` is worth it.

    Parts begin at multiples of `step`. work: how many multiplications and additions it is in all.
    """
    parts = min(_threads, length // step, work // WORTH_SHARING + 1)
    if parts <= 1:
        do(0, length)
        return
    ends = [step * (length // step * part // parts) for part in range(1, parts)] + [length]
    finished: queue.SimpleQueue = queue.SimpleQueue()
    for tasks, first, end in zip(_workers(parts - 1), ends, ends[1:]):
        tasks.put((lambda first=first, end=end: do(first, end), finished))
    try:
        do(0, ends[0])
    finally:  # nobody may still be writing when we return, or raise
        errors = [error for error in (finished.get() for _ in range(parts - 1)) if error is not None]
    if errors:
        raise errors[0]


def _forget() -> None:
    """In a forked process the threads are gone, and the lock may be held by one that was left behind."""
    global _lock
    _queues.clear()
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # where processes fork
    os.register_at_fork(after_in_child=_forget)
