"""How kernels compile: what the compiled function may and may not do, and that the plain one does the same; that the
cache cannot break anything; and what a start costs."""

import importlib.util
import io
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pytest

from tinynet.kernels import jit
from tinynet.kernels.jit import kernel
from tinynet.kernels.tile import COLUMNS, ROWS, tile_source

PACKAGE = Path(jit.__file__).parents[1]

SOURCE = """
def squares(x, result):
    for i in range(x.size):
        result[i] = x[i] * x[i]
"""


def add_and_subtract(x, big, result):
    for i in range(x.size):
        result[i] = (x[i] + big) - big


def one_over(x, result):
    for i in range(x.size):
        result[i] = 1 / x[i]


def exponential(x, result):
    for i in range(x.size):
        result[i] = np.exp(x[i])


def keep_nan(x, result):
    for i in range(x.size):
        result[i] = 1.0 if x[i] != x[i] else 0.0


def multiply_and_add(a, b, c):
    """Docstring of a kernel."""
    return a * b + c


@pytest.fixture(params=["compiled", "plain"])
def decorate(request, monkeypatch):
    """The decorator, in both of its ways, whichever way the suite itself runs."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", request.param == "plain")
    return kernel


def run(function, *arguments, entries: int) -> list[float]:
    result = np.full(entries, 99.0)
    function(*arguments, result)
    return result.tolist()


# ## What a kernel computes, compiled or not


def test_a_kernel_writes_its_last_argument(decorate) -> None:
    namespace: dict = {}
    exec(SOURCE, namespace)
    assert run(decorate(namespace["squares"]), np.array([1.0, -2.0, 3.0]), entries=3) == [1.0, 4.0, 9.0]


def test_additions_are_not_rearranged(decorate) -> None:
    # 1e16 + 1 rounds to 1e16. A compiler free to reorder would cancel 1e16 first and say 1.
    assert run(decorate(add_and_subtract), np.array([1.0]), 1e16, entries=1) == [0.0]


def test_nan_is_not_assumed_away(decorate) -> None:
    assert run(decorate(keep_nan), np.array([np.nan, 1.0]), entries=2) == [1.0, 0.0]


def test_dividing_by_zero_is_infinite_as_in_numpy(decorate) -> None:
    first, second, third = run(decorate(one_over), np.array([0.0, -0.0, np.nan]), entries=3)
    assert (first, second) == (math.inf, -math.inf)
    assert math.isnan(third)


def test_overflow_and_underflow_pass_without_a_word(decorate) -> None:
    assert run(decorate(exponential), np.array([1000.0, -1000.0, 0.0]), entries=3) == [math.inf, 0.0, 1.0]


def test_a_product_and_a_sum_may_be_rounded_once_or_twice(decorate) -> None:
    # (1 + e)(1 - e) - 1 = -e². Rounded twice the product is 1 and the sum 0; in one instruction it is -e².
    e = 2.0**-30
    assert decorate(multiply_and_add)(1 + e, 1 - e, -1.0) in (0.0, -(e**2))


# ## How it is made


def test_a_compiled_kernel_has_the_options_of_the_page(monkeypatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", False)
    compiled = kernel(multiply_and_add)
    assert isinstance(compiled, numba.core.registry.CPUDispatcher)
    options = compiled.targetoptions
    assert options["nogil"] is True
    assert options["error_model"] == "numpy"
    assert options["fastmath"] == {"contract"}
    assert isinstance(compiled._cache, numba.core.caching.FunctionCache)  # kept for the next run; NullCache is not


def test_with_jit_disabled_a_kernel_is_plain_python(monkeypatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    plain = kernel(multiply_and_add)
    assert plain.__wrapped__ is multiply_and_add
    assert plain.__name__ == "multiply_and_add" and plain.__doc__ == "Docstring of a kernel."
    # No compiler would multiply a word: this is the interpreter.
    assert plain("ab", 2, "c") == "ababc"


def test_a_plain_kernel_leaves_the_warnings_of_others_alone(monkeypatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    run(kernel(exponential), np.array([1000.0]), entries=1)
    with pytest.warns(RuntimeWarning, match="overflow"):
        np.exp(np.array([1000.0]))


def test_a_function_with_no_place_for_a_cache_still_compiles(monkeypatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", False)
    namespace: dict = {}
    exec(SOURCE, namespace)  # made from a string: no file, so no folder beside it
    with pytest.raises(RuntimeError, match="cannot cache function"):
        numba.njit(cache=True)(namespace["squares"])
    compiled = kernel(namespace["squares"])
    assert isinstance(compiled, numba.core.registry.CPUDispatcher)
    assert compiled.targetoptions["fastmath"] == {"contract"} and compiled.targetoptions["nogil"] is True
    assert run(compiled, np.array([3.0]), entries=1) == [9.0]


# ## The cache

FILE = """
from tinynet.kernels.jit import kernel

