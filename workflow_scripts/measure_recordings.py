"""Fractional task variance of recorded units in the two contexts: table recordings_ftv.

Without recordings the table has no rows, and the panels and claims that want them say so.
"""

from argparse import Namespace
from pathlib import Path

from support import parser, run, write_tables

import replicortex as rx
from replicortex.origin import of_basis


def main(args: Namespace) -> None:
    animals = rx.recordings.read(args.recordings) if args.recordings else ()
    options = {"smoothing_ms": args.smoothing or None, "correct_only": args.correct_only}
    made_from = [of_basis("", args.recordings and str(args.recordings))]
    write_tables(rx.analysis.measure_recordings(animals, **options), args.output, made_from)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--recordings", type=Path, help="folder with a folder per animal; see docs/recordings.md")
    arguments.add_argument(
        "--smoothing",
        type=float,
        default=40.0,
        help="s.d. in ms of the Gaussian that smooths spike counts; 0: none (default: %(default)s)",
    )
    arguments.add_argument("--correct-only", action="store_true", help="leave out trials with a wrong choice")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the table")
    run(main, arguments)
