"""Draw a figure from its tables: a PDF and its PNG twin.

A figure of one population of networks gets one --population; one that sets populations side by side gets
several.
"""

from argparse import Namespace
from pathlib import Path

from support import parser, read_tables, run

import replicortex as rx


def main(args: Namespace) -> None:
    entry = rx.figures.FIGURES[rx.errors.choose(args.figure, rx.figures.FIGURES, "figure")]
    labels = [label for label, *_ in args.population]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"--population: {label!r} is given twice; each population needs a name of its own")
    populations = {label: read_tables(map(Path, files)) for label, *files in args.population}
    setting = rx.figures.Setting(args.scale, args.experiment, args.schedule, args.units, args.networks)
    tables = populations if entry.compares else next(iter(populations.values()))
    rx.figures.save(rx.figures.draw(args.figure, tables, setting), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("figure", help="name, e.g. fig2")
    arguments.add_argument(
        "--population",
        nargs="+",
        action="append",
        required=True,
        metavar=("NAME", "TABLE"),
        help="what to call the networks where several are compared, and the tables measured on them",
    )
    arguments.add_argument("--scale", required=True, help="printed in the footer, as are the next four")
    arguments.add_argument("--experiment", required=True, help="name of the population of networks")
    arguments.add_argument("--schedule", required=True, help="how the networks were trained")
    arguments.add_argument("--units", type=int, required=True, help="recurrent units per network")
    arguments.add_argument("--networks", required=True, help="where they came from, e.g. 'trained here'")
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
