"""Draw a figure from its tables: a PDF and its PNG twin.

A figure of one experiment gets one --population; one of several experiments gets one for each.
"""

from argparse import Namespace
from pathlib import Path

from drawing import about, setting
from support import made, parser, populations, run

import replicortex as rx


def main(args: Namespace) -> None:
    entry = rx.figures.FIGURES[rx.errors.choose(args.figure, rx.figures.FIGURES, "figure")]
    found = populations(args.population)
    told = setting()
    tables = found if entry.several else next(iter(found.values()))
    drawn = rx.figures.draw(args.figure, tables, told)
    sources = [path for _, *files in args.population for path in files]
    made(*rx.figures.save(drawn, args.output, about(sources, told.scale)))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("figure", help="name, e.g. fig2")
    arguments.add_argument(
        "--population", nargs="+", action="append", required=True, metavar="EXPERIMENT TABLE", help="once for each"
    )
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
