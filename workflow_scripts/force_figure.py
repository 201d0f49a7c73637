"""Draw a figure of spiking networks from its tables: a PDF and its PNG twin."""

from argparse import Namespace
from pathlib import Path

from support import made, parser, populations, run

import replicortex as rx
from replicortex.figures.force import draw


def main(args: Namespace) -> None:
    about = rx.records.summary([path for _, *files in args.population for path in files], args.scale)
    made(*rx.figures.save(draw(args.figure, populations(args.population), args.scale), args.output, about))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("figure", help="name, e.g. force_fig2")
    arguments.add_argument(
        "--population", nargs="+", action="append", required=True, metavar="EXPERIMENT TABLE", help="once for each"
    )
    arguments.add_argument("--scale", required=True, help="printed in the footer")
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
