"""Draw a figure of spiking networks from its tables: a PDF and its PNG twin."""

from argparse import Namespace
from pathlib import Path

from drawing import about, scale
from support import made, parser, populations, run

import replicortex as rx
from replicortex.figures.force import draw
from replicortex.figures.force.registry import TEACHING


def main(args: Namespace) -> None:
    found = populations(args.population)
    at = scale() if set(found) != {TEACHING} else args.scale
    told = about([path for _, *files in args.population for path in files], at)
    made(*rx.figures.save(draw(args.figure, found, at), args.output, told))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("figure", help="name, e.g. force_fig2")
    arguments.add_argument(
        "--population", nargs="+", action="append", required=True, metavar="EXPERIMENT TABLE", help="once for each"
    )
    arguments.add_argument("--scale", required=True, help="of a figure of no network; of others, files say it")
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
