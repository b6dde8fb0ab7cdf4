"""Threads: how work is shared out, what happens to errors and in a forked process, and the same bits for any number."""

import gc
import multiprocessing
import subprocess
import sys
import threading
import time
import warnings
import weakref
from itertools import pairwise

import numpy as np
import pytest

from tinynet.kernels import threads
from tinynet.kernels.matmul import matmul, product
from tinynet.kernels.threads import WORTH_SHARING, get_num_threads, in_parts, set_num_threads

MUCH = 100 * WORTH_SHARING
SECONDS = 60  # after which a test fails rather than wait for ever


@pytest.fixture(autouse=True)
def number_of_threads():
    """The number as it was, once a test is over."""
    before = get_num_threads()
    yield before
    set_num_threads(before)


# ## The number of threads


def test_the_number_is_what_was_set(number_of_threads: int) -> None:
    assert number_of_threads >= 1
    for n in (3, 1, np.int64(2)):
        set_num_threads(n)
        assert get_num_threads() == n


@pytest.mark.parametrize("wrong", [0, -1, 1.5, 2.0, True, "2", None])
def test_a_number_that_makes_no_sense_is_refused(wrong, number_of_threads: int) -> None:
    with pytest.raises(ValueError, match="number of threads is a whole number >= 1, not"):
        set_num_threads(wrong)
    assert get_num_threads() == number_of_threads


# ## How work is shared out


def parts(length: int, step: int, work: int = MUCH) -> list[tuple[int, int]]:
    """The parts that in_parts asks for, in order of their beginning."""
    asked = []
    in_parts(lambda first, end: asked.append((first, end)), length, step, work)
    return sorted(asked)


def test_parts_by_hand() -> None:
    set_num_threads(3)
    assert parts(12, 4) == [(0, 4), (4, 8), (8, 12)]
    assert parts(100, 4) == [(0, 32), (32, 64), (64, 100)]
    assert parts(9, 4) == [(0, 4), (4, 9)]  # as many parts as whole steps
    assert parts(7, 4) == [(0, 7)]
    assert parts(0, 4) == [(0, 0)]


