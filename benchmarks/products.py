r"""
# Products

The versions of the [matrix product](../tinynet/kernels/matmul.py) beside OpenBLAS, which NumPy calls: `np.dot`
with `out=`, the call with the least around it. Both write into an array that is there already.

An $n \times k$ by $k \times m$ product takes $2nkm$ operations, multiplications and additions. Three forms are
needed to train: $AB$ on the way forward, $A^T B$ for the gradient of the weights, $AB^T$ for that of the inputs.
A transposed operand is a view of an array that lies the other way.

Read next: [elementwise](elementwise.py).
"""

from functools import partial

import numpy as np
import numpy.typing as npt

import tinynet as tn
from tinynet.kernels.matmul import product, product_by_blocks, product_by_formula, product_by_rows

from .report import Report, figure
from .turns import Effort, Program, Timing, take_turns

Shape = tuple[int, int, int]

SHAPES: list[Shape] = [
    (64, 784, 128),
    (784, 64, 128),
    (64, 128, 784),
    (32, 64, 64),
    (128, 784, 512),
    (512, 512, 512),
    (1024, 1024, 1024),
    (2048, 2048, 2048),
    (67, 129, 253),
    (1000, 1000, 1000),
]
FORMS = ["AB", "AᵀB", "ABᵀ"]
# OpenBLAS's time divided by tinynet's: what it must be, and should be.
ASKED = {
    ((64, 784, 128), "AB"): (1.05, 1.2),
    ((784, 64, 128), "AᵀB"): (0.95, 1.1),
    ((64, 128, 784), "ABᵀ"): (0.95, 1.1),
    ((32, 64, 64), "AB"): (0.92, 1.0),
    ((128, 784, 512), "AB"): (0.92, 1.0),
    ((512, 512, 512), "AB"): (0.92, 1.0),
    ((1024, 1024, 1024), "AB"): (0.92, 1.0),
    ((2048, 2048, 2048), "AB"): (0.85, 0.95),
    ((67, 129, 253), "AB"): (0.85, 0.95),
    ((1000, 1000, 1000), "AB"): (0.85, 0.95),
}
DTYPES = ["float32", "float64"]
SHARED: Shape = (1024, 1024, 1024)

VERSIONS = {"by formula": product_by_formula, "by rows": product_by_rows, "by blocks": product_by_blocks}
# Above as many multiplications one call of the slow versions takes longer than anybody wants to wait.
MANY = 150_000_000


def operands(shape: Shape, form: str, dtype: npt.DTypeLike) -> tuple[np.ndarray, ...]:
    """A (n, k), B (k, m), a row of zeros to start from, and C (n, m)."""
    n, k, m = shape
    rng = np.random.default_rng(0)
    A = rng.standard_normal((k, n)).T if form == "AᵀB" else rng.standard_normal((n, k))
    B = rng.standard_normal((m, k)).T if form == "ABᵀ" else rng.standard_normal((k, m))
    return A.astype(dtype), B.astype(dtype), np.zeros(m, dtype), np.zeros((n, m), dtype)


def versions(shape: Shape, form: str, dtype: npt.DTypeLike, all_of_them: bool) -> dict[str, Program]:
    """Programs that compute the same product: tinynet and OpenBLAS, and the slow versions if they are asked for."""
    A, B, start, C = operands(shape, form, dtype)
    n, k, m = shape
    programs: dict[str, Program] = {}
    if all_of_them and form == "AB" and n * k * m <= MANY:
        programs |= {name: partial(version, A, B, start, C) for name, version in VERSIONS.items()}
    programs["tinynet"] = partial(product, A, B, start, C)
    expected = A @ B
    for name, program in programs.items():
        C[:] = 0
        program()
        assert np.allclose(C, expected, rtol=0, atol=1e-4 * k), f"{name} computes another product"
    return programs | {"OpenBLAS": partial(np.dot, A, B, out=C)}


def spell(shape: Shape) -> str:
    return "×".join(map(str, shape))


def run(report: Report, effort: Effort) -> None:
    rows = []
    for shape in SHAPES:
        for form in FORMS:
            if effort.quick and (shape, form) not in ASKED:
                continue
            for dtype in DTYPES:
                what = f"{spell(shape)} {form} {dtype}"
                timing = take_turns(versions(shape, form, dtype, not effort.quick), effort)
                report.keep(f"product {what}", timing)
                speeds = [speed(timing, shape, name) for name in [*VERSIONS, "tinynet", "OpenBLAS"]]
                rows.append([what, *speeds, f"{timing.ratio('OpenBLAS', 'tinynet'):.2f}"])
                if (shape, form) in ASKED:
                    report.compare(f"product {what}", timing, "OpenBLAS", "tinynet", *ASKED[shape, form])
    header = ["n×k×m, form, dtype", *VERSIONS, "tinynet", "OpenBLAS", "tinynet / OpenBLAS"]
    report.add("Products, one thread", "GFLOP/s: $10^9$ operations a second.", header, rows)
    two_threads(report, effort)


def speed(timing: Timing, shape: Shape, name: str) -> str:
    if name not in timing.seconds:
        return ""
    n, k, m = shape
    return figure(2e-9 * n * k * m / timing.median(name))


def on_threads(threads: int, *operands: np.ndarray) -> None:
    tn.set_num_threads(threads)
    product(*operands)


def two_threads(report: Report, effort: Effort) -> None:
    """A large product on one thread and on two, in turns."""
    rows = []
    for dtype in DTYPES:
        A, B, start, C = operands(SHARED, "AB", dtype)
        programs = {
            "one thread": partial(on_threads, 1, A, B, start, C),
            "two threads": partial(on_threads, 2, A, B, start, C),
            "OpenBLAS, two": partial(np.dot, A, B, out=C),
        }
        timing = take_turns(programs, effort, threads=2)
        what = f"product {spell(SHARED)} {dtype}"
        report.keep(what, timing)
        report.compare(what, timing, "one thread", "two threads", 1.7, 1.9)
        speeds = [speed(timing, SHARED, name) for name in timing.seconds]
        rows.append([f"{spell(SHARED)} {dtype}", *speeds, f"{timing.ratio('one thread', 'two threads'):.2f}"])
    header = ["n×k×m, dtype", "one thread", "two threads", "OpenBLAS, two threads", "one / two, time"]
    report.add("Products, two threads", "GFLOP/s.", header, rows)
