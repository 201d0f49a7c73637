"""Draw the scorecard: a PDF and its PNG twin."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from drawing import add_setting, setting
from support import parser, run

import replicortex as rx
from replicortex.figures.scorecard import scorecard_figure


def main(args: Namespace) -> None:
    rx.figures.save(scorecard_figure(pd.read_csv(args.scorecard), setting(args)), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("scorecard", type=Path, help="the scorecard's CSV")
    add_setting(arguments, tables=False)
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
