"""Draw the scorecard: a PDF and its PNG twin."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import parser, run

import replicortex as rx
from replicortex.figures.scorecard import scorecard_figure


def main(args: Namespace) -> None:
    setting = rx.figures.Setting(args.scale, args.experiment, args.schedule, args.units, args.networks)
    rx.figures.save(scorecard_figure(pd.read_csv(args.scorecard), setting), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("scorecard", type=Path, help="the scorecard's CSV")
    arguments.add_argument("--scale", required=True, help="printed in the footer, as are the next four")
    arguments.add_argument("--experiment", required=True, help="name of the population of networks")
    arguments.add_argument("--schedule", required=True, help="how the networks were trained")
    arguments.add_argument("--units", type=int, required=True, help="recurrent units per network")
    arguments.add_argument("--networks", required=True, help="where they came from, e.g. 'trained here'")
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
