"""How kernels compile: what the compiled function may and may not do, and that the plain one does the same."""

import math
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from tinynet.kernels.jit import kernel

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
    assert type(compiled._cache).__name__ == "FunctionCache"  # kept for the next run; NullCache would not be


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


PRINT_CROSSENTROPY = """
import numpy as np
from tinynet.kernels.losses import softmax_categorical_crossentropy
print(softmax_categorical_crossentropy(np.zeros((1, 2)), np.eye(2)[:1]))
"""


@pytest.mark.compiled
def test_machine_code_is_not_older_than_the_kernels_it_calls(tmp_path: Path) -> None:
    package = tmp_path / "tinynet"
    source = Path(sys.modules["tinynet"].__file__).parent
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))

    def crossentropy() -> float:
        run = [sys.executable, "-c", PRINT_CROSSENTROPY]
        return float(subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout)

    assert crossentropy() == pytest.approx(math.log(2))
    called = package / "kernels" / "softmax.py"
    called.write_text(called.read_text().replace("return m, np.log1p(s", "return m, 1000 + np.log1p(s"))
    assert crossentropy() == pytest.approx(1000 + math.log(2))
