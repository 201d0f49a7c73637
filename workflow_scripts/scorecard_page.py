"""The start page of a run as one HTML file: every claim beside its figure, methods, configuration and times."""

from argparse import Namespace
from pathlib import Path

import pandas as pd

import replicortex as rx
from replicortex.methods import methods
from replicortex.pipeline.footers import scale
from replicortex.pipeline.script import check, configured, origins, read_table, run, study, whole
from replicortex.report.captions import captions
from replicortex.report.figures import PAGES


def main(args: Namespace) -> None:
    figures = {path.stem: path for path in args.figures}
    rows = pd.concat([read_table(path) for path in args.rows], ignore_index=True)
    shown = study(args)
    told = methods(shown)
    check(args, rx.provenance.fingerprint(told))
    files = [args.config, *args.configfile]
    source = ", ".join(dict.fromkeys(source for each in origins() for source in each.sources))
    about = rx.scorecard.About(
        captions=captions([*rx.figures.FIGURES.values(), *PAGES.values()]),
        methods=told,
        configuration="\n".join(_text(path, len(files)) for path in files),
        settings={"Scale": scale(), "Networks": source, "Version": f"replicortex {rx.__version__}"},
        runtimes=rx.scorecard.runtimes(args.benchmarks) if args.benchmarks else None,
    )
    text = rx.scorecard.to_html(rows, figures, rx.scorecard.CLAIMS, about)
    with whole(args.output) as part:
        part.write_text(text, encoding="utf-8")


def _text(path: str, files: int) -> str:
    """A configuration file; of several, with its name above."""
    return (f"# {path}\n" if files > 1 else "") + Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--rows", type=Path, nargs="+", required=True, help="tables of the scorecards")
    arguments.add_argument("--figures", type=Path, nargs="*", default=[], help="PNGs, named after the figures")
    arguments.add_argument("--benchmarks", type=Path, help="folder with the times of the jobs")
    arguments.add_argument("--output", type=Path, required=True, help="the HTML file")
    run(main, arguments)
