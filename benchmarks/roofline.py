r"""
# The roofline

How fast a product can be is limited twice (Williams, Waterman and Patterson 2009). The arithmetic units do so many
operations a second: the *peak*, measured here by a loop that does nothing but multiply and add in registers.
And the memory delivers so many bytes a second: measured by a *triad*, $a = b + sc$ on arrays too long for
any cache. An $n \times n$ product takes $2n^3$ operations on $3n^2$ numbers, $2n/3$ for each, so it is the peak
that limits it as soon as $n$ is a few dozen, if every number is fetched once. A version that fetches its numbers again
and again falls as $n$ grows and they no longer fit into a cache; one that keeps them in registers does not.

The picture has the versions of the product by $n$, OpenBLAS, and the two limits, on one thread. Left of it
no program comes near the roof: a product that takes less than a microsecond is mostly the call of a function.
"""

from pathlib import Path

import numpy as np

from tinynet.kernels.jit import kernel

from .products import DTYPES, VERSIONS, versions
from .report import Report, figure
from .turns import Effort, take_turns

SIZES = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
PICTURE = Path(__file__).parent / "roofline.png"
# Enough sums to fill 8 vectors of 16 numbers: each waits for its own last value, and 8 of them never wait together.
SUMS = 128
STEPS = 20_000
# Numbers in each array of the triad: three times 64 MB.
LENGTH = 8_000_000


def fma_source(sums: int) -> str:
    """The source of `fma(c, a, b, steps)`, c ← c a + b for many c, each in a register; written as the tile's is."""
    each = range(sums)
    lines = [
        "def fma(c, a, b, steps):",
        "    " + "; ".join(f"c{i} = c[{i}]" for i in each),
        "    for _ in range(steps):",
        "        " + "; ".join(f"c{i} = c{i} * a + b" for i in each),
        "    " + "; ".join(f"c[{i}] = c{i}" for i in each),
    ]
    return "\n".join(lines) + "\n"


_written: dict = {"__name__": __name__}
exec(compile(fma_source(SUMS), __file__, "exec"), _written)
fma = kernel(_written["fma"], side_by_side=True)


@kernel
def triad(b, c, s, a):
    for i in range(a.size):
        a[i] = b[i] + s * c[i]


def peak(dtype: str, effort: Effort) -> float:
    """Operations a second: of the turns' fastest, since it is a limit."""
    c, half = np.ones(SUMS, dtype), np.dtype(dtype).type(0.5)
    timing = take_turns({"fma": lambda: fma(c, half, half, STEPS)}, effort)
    return 2 * SUMS * STEPS / float(timing.seconds["fma"].min())


def bandwidth(effort: Effort) -> float:
    """Bytes a second."""
    a, b, c = np.ones((3, LENGTH))
    timing = take_turns({"triad": lambda: triad(b, c, 0.5, a)}, effort)
    return 3 * a.nbytes / float(timing.seconds["triad"].min())


def speeds(dtype: str, effort: Effort) -> dict[str, list[float]]:
    """Operations a second of each program, for the sizes; NaN where it was not asked to take part."""
    found: dict[str, list[float]] = {name: [] for name in [*VERSIONS, "tinynet", "OpenBLAS"]}
    for n in SIZES:
        timing = take_turns(versions((n, n, n), "AB", dtype, all_of_them=True), effort)
        for name, values in found.items():
            values.append(2 * n**3 / timing.median(name) if name in timing.seconds else float("nan"))
    return found


def run(report: Report, effort: Effort, picture: Path = PICTURE) -> None:
    bytes_a_second = bandwidth(effort)
    measured, rows = {}, []
    for dtype in DTYPES:
        limit, found = peak(dtype, effort), speeds(dtype, effort)
        measured[dtype] = (limit, found)
        for name, values in found.items():
            rows.append([f"{name} {dtype}", *("" if np.isnan(v) else figure(v / 1e9) for v in values)])
        rows.append([f"peak {dtype}", *[figure(limit / 1e9)] * len(SIZES)])
    draw(measured, bytes_a_second, picture)
    text = (
        f"GFLOP/s of an n×n by n×n product, one thread. The memory delivers {figure(bytes_a_second / 1e9)} GB/s.\n\n"
        "![GFLOP/s by size, under the limits of the machine](roofline.png)"
    )
    report.add("Roofline", text, ["version, dtype", *map(str, SIZES)], rows)


# Colours of Okabe and Ito, which nobody confuses; line and marker tell them apart as well.
STYLES = {
    "by formula": ("product_by_formula", "#D55E00", ":", "v"),
    "by rows": ("product_by_rows", "#E69F00", "-.", "s"),
    "by blocks": ("product_by_blocks", "#009E73", "--", "^"),
    "tinynet": ("product, the version that tinynet uses", "#0072B2", "-", "o"),
    "OpenBLAS": ("OpenBLAS", "#000000", "--", "x"),
}


def draw(measured: dict[str, tuple[float, dict[str, list[float]]]], bytes_a_second: float, picture: Path) -> None:
    from matplotlib.figure import Figure

    page = Figure(figsize=(11, 6.5), layout="constrained")
    panels = page.subplots(1, len(measured), sharey=True, squeeze=False)[0]
    page.suptitle("The matrix product, version by version, under the roofline (one thread)")
    for panel, (dtype, (limit, found)) in zip(panels, measured.items()):
        for name, values in found.items():
            label, colour, line, marker = STYLES[name]
            panel.plot(SIZES, np.array(values) / 1e9, color=colour, linestyle=line, marker=marker, label=label)
        n = np.geomspace(SIZES[0], SIZES[-1], 400)
        # 2n³ operations on 3n² numbers
        roof = np.minimum(limit, bytes_a_second * 2 * n / 3 / np.dtype(dtype).itemsize)
        panel.plot(n, roof / 1e9, color="grey", linewidth=3, alpha=0.6, label="roof: memory, then arithmetic")
        middle = np.sqrt(n[0] * n[-1])
        panel.annotate(
            f"peak: {figure(limit / 1e9)} GFLOP/s", (middle, limit / 1e9), (0, 6), textcoords="offset points"
        )
        panel.annotate(
            f"memory:\n{figure(bytes_a_second / 1e9)} GB/s", (n[0], roof[0] / 1e9), (-4, 44), textcoords="offset points"
        )
        panel.set(title=dtype, xscale="log", yscale="log", xlabel="size $n$ of an $n × n$ by $n × n$ product")
        panel.set_xticks(SIZES, map(str, SIZES))
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    ticks = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200]
    panels[0].set_yticks(ticks, map(str, ticks))
    panels[0].set_ylabel("GFLOP/s ($10^9$ multiplications and additions a second)")
    page.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    page.savefig(picture, dpi=110)
