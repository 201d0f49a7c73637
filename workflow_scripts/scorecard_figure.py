"""Draw the scorecard, or how many networks its claims need: a PDF and its PNG twin."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from drawing import add_setting, setting
from matplotlib.figure import Figure
from support import made, parser, run

import replicortex as rx
from replicortex.figures.figs_samples import samples_figure
from replicortex.figures.scorecard import scorecard_figure

PAGES: dict[str, Callable[..., Figure]] = {"scorecard": scorecard_figure, "figS_samples": samples_figure}


def main(args: Namespace) -> None:
    page = PAGES[rx.errors.choose(args.page, PAGES, "page")]
    about = rx.records.summary(args.csv, args.scale)
    rows = pd.concat([pd.read_csv(path) for path in args.csv], ignore_index=True)
    made(*rx.figures.save(page(rows, setting(args)), args.output, about))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("page", help=" or ".join(PAGES))
    arguments.add_argument(
        "--csv", type=Path, nargs="+", required=True, help="what the scorecards' scripts wrote for it"
    )
    add_setting(arguments, tables=False)
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