def test_parts_make_up_the_whole_and_begin_at_steps() -> None:
    for n in (1, 2, 3, 5):
        set_num_threads(n)
        for length in range(40):
            found = parts(length, 4)
            assert [0, *(end for _, end in found)] == [*(first for first, _ in found), length]
            assert len(found) == max(1, min(n, length // 4))
            assert all(first % 4 == 0 for first, _ in found)
            # No part is less than a step, for a tile needs its rows.
            assert len(found) == 1 or all(end - first >= 4 for first, end in found)


def test_little_work_is_not_shared_out() -> None:
    set_num_threads(3)
    assert parts(100, 4, WORTH_SHARING - 1) == [(0, 100)]
    assert len(parts(100, 4, WORTH_SHARING)) == 2
    assert len(parts(100, 4, 2 * WORTH_SHARING)) == 3


def test_parts_are_done_at_the_same_time_by_different_threads() -> None:
    set_num_threads(3)
    meet = threading.Barrier(3)
    who = []

    def do(first: int, end: int) -> None:
        meet.wait(SECONDS)  # passes only when all three are here
        who.append(threading.get_ident())

    in_parts(do, 12, 4, MUCH)
    assert len(set(who)) == 3
    assert threading.get_ident() in who


def test_the_same_threads_serve_again() -> None:
    set_num_threads(3)
    parts(12, 4)
    before = threading.active_count()
    for _ in range(20):
        parts(12, 4)
    assert threading.active_count() == before


def test_threads_that_wait_do_not_keep_the_program_from_ending() -> None:
    set_num_threads(3)
    main = set(threading.enumerate())
    parts(12, 4)
    threads._forget()  # as if none had been started
    parts(12, 4)
    started = set(threading.enumerate()) - main
    assert len(started) >= 2
    assert all(thread.daemon for thread in started)


# ## Errors


@pytest.mark.parametrize("where", [0, 4, 8])
def test_an_error_in_any_part_is_raised_where_the_work_was_asked_for(where: int) -> None:
    set_num_threads(3)

    def do(first: int, end: int) -> None:
        if first == where:
            raise ArithmeticError(f"part from {first}")

    with pytest.raises(ArithmeticError, match=f"part from {where}"):
        in_parts(do, 12, 4, MUCH)
    assert parts(12, 4) == [(0, 4), (4, 8), (8, 12)]  # and the threads go on working


def test_after_an_error_the_other_parts_are_waited_for() -> None:
    set_num_threads(3)
    done = []

    def do(first: int, end: int) -> None:
        if first == 4:
            raise ArithmeticError
        threading.Event().wait(0.05)
        done.append(first)

    with pytest.raises(ArithmeticError):
        in_parts(do, 12, 4, MUCH)
    assert sorted(done) == [0, 8]


# ## Several callers


def test_several_threads_may_ask_at_once() -> None:
    set_num_threads(3)
    found: dict[int, list] = {}

    def ask(caller: int) -> None:
        found[caller] = [parts(4 * (caller + 3), 4) for _ in range(50)]

    callers = [threading.Thread(target=ask, args=(caller,), daemon=True) for caller in range(4)]
    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join(SECONDS)
    assert sorted(found) == [0, 1, 2, 3]
    for caller, answers in found.items():
        length = 4 * (caller + 3)
        assert all(len(answer) == 3 and answer[0][0] == 0 and answer[-1][1] == length for answer in answers)
        assert all(a[1] == b[0] for answer in answers for a, b in pairwise(answer))


# ## Products


def factors(n: int, k: int, m: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n + k + m)
    A, B, start = (rng.standard_normal(shape).astype(dtype) for shape in [(n, k), (k, m), m])
    return A, B, start


def bits(A: np.ndarray, B: np.ndarray, start: np.ndarray) -> bytes:
    C = np.full((A.shape[0], B.shape[1]), np.nan, A.dtype)
    product(A, B, start, C)
    return C.tobytes()


LARGE = [(301, 257, 263), (1030, 201, 101), (9, 1500, 1511)]  # 2·10⁷ multiplications; shared by columns, rows, columns


@pytest.mark.compiled
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", LARGE)
def test_any_number_of_threads_gives_the_same_bits(shape, dtype) -> None:
    A, B, start = factors(*shape, dtype)
    forms = {
        "A and B": (A, B),
        "A transposed": (np.asfortranarray(A), B),
        "B transposed": (A, np.asfortranarray(B)),
    }
    for name, (left, right) in forms.items():
        set_num_threads(1)
        one = bits(left, right, start)
        assert np.isfinite(np.frombuffer(one, dtype)).all()
        for n in (2, 3):
            set_num_threads(n)
            assert bits(left, right, start) == one, (name, n)


@pytest.mark.compiled
def test_a_large_product_is_shared_out(monkeypatch) -> None:
    # Or the test above would compare one thread with itself.
    set_num_threads(3)
    asked = []
    workers = threads._workers
    monkeypatch.setattr(threads, "_workers", lambda n: asked.append(n) or workers(n))
    for shape in LARGE:
        bits(*factors(*shape))
    assert asked == [2, 2, 2]


@pytest.mark.compiled
def test_several_threads_may_multiply_at_once() -> None:
    set_num_threads(3)
    work = [factors(*shape) for shape in LARGE]
    expected = [bits(*each) for each in work]
    found: dict[int, list[bytes]] = {}

    def multiply(caller: int) -> None:
        found[caller] = [bits(*work[caller]) for _ in range(5)]

    callers = [threading.Thread(target=multiply, args=(caller,), daemon=True) for caller in range(len(work))]
    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join(SECONDS)
    assert found == {caller: [expected[caller]] * 5 for caller in range(len(work))}


# ## A forked process


def in_a_fork(do) -> object:
    """What do() returns in a forked process."""
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(do()), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: threads may hold locks. Ours are renewed.
        child.start()
    try:
        assert receiver.poll(SECONDS), "the forked process hangs"
        return receiver.recv()
    finally:
        child.kill()
        child.join()


def test_a_forked_process_starts_threads_of_its_own() -> None:
    set_num_threads(3)
    expected = parts(12, 4)
    assert in_a_fork(lambda: parts(12, 4)) == expected
    assert parts(12, 4) == expected  # and the parent has kept its own


def test_a_process_forked_while_the_lock_is_held_works() -> None:
    set_num_threads(3)
    with threads._lock:
        assert in_a_fork(lambda: parts(12, 4)) == [(0, 4), (4, 8), (8, 12)]


@pytest.mark.compiled
def test_a_forked_process_multiplies() -> None:
    set_num_threads(3)
    A, B, _ = factors(301, 257, 263)
    expected = matmul(A, B).tobytes()
    assert in_a_fork(lambda: matmul(A, B).tobytes()) == expected


def test_waiting_threads_keep_no_array_alive() -> None:
    set_num_threads(2)
    array = np.zeros(3)
    alive = weakref.ref(array)
    in_parts(lambda first, end, array=array: None, 10, 1, MUCH)
    del array
    deadline = time.monotonic() + SECONDS  # the last thread may still be on its way back to its queue
    while alive() is not None and time.monotonic() < deadline:
        gc.collect()
    assert alive() is None


@pytest.mark.compiled
def test_numbas_switch_is_as_it_was_when_two_threads_compiled() -> None:
    code = """
import numba, numpy as np, tinynet as tn
tn.set_num_threads(2)
tn.kernels.matmul(np.ones((600, 600), np.float32), np.ones((600, 600), np.float32))
print(numba.config.SLP_VECTORIZE)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=5 * SECONDS)
    assert done.stdout == "0\n", done.stderr
