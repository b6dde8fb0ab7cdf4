"""The command line: `python -m tinynet demo` and `python -m tinynet explain`, or `tinynet demo`, `tinynet explain`."""

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
    explain = commands.add_parser("explain", help="what a trained network looked at in a handwritten digit")
    explain.add_argument("--digit", type=int, default=7, metavar="N", help="which test digit: 0 … 358 (default: 7)")
    explain.add_argument("--target", type=int, metavar="T", help="why T, 0 … 9 (default: what the network says)")
    explain.add_argument("--seed", type=int, default=0, help="of all that is drawn at random (default: 0)")
    for command, what in ((demo, "the pictures"), (explain, "the report")):
        command.add_argument("--out", default="out", metavar="FOLDER", help=f"the folder for {what} (default: out)")
    options, unknown = parser.parse_known_args(arguments)
    # from here on the words about an error are those of the command, with its options
    parser = {"demo": demo, "explain": explain}.get(options.command, parser)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
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
    from . import demo as tour

    if options.command == "demo":
        tour.run(options.out)
        return
    try:
        tour.explain_digit(options.out, options.digit, options.target, options.seed)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
