"""The scorecard as one HTML file, every claim beside its figure."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import parser, run, whole

import replicortex as rx


def main(args: Namespace) -> None:
    figures = {path.stem: path for path in args.figures}
    rows = pd.concat([pd.read_csv(path) for path in args.scorecard], ignore_index=True)
    text = rx.scorecard.to_html(rows, figures, (*rx.scorecard.CLAIMS, *rx.scorecard.FORCE_CLAIMS))
    with whole(args.output) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--scorecard", type=Path, nargs="+", required=True, help="CSVs of the scorecards")
    arguments.add_argument("--figures", type=Path, nargs="*", default=[], help="PNGs, named after the figures")
    arguments.add_argument("--output", type=Path, required=True, help="the HTML file")
    run(main, arguments)
