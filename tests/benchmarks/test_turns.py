"""Taking turns, by a clock that only the programs move: what is called, and how times become medians and ratios."""

import sys
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

import tinynet as tn
from benchmarks import turns
from benchmarks.turns import Effort, Timing, Unavailable, available, calls_in, limited_to, take_turns


class Clock:
    """Stands still, until a program that it made is called. `slower`: what it multiplies the time of each with."""

    def __init__(self) -> None:
        self.now, self.slower, self.called = 0.0, 1.0, []

    def program(self, name, milliseconds, then=lambda: None):
        def call():
            self.called.append(name)
            self.now += self.slower * milliseconds / 1000
            then()

        return call


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    known = SimpleNamespace(perf_counter=lambda: clock.now, process_time=lambda: 0.0, sleep=lambda seconds: None)
    monkeypatch.setattr(turns, "time", known)
    monkeypatch.setitem(sys.modules, "threadpoolctl", SimpleNamespace(threadpool_limits=lambda threads: nullcontext()))
    monkeypatch.setitem(sys.modules, "torch", None)
    return clock


def effort(turns=4, least=1, seconds=0.0, limit=1e9):
    return Effort(turns, least, seconds, limit, quick=True)


def test_a_ratio_is_the_median_of_the_turns_ratios():
    timing = Timing({"ours": np.array([1.0, 2.0, 10.0]), "theirs": np.array([3.0, 4.0, 10.0])})
    assert timing.median("ours") == 2
    assert timing.median("theirs") == 4
    # the turns' ratios are 3, 2 and 1; that of the medians happens to be the same
    assert timing.ratio("theirs", "ours") == 2
    timing.seconds["theirs"][1] = 2
    # now 3, 1 and 1; the medians are 3 and 2
    assert timing.ratio("theirs", "ours") == 1


def test_a_machine_that_becomes_slower_does_so_for_all(clock):
    def slow_down():
        clock.slower *= 1.5

    timing = take_turns({"one": clock.program("one", 1), "two": clock.program("two", 2)}, effort(turns=2))
    assert timing.ratio("two", "one") == pytest.approx(2)
    timing = take_turns({"two": clock.program("two", 2), "one": clock.program("one", 1, slow_down)}, effort(turns=9))
    # in between it became 1.5 times slower, for the one first or for the other
    assert timing.median("one") > 0.004
    assert 2 / 1.5 <= timing.ratio("two", "one") <= 2 * 1.5


def test_programs_go_there_and_back(clock):
    take_turns({name: clock.program(name, 1) for name in "abc"}, effort(turns=3))
    # each is called twice to find out how long it takes, and twice a turn: the first call does not count
    assert "".join(clock.called) == "aabbcc" + "ccbbaa" + "aabbcc" + "ccbbaa"


def test_a_turn_is_filled_with_calls_after_one_that_does_not_count(clock):
    program = clock.program("x", 1)
    assert calls_in(program, 0.005) == 5
    assert calls_in(program, 0.0004) == 1
    assert calls_in(clock.program("long", 700), 0.005) == 1
    clock.called.clear()
    timing = take_turns({"x": program}, effort(turns=2, seconds=0.005))
    assert timing.seconds["x"] == pytest.approx([0.001, 0.001])
    found_out = 1 + 1 + 2 + 4
    assert len(clock.called) == found_out + 2 * (1 + 5)


def test_what_takes_too_long_has_fewer_turns(clock):
    slow = {"slow": clock.program("slow", 1000)}
    assert len(take_turns(slow, effort(turns=40, least=3, limit=2.5)).seconds["slow"]) == 3
    assert len(take_turns(slow, effort(turns=40, least=3, limit=7.5)).seconds["slow"]) == 4  # each of two calls
    assert len(take_turns(slow, effort(turns=5, least=3, limit=99)).seconds["slow"]) == 5


def test_with_several_threads_a_turn_waits_for_those_that_are_busy(clock, monkeypatch):
    slept = []
    turns.time.sleep = slept.append
    take_turns({"x": clock.program("x", 1)}, effort(turns=3), threads=1)
    assert slept == []
    take_turns({"x": clock.program("x", 1)}, effort(turns=3), threads=2)
    assert len(slept) == 3
    # a process that stays busy is not waited for for ever
    spent = iter(range(1000))
    turns.time.process_time = lambda: next(spent)
    slept.clear()
    turns.settle()
    assert len(slept) == 30


def test_the_number_of_threads_is_put_back(monkeypatch):
    set_for_blas, set_for_torch = [], []

    @contextmanager
    def threadpool_limits(threads):
        set_for_blas.append(threads)
        yield
        set_for_blas.append("as before")

    monkeypatch.setitem(sys.modules, "threadpoolctl", SimpleNamespace(threadpool_limits=threadpool_limits))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(set_num_threads=set_for_torch.append))
    before = tn.get_num_threads()
    with limited_to(before + 1):
        assert tn.get_num_threads() == before + 1
        assert set_for_blas == set_for_torch == [before + 1]
    assert tn.get_num_threads() == before
    assert set_for_blas == [before + 1, "as before"]
    with pytest.raises(KeyError), limited_to(before + 1):
        raise KeyError
    assert tn.get_num_threads() == before


def test_without_a_limit_for_openblas_nothing_is_timed(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(ImportError, match="threadpoolctl"), limited_to(1):
        raise AssertionError("it began")


def test_who_cannot_take_part_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)

    def needs_torch():
        import torch

        return torch.add

    def fails():
        raise Unavailable("fails: no compiler")

    programs, absent = available({"PyTorch": needs_torch, "compiled": fails, "ours": lambda: abs})
    assert programs == {"ours": abs}
    assert absent == {"PyTorch": "torch is not installed", "compiled": "fails: no compiler"}
