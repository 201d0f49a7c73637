"""Draw a figure from its tables: a PDF and its PNG twin.

A figure of one experiment gets one --population; one of several experiments gets one for each.
"""

from argparse import Namespace
from pathlib import Path

import replicortex as rx
from replicortex.pipeline.script import made, parser, populations, run
from replicortex.report.footers import about, setting


def main(args: Namespace) -> None:
    found = populations(args.population)
    sources = [path for _, *files in args.population for path in files]
    entry = rx.figures.FIGURES[rx.errors.choose(args.figure, rx.figures.FIGURES, "figure")]
    entry = entry.showing(args.instead) if args.instead else entry
    told = setting() if entry.populations else rx.figures.Setting(args.scale, ", ".join(found), "", 0)
    drawn = rx.figures.draw(entry, found if entry.several else next(iter(found.values())), told)
    made(*rx.figures.save(drawn, args.output, about(sources, told.scale)))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("figure", help="name, e.g. fig2")
    arguments.add_argument(
        "--population", nargs="+", action="append", required=True, metavar="EXPERIMENT TABLE", help="once for each"
    )
    arguments.add_argument("--instead", help="population in place of the first experiment that it shows")
    arguments.add_argument("--scale", help="of a figure of no network; of others, files say it")
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
