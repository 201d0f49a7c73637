"""Draw the scorecard: a PDF and its PNG twin."""

from pathlib import Path

import pandas as pd
from support import parser, run

import replicortex as rx


def main(args):
    setting = rx.figures.Setting(args.scale, args.experiment, args.schedule, args.units)
    rx.figures.save(scorecard_figure(pd.read_csv(args.scorecard, keep_default_na=False)), args.output)
