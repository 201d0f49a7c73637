"""Draw the scorecard, how many networks its claims need, or in which recipes they hold: a PDF and its PNG twin."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

import replicortex as rx
from replicortex.pipeline.script import made, parser, read_table, run
from replicortex.report.figures.figs_samples import samples_figure
from replicortex.report.figures.robustness import robustness_figure
from replicortex.report.figures.scorecard import scorecard_figure
from replicortex.report.footers import about, setting

PAGES: dict[str, Callable[..., Figure]] = {
    "scorecard": scorecard_figure,
    "figS_samples": samples_figure,
    "robustness": robustness_figure,
}


def main(args: Namespace) -> None:
    page = PAGES[rx.errors.choose(args.page, PAGES, "page")]
    rows = pd.concat([read_table(path) for path in args.rows], ignore_index=True)
    told = setting()
    more = {"shares": read_table(args.shares)} if args.shares else {}
    read = [*args.rows, *([args.shares] if args.shares else [])]
    made(*rx.figures.save(page(rows, told, **more), args.output, about(read, told.scale)))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("page", help=" or ".join(PAGES))
    arguments.add_argument("--rows", type=Path, nargs="+", required=True, help="tables of the scorecards")
    arguments.add_argument("--shares", type=Path, help="of robustness: table of what settings explain")
    arguments.add_argument("--output", type=Path, required=True, help="the PDF")
    run(main, arguments)
