"""Marks the exercises of chapter 8."""

import ast
import inspect
import math
import textwrap
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest


def quietly(function, *arguments, advice):
    """What the function returns; a warning on the way is told with the advice."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return function(*arguments)
        except RuntimeWarning as warning:
            told = f"{function.__name__}: {warning}. {advice}"
    pytest.fail(told, pytrace=False)


def forbid(monkeypatch, names, advice, module=np):
    """Make the module's functions of these names fail, with the advice."""

    def refuse(*arguments, **options):
        pytest.fail(advice, pytrace=False)

    for name in names:
        monkeypatch.setattr(module, name, refuse)


def without(function, operator, advice):
    """Fail with the advice if the function's source uses this operator."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    if any(isinstance(node, operator) for node in ast.walk(tree)):
        pytest.fail(advice, pytrace=False)


@pytest.mark.parametrize(
    "operations, bytes_moved, seconds, limit",
    [(1e6, 16e6, 0.0008, "memory"), (2e9, 24e6, 0.05, "arithmetic"), (2e6, 1e6, 0.00005, "memory")],
)
def test_roofline(mine, compare, operations, bytes_moved, seconds, limit):
    got = mine.roofline(40e9, 20e9, operations, bytes_moved)
    if not (isinstance(got, tuple) and len(got) == 2):
        pytest.fail(f"roofline should return a pair (seconds, limit); it returned {got!r}", pytrace=False)
    what = f"seconds of {operations:g} operations on {bytes_moved:g} bytes, peak 40e9, bandwidth 20e9"
    computing, moving = operations / 40e9, bytes_moved / 20e9
    mistakes = {"computing and moving overlap: the slower decides, they do not add up": computing + moving}
    if computing != moving:
        mistakes["this is the faster of the two; the slower decides"] = min(computing, moving)
    mistakes["this is a speed; operations divided by it are the seconds"] = operations / seconds
    compare(got[0], seconds, what, mistakes)
    if got[1] != limit:
        pytest.fail(f"{what}: the limit is {limit!r}, yours is {got[1]!r}", pytrace=False)


def test_log_sigmoid(mine, compare):
    z = np.array([-2.0, 0.0, 3.0])
    got = quietly(mine.log_sigmoid, z, advice="no exponent should be positive")
    expected = [-2.1269280110429727, -0.6931471805599453, -0.04858735157374206]
    mistakes = {
        "this is σ(z), not its logarithm": 1 / (1 + np.exp(-z)),
        "a sign is wrong: this is −ln σ(z)": np.negative(expected),
        "this is ln σ(−z)": np.subtract(expected, z),
    }
    compare(got, expected, "ln σ(−2), ln σ(0), ln σ(3)", mistakes)


def test_log_sigmoid_far_out(mine, compare):
    z = np.array([-1000.0, -800.0, 800.0, 1000.0])
    advice = "An exponential overflowed, or σ became 0. Take the large power out of 1 + e^(−z) before the logarithm"
    got = quietly(mine.log_sigmoid, z, advice=advice)
    compare(got, [-1000, -800, 0, 0], "ln σ at −1000, −800, 800, 1000", {"σ itself became 0": [-np.inf, -np.inf, 0, 0]})


def test_log_sigmoid_keeps_its_digits(mine, compare):
    for z in (20.0, 36.0, 40.0, 700.0):
        got = quietly(mine.log_sigmoid, np.array([z]), advice="no exponent should be positive")
        e = math.exp(-z)
        lost = "digits are lost: 1 + e^(−z) forgets e^(−z) where it is small. log1p does not add the 1"
        mistakes = {lost: [-math.log(1 + e)], lost + " ": [math.log(1 / (1 + e))]}
        # −ln(1 + e) = −e + e²/2 − e³/3 + …
        compare(got, [-e + e * e / 2 - e**3 / 3], f"ln σ({z:g})", mistakes)


# e^x to 17 digits
KNOWN = {
    0.0: 1.0,
    1.0: 2.718281828459045,
    -1.0: 0.36787944117144233,
    10.0: 22026.465794806718,
    0.25: 1.2840254166877414,
}


def ulps(got, x):
    """How many units in the last place each e^x is off, by arithmetic with 40 digits."""
    errors = []
    with localcontext(prec=40):
        for value, at in zip(got, x):
            exact = Decimal(float(at)).exp()
            errors.append(float(abs(Decimal(float(value)) - exact) / Decimal(math.ulp(float(exact)))))
    return np.array(errors)


def answers_of_exp(mine, monkeypatch, x):
    forbidden = ["exp", "expm1", "exp2", "power", "float_power", "logaddexp", "sinh", "cosh", "tanh"]
    forbid(monkeypatch, forbidden, "exp should be made of additions, multiplications and np.ldexp")
    without(mine.exp, ast.Pow, "exp should do without `**`, which is an exponential too: make 2^k with np.ldexp")
    got = mine.exp(x)
    monkeypatch.undo()
    return got


def test_exp(mine, compare, monkeypatch):
    x, expected = np.array(list(KNOWN)), np.array(list(KNOWN.values()))
    got = answers_of_exp(mine, monkeypatch, x)
    k = np.rint(x / math.log(2))
    mistakes = {
        "the scaling by 2^k is missing: this is e^r": expected / 2.0**k,
        "scaled the wrong way: by 2^(−k)": expected / 4.0**k,
        "the 1 of the series is missing": expected - 2.0**k,
    }
    compare(got, expected, f"e^x at {list(KNOWN)}", mistakes, rtol=1e-13)


def test_exp_to_the_last_digit(mine, compare, monkeypatch):
    x = np.random.default_rng(8).uniform(-700, 700, size=400)
    got = answers_of_exp(mine, monkeypatch, x)
    if np.shape(got) != x.shape:
        compare(got, np.exp(x), "e^x at 400 numbers from −700 to 700")
    if not np.allclose(got, np.exp(x), rtol=1e-6, atol=0):
        pytest.fail("exp is far off at some numbers from −700 to 700; make it pass the test above first", pytrace=False)
    near, far = abs(x) < 100, abs(x) > 400
    errors = ulps(got, x)
    if errors.max() <= 2:
        return
    worst = errors.argmax()
    if np.median(errors[far]) > 4 * np.median(errors[near]):
        advice = "The error grows with |x|, so r loses digits: subtract k·LN2_HIGH first, and then k·LN2_LOW"
    else:
        advice = (
            "It is not better near 0: are there 13 terms after the 1, and is k rounded to the nearest whole number?"
        )
    pytest.fail(f"exp({x[worst]:.6f}) is off by {errors[worst]:.3g} ulp; up to 2 are allowed. {advice}", pytrace=False)


ADVICE = "product_by_tiles should do without a ready-made product of matrices: add outer products, p by p"
SHAPES = [(4, 3, 6, 2, 3), (5, 4, 7, 2, 3), (3, 2, 2, 8, 8), (6, 5, 1, 4, 1), (1, 1, 1, 1, 1)]


@pytest.mark.parametrize("n, k, m, rows, columns", SHAPES)
def test_product_by_tiles(mine, compare, monkeypatch, n, k, m, rows, columns):
    # Whole numbers, so that every sum is exact.
    rng = np.random.default_rng(n + k + m)
    A, B = rng.integers(-9, 10, size=(n, k)).astype(float), rng.integers(-9, 10, size=(k, m)).astype(float)
    expected = [[sum(A[i, p] * B[p, j] for p in range(k)) for j in range(m)] for i in range(n)]
    forbid(monkeypatch, ["matmul", "dot", "einsum", "tensordot"], ADVICE)
    without(mine.product_by_tiles, ast.MatMult, ADVICE)
    poison = np.full((n, m), np.nan)
    del poison  # so that an np.empty of this shape, which takes its place, is not right by chance
    got = mine.product_by_tiles(A, B, rows, columns)
    monkeypatch.undo()
    mistakes = {"only the last p is left: add its products to the sums": np.outer(A[:, -1], B[-1])}
    i, j = n - n % rows, m - m % columns  # so far go the whole tiles
    for nothing in (0.0, np.nan):
        for last_row, last_column, what in ((i, j, "rows or columns"), (i, m, "rows"), (n, j, "columns")):
            missing = np.full((n, m), nothing)
            missing[:last_row, :last_column] = np.array(expected)[:last_row, :last_column]
            if (last_row, last_column) != (n, m):
                mistakes[f"the {what} that fill no whole tile are missing: {nothing} stands there"] = missing
    compare(got, expected, f"AB of ({n}, {k}) and ({k}, {m}) in tiles of {rows} by {columns}", mistakes)


def test_product_by_tiles_goes_tile_by_tile(mine, monkeypatch):
    sizes, outer = [], np.outer

    def watched(a, b):
        sizes.append((np.size(a), np.size(b)))
        return outer(a, b)

    monkeypatch.setattr(np, "outer", watched)
    mine.product_by_tiles(np.ones((6, 5)), np.ones((5, 8)), 2, 4)
    if not sizes:
        return  # written with loops of its own
    if max(sizes) > (2, 4):
        pytest.fail(f"a tile of 2 by 4 adds outer products of 2 by 4 numbers, yours had {max(sizes)}", pytrace=False)
    if len(sizes) != 3 * 2 * 5:
        pytest.fail(f"6 tiles with 5 steps of p are 30 outer products; yours were {len(sizes)}", pytrace=False)


SUMS = {
    "1, 1e100, 1, -1e100": ([1.0, 1e100, 1.0, -1e100], 2.0),
    "1, a hundred times 1e-16, -1": ([1.0] + [1e-16] * 100 + [-1.0], 1e-14),
    "1e16, 1, -1e16": ([1e16, 1.0, -1e16], 1.0),
    "3, -1e17, 0.25, 1e17": ([3.0, -1e17, 0.25, 1e17], 3.25),
    "no numbers": ([], 0.0),
}


@pytest.mark.parametrize("name", SUMS)
def test_compensated_sum(mine, compare, monkeypatch, name):
    numbers, expected = SUMS[name]
    forbid(monkeypatch, ["fsum"], "compensated_sum should find by two-sum what each addition lost", math)
    got = mine.compensated_sum(np.array(numbers))
    monkeypatch.undo()
    plain, kahan, c = 0.0, 0.0, 0.0
    subtracted, lost = 0.0, 0.0
    for v in numbers:
        plain += v
        # Kahan's sum, which corrects the next number and takes for granted that the sum is the larger one
        y = v - c
        t = kahan + y
        c, kahan = (t - kahan) - y, t
        s = subtracted + v
        arrived = s - subtracted
        lost += (subtracted - (s - arrived)) + (v - arrived)
        subtracted = s
    both = ", and Kahan's too" if plain == kahan else ""
    wrong = {
        f"this is what the plain sum gives{both}: what was lost has not been put back": plain,
        "what was lost must be added, not subtracted": subtracted - lost,
        "this is Kahan's sum, which loses digits where a number is larger than the sum; two-sum does not": kahan,
    }
    # Some of these numbers come out right by a wrong way, too.
    mistakes = {advice: value for advice, value in wrong.items() if not math.isclose(value, expected)}
    compare(got, expected, f"the sum of {name}", mistakes)


def test_compensated_sum_of_many(mine):
    x = np.random.default_rng(8).normal(size=2000) * 10.0 ** np.arange(2000).clip(max=12)
    got, exact = mine.compensated_sum(x), math.fsum(x)
    off = abs(got - exact) / math.ulp(exact)
    if not off <= 1:
        told = f"it is off by {off:.3g} units in the last place. Is the second sum added at the end, and only there?"
        pytest.fail(f"the sum of 2000 numbers is {exact!r}, yours is {got!r}: {told}", pytrace=False)
