r"""
# The report

Groups hand in tables, which are printed as they come, and *goals*: a ratio with what it must be and what it
should be. The table of goals comes last on the terminal and first in [RESULTS.md](RESULTS.md), after the machine.

Read next: [products](products.py).
"""

import platform
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from .turns import Timing

PACKAGES = [
    "tinynet",
    "numpy",
    "numba",
    "torch",
    "keras",
    "scikit-learn",
    "autograd",
    "micrograd",
    "captum",
    "shap",
    "lime",
    "pyperf",
]


def figure(x: float) -> str:
    """Three digits that count."""
    return f"{x:.0f}" if abs(x) >= 99.95 else f"{x:.3g}"


@dataclass
class Goal:
    """A figure, and what it must and should be: at least, or with `at_most` at most. why: there is no figure."""

    what: str
    value: float | None
    must: float | None = None
    aim: float | None = None
    at_most: bool = False
    why: str = ""

    @property
    def reached(self) -> str:
        """Which of the two is reached; empty where nothing is asked for."""
        if self.must is None:
            return ""
        if self.value is None:
            return "not measured"
        sign = -1 if self.at_most else 1
        if self.aim is not None and sign * self.value >= sign * self.aim:
            return "aim"
        return "must" if sign * self.value >= sign * self.must else "**no**"

    def cells(self) -> list[str]:
        bound = "≤ " if self.at_most else "≥ "
        asked = ["" if number is None else bound + figure(number) for number in (self.must, self.aim)]
        return [self.what, self.why if self.value is None else figure(self.value), *asked, self.reached]


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A table that is Markdown, and is read as easily on a terminal. Columns after the first are right-aligned."""
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    lines = []
    for row in [header, *rows]:
        first, *rest = (
            cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))
        )
        lines.append("| " + " | ".join([first, *rest]) + " |")
    rule = "|" + "|".join("-" * (width + 1) + (":" if i else "-") for i, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


class Report:
    """What was measured."""

    def __init__(self) -> None:
        self.goals: list[Goal] = []
        self.sections: list[str] = []
        self.timings: list[tuple[str, Timing]] = []
        self.begin = time.time()
        self.facts = machine()

    def add(self, title: str, text: str, header: list[str], rows: list[list[str]]) -> None:
        """A section with a table."""
        self.sections.append(f"## {title}\n\n{text}\n\n{markdown(header, rows)}\n")
        print(self.sections[-1], flush=True)

    def keep(self, what: str, timing: Timing) -> None:
        """Keep the times for `save`."""
        self.timings.append((what, timing))

    def compare(
        self,
        what: str,
        timing: Timing,
        name: str,
        other: str,
        must: float | None = None,
        aim: float | None = None,
        at_most: bool = False,
    ) -> None:
        """A goal: the time of one program in those of another."""
        why = timing.absent.get(name) or timing.absent.get(other) or ""
        value = None if why else timing.ratio(name, other)
        self.goals.append(Goal(f"{what}: {name} / {other}", value, must, aim, at_most, why))

    def goal_table(self) -> str:
        rows = [goal.cells() for goal in self.goals]
        return markdown(["time / time, or as said", "figure", "must", "aim", "reached"], rows)

    def text(self, command: str) -> str:
        """All of it, as Markdown."""
        facts = self.facts | {"command": f"`{command}`, {(time.time() - self.begin) / 60:.0f} minutes"}
        head = "\n".join(f"- {name}: {value}" for name, value in facts.items())
        goals = (
            "## What it must show\n\nRatios of times are medians of the turns' ratios, on one thread unless a row "
            f"says otherwise. Each page of this folder says how its group is measured.\n\n{self.goal_table()}\n"
        )
        return "\n".join([f"# Results\n\n{head}\n", goals, *self.sections])

    def save(self, path: Path) -> None:
        """Write all times for pyperf."""
        try:
            import pyperf
        except ImportError:
            print(f"pyperf is not installed: {path} is not written")
            return
        benchmarks = [
            pyperf.Benchmark([pyperf.Run(list(values), metadata={"name": f"{what}: {name}", "unit": "second"})])
            for what, timing in self.timings
            for name, values in timing.seconds.items()
        ]
        if benchmarks:
            path.parent.mkdir(exist_ok=True)
            pyperf.BenchmarkSuite(benchmarks).dump(str(path), replace=True)
            print(f"all times: {path}")


def machine() -> dict[str, str]:
    """Where and with what it is measured."""
    facts = {"date": time.strftime("%Y-%m-%d %H:%M"), "machine": platform.machine(), "system": platform.platform()}
    facts["Python"] = f"{platform.python_implementation()} {platform.python_version()}"
    try:
        import pyperf

        known = pyperf.Run([1.0])._metadata
        facts["machine"] = f"{known.get('cpu_model_name', '')} {facts['machine']}, {known.get('cpu_count')} processors"
        facts["load before"] = str(known.get("load_avg_1min"))
    except ImportError:
        pass
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    facts["versions"] = ", ".join([*versions, f"NumPy's BLAS: {blas['name']} {blas['version']}"])
    return facts
