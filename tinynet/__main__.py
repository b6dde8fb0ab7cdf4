"""The command line: `python -m tinynet demo`, or `tinynet demo`."""

import argparse
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line with these arguments, by default the process's own."""
    parser = argparse.ArgumentParser(prog="tinynet", description="A textbook that runs: neural networks from scratch.")
    commands = parser.add_subparsers(dest="command", required=False)
    demo = commands.add_parser("demo", help="learn XOR and handwritten digits, then look at every z, a and δ")
    demo.add_argument("--out", default="out", metavar="FOLDER", help="where the pictures go (default: out)")
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return
    try:
        Path(options.out).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=options.out).close()
    except OSError as error:
        parser.error(f"cannot write to {options.out} ({error.strerror}); choose another folder with --out")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without δ shows ? instead
    from .demo import run

    run(options.out)


if __name__ == "__main__":
    main()
