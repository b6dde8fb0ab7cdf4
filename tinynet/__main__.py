"""The command line: `python -m tinynet demo`, or `tinynet demo`."""

import argparse
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line with these arguments, by default the process's own."""
    parser = argparse.ArgumentParser(prog="tinynet", description="A textbook that runs: neural networks from scratch.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="learn XOR and handwritten digits, then look at every z, a and δ")
    demo.add_argument("--out", default="out", metavar="FOLDER", help="where the pictures go (default: out)")
    options = parser.parse_args(arguments)
    from .demo import run

    run(options.out)


if __name__ == "__main__":
    main()
