"""Draw a figure from its tables: a PDF and its PNG twin.

A figure of one experiment gets one --population; one of several experiments gets one for each.
"""

from argparse import Namespace
from pathlib import Path

from drawing import add_setting, setting
from support import made, parser, read_tables, run

import replicortex as rx


def main(args: Namespace) -> None:
    entry = rx.figures.FIGURES[rx.errors.choose(args.figure, rx.figures.FIGURES, "figure")]
    told = setting(args)
    populations = {name: read_tables(map(Path, files)) for name, _, _, *files in args.population}
    tables = populations if entry.several else next(iter(populations.values()))
    sources = [path for _, _, _, *files in args.population for path in files]
    about = rx.records.summary(sources, args.scale)
    made(*rx.figures.save(rx.figures.draw(args.figure, tables, told), args.output, about))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("figure", help="name, e.g. fig2")
    add_setting(arguments, tables=True)
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