@kernel
def powers(x, result):
    for i in range(x.size):
        result[i] = x[i] ** 2
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch) -> Path:
    """An empty folder for the caches, and kernels that compile, whichever way the suite runs."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(numba.config, "DISABLE_JIT", False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def load(tmp_path: Path, cache: Path) -> Callable:
    """What each new process does: import the file, decorate its kernel."""

    def load(text: str = FILE):
        file = tmp_path / "powers.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location("powers", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.powers

    return load


def answer(compiled, dtype: type = np.float64) -> list[float]:
    result = np.empty(3, dtype)
    compiled(np.array([1, -2, 3], dtype), result)
    return result.tolist()


def was_loaded(compiled) -> bool:
    return sum(compiled.stats.cache_hits.values()) == 1 and not compiled.stats.cache_misses


def test_the_next_run_loads_what_this_one_compiled(load) -> None:
    for run_is_first in (True, False):
        for dtype in (np.float64, np.float32):
            compiled = load()
            assert answer(compiled, dtype) == [1, 4, 9]
            assert was_loaded(compiled) is not run_is_first


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def fill_with_noise(file: Path) -> None:
    file.write_bytes(np.random.default_rng(0).bytes(2000))


def make_a_hole(file: Path) -> None:
    """What a file may look like after the power failed: some of it was not written yet."""
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 512] = bytes(512)
    file.write_bytes(content)


def make_unreadable(file: Path) -> None:
    """A link to itself cannot be read by anybody, not even by root."""
    file.unlink()
    file.symlink_to(file.name)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [cut_short, empty, fill_with_noise, make_a_hole, make_unreadable, Path.unlink])
def test_a_damaged_cache_is_replaced(load, cache: Path, kind: str, damage: Callable) -> None:
    answer(load())
    (file,) = cache.rglob(f"*.{kind}")
    damage(file)
    compiled = load()
    assert answer(compiled) == [1, 4, 9]
    assert not was_loaded(compiled)
    compiled = load()
    assert answer(compiled) == [1, 4, 9]
    assert was_loaded(compiled)


def test_code_for_float32_is_not_taken_for_that_of_float64(load, cache: Path) -> None:
    # Two processes compiling at once number their files alike, and one may overwrite the other's.
    answer(load(), np.float64)
    answer(load(), np.float32)
    for_float64, for_float32 = sorted(cache.rglob("*.nbc"))
    shutil.copy(for_float32, for_float64)
    assert answer(load(), np.float64) == [1, 4, 9]
    assert answer(load(), np.float32) == [1, 4, 9]


def put_a_folder_in_place_of_the_index(cache: Path) -> None:
    (index,) = cache.rglob("*.nbi")
    index.unlink()
    (index / "occupied").mkdir(parents=True)  # neither read nor replaced


def put_a_file_in_place_of_the_folder(cache: Path) -> None:
    shutil.rmtree(cache)
    cache.write_text("")


@pytest.mark.parametrize("break_it", [put_a_folder_in_place_of_the_index, put_a_file_in_place_of_the_folder])
def test_a_cache_that_stops_working_is_done_without(load, cache: Path, break_it: Callable) -> None:
    answer(load())
    compiled = load()
    break_it(cache)
    assert answer(compiled) == [1, 4, 9]
    assert not was_loaded(compiled)


def test_a_cache_folder_that_disappears_is_made_again(load, cache: Path) -> None:
    compiled = load()
    shutil.rmtree(cache)
    assert answer(compiled) == [1, 4, 9]
    compiled = load()
    answer(compiled)
    assert was_loaded(compiled)


@pytest.fixture
def full_disk():
    """A function after which files can only grow to so many bytes; without a number, to any size again."""
    resource = pytest.importorskip("resource")  # not on Windows
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(room: int = before[0]) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))

    yield limit
    limit()


@pytest.mark.parametrize("room", [0, 4000])
def test_a_full_disk_only_costs_the_cache(load, full_disk: Callable, room: int) -> None:
    compiled = load()
    full_disk(room)
    result = answer(compiled)
    full_disk()
    assert result == [1, 4, 9]


def test_a_damaged_index_that_cannot_be_replaced_is_done_without(load, cache: Path, full_disk: Callable) -> None:
    answer(load())
    (index,) = cache.rglob("*.nbi")
    cut_short(index)
    compiled = load()
    full_disk(0)
    result = answer(compiled)
    full_disk()
    assert result == [1, 4, 9]


def test_a_full_disk_does_not_leave_old_code_for_new(load, cache: Path, full_disk: Callable) -> None:
    answer(load())
    edited = FILE.replace("** 2", "** 3")
    compiled = load(edited)
    full_disk(4000)  # room for the new index; the old code stays
    first = answer(compiled)
    full_disk()
    assert first == answer(load(edited)) == [1, -8, 27]


ONCE = "tinynet: compiling kernels for this machine takes some 10 seconds, once\n"


def processes(code: str, cache: Path, where: Path = PACKAGE.parent, times: int = 1) -> list[str]:
    """Run `code` in that many processes at once, with the tinynet of that folder; what each printed.

    They must say nothing on stderr, but that they are slow.
    """
    command = [sys.executable, "-W", "error", "-c", code]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, cwd=where, env=environment, **pipes) for _ in range(times)]
    outputs = [process.communicate() for process in running]
    assert {error for _, error in outputs} <= {"", ONCE}
    return [output for output, _ in outputs]


PRINT_CROSSENTROPY = """
import numpy as np
from tinynet.kernels.losses import softmax_categorical_crossentropy
print(softmax_categorical_crossentropy(np.zeros((1, 2)), np.eye(2)[:1]))
"""


@pytest.mark.compiled
def test_processes_that_compile_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    for _ in range(2):  # with an empty cache, and with what they left
        outputs = processes(PRINT_CROSSENTROPY, tmp_path, times=2)
        assert [float(output) for output in outputs] == [pytest.approx(math.log(2))] * 2


@pytest.mark.compiled
def test_machine_code_is_not_older_than_the_kernels_it_calls(tmp_path: Path) -> None:
    package = tmp_path / "tinynet"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    # Emacs leaves such a link beside a file that is being edited; it leads nowhere.
    (package / "kernels" / ".#softmax.py").symlink_to("somebody@somewhere")

    def crossentropy() -> float:
        return float(processes(PRINT_CROSSENTROPY, tmp_path / "cache", where=tmp_path)[0])

    assert crossentropy() == pytest.approx(math.log(2))
    called = package / "kernels" / "softmax.py"
    called.write_text(called.read_text().replace("return m, np.log1p(s", "return m, 1000 + np.log1p(s"))
    assert crossentropy() == pytest.approx(1000 + math.log(2))


# ## A cold start


@pytest.fixture
def after(monkeypatch, cache: Path) -> Callable:
    """Pretend that kernels have compiled for so many seconds, and nothing was said."""

    def after(seconds: float) -> None:
        monkeypatch.setattr(jit, "_spent", seconds)
        monkeypatch.setattr(jit, "_announced", False)

    return after


def test_a_long_start_is_explained_once(load, after, capsys) -> None:
    after(seconds=3)
    answer(load(), np.float64)
    answer(load(), np.float32)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == ONCE


def test_a_short_start_is_not(load, after, capsys) -> None:
    after(seconds=0)
    answer(load())
    assert capsys.readouterr().err == ""
    assert 0 < jit._spent < 30


def test_a_start_from_the_cache_is_not(load, after, capsys) -> None:
    answer(load())
    after(seconds=3)
    compiled = load()
    answer(compiled)
    assert was_loaded(compiled)
    assert capsys.readouterr().err == ""
    assert jit._spent == 3


def test_a_start_without_jit_is_not(load, after, capsys, monkeypatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    after(seconds=3)
    assert answer(load()) == [1, 4, 9]
    assert capsys.readouterr().err == ""


def test_the_register_tile_is_announced_before_it_compiles(after, capsys) -> None:
    namespace: dict = {"prefetch": jit.prefetch}
    exec(tile_source(ROWS, COLUMNS), namespace)
    after(seconds=0)
    with pytest.raises(numba.TypingError):  # numbers where arrays belong: it fails at once
        kernel(namespace["tiles"]).compile((numba.float64,) * 6)
    assert capsys.readouterr().err.startswith("tinynet: compiling kernels")


def test_a_start_that_is_long_every_time_says_so(after, capsys) -> None:
    namespace: dict = {}
    exec(SOURCE, namespace)
    after(seconds=3)
    run(kernel(namespace["squares"]), np.array([3.0]), entries=1)
    assert capsys.readouterr().err.endswith(
        ", in every run: there is no folder to keep them in; NUMBA_CACHE_DIR can name one\n"
    )


def test_nowhere_to_say_it_is_no_error(load, after, monkeypatch) -> None:
    after(seconds=3)
    closed = io.StringIO()
    closed.close()  # printing to it raises
    monkeypatch.setattr(sys, "stderr", closed)
    assert answer(load()) == [1, 4, 9]


# Prints the modules of all that is compiled while `code` runs.
REPORT = """
from numba.core import event
class Listener(event.Listener):
    def on_start(self, started):
        print(started.data["dispatcher"].py_func.__module__)
    def on_end(self, ended):
        pass
event.register("numba:compile", Listener())
"""

XOR = """
import numpy as np
import tinynet as tn
x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
net = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")], seed=0)
net.compile(tn.SGD(0.5), "binary_crossentropy")
net.fit(x, y, epochs=2, batch_size=4, verbose=0)
"""


@pytest.mark.compiled
def test_importing_compiles_nothing_and_does_not_wait_for_matplotlib(tmp_path: Path) -> None:
    (output,) = processes(REPORT + "import sys, tinynet; print('matplotlib' in sys.modules)", tmp_path)
    assert output == "False\n"


@pytest.mark.compiled
def test_a_small_network_compiles_small_kernels_only_and_the_first_time_only(tmp_path: Path) -> None:
    (output,) = processes(REPORT + XOR, tmp_path)
    compiled = output.split()
    assert "tinynet.kernels.matmul" in compiled
    assert "tinynet.kernels.tile" not in compiled
    # Text is slow to compile. Numba needs it where a kernel assigns an array to a slice: for the message of an error.
    assert "numba.cpython.unicode" not in compiled
    assert processes(REPORT + XOR, tmp_path) == [""]
