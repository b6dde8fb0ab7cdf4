r"""
# Run them: `python -m benchmarks`

All groups, or those that are named; `--quick` for the main rows alone. Only a full run of all groups writes
RESULTS.md and the picture.
"""

import argparse
import importlib
import os
from pathlib import Path

from .report import Report
from .turns import FULL, QUICK

# Those that start other libraries come last: a library may leave threads behind.
GROUPS = ["products", "elementwise", "startup", "roofline", "steps", "memory", "epochs", "explanations"]
RESULTS = Path(__file__).parent / "RESULTS.md"
TIMES = Path("out/benchmarks.json")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="tinynet beside other programs")
    parser.add_argument("groups", nargs="*", metavar="group", help=f"of {', '.join(GROUPS)}; by default all")
    parser.add_argument("--quick", action="store_true", help="the main rows alone, in some two minutes")
    asked = parser.parse_args()
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    groups = asked.groups or [name for name in GROUPS if not (asked.quick and name == "roofline")]
    if (load := os.getloadavg()[0]) > 0.5:
        print(f"this machine is busy (load {load:.1f}): do not trust what follows, with two threads least of all\n")
    report = Report()
    for name in groups:
        importlib.import_module(f".{name}", __package__).run(report, QUICK if asked.quick else FULL)
    print(report.goal_table())
    report.save(TIMES)
    if not asked.quick and not asked.groups:
        RESULTS.write_text(report.text("make bench"), encoding="utf-8")
        print(f"the report: {RESULTS.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
