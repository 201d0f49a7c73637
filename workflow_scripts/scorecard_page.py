"""The start page of a run as one HTML file: every claim beside its figure, methods, configuration and times."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import parser, run, whole

import replicortex as rx
from replicortex import pretrained
from replicortex.figures.captions import captions
from replicortex.methods import methods


def main(args: Namespace) -> None:
    figures = {path.stem: path for path in args.figures}
    rows = pd.concat([pd.read_csv(path) for path in args.scorecard], ignore_index=True)
    study = rx.load_config(args.config, args.scale, **dict.fromkeys(["pretrained"] * args.shipped, True))
    if args.shipped:
        study = pretrained.shipped_study(study, pretrained.available(study.scale))
    told = methods(study)
    if args.settings not in (None, rx.provenance.fingerprint(told)):
        raise rx.errors.ConfigError(f"{args.config} was edited after this run began; start it again")
    source = "those shipped with the repository" if args.shipped else "trained here"
    about = rx.scorecard.About(
        captions=captions(),
        methods=told,
        configuration=Path(args.config).read_text(encoding="utf-8"),
        settings={"Scale": study.scale, "Networks": source, "Version": f"replicortex {rx.__version__}"},
        runtimes=rx.scorecard.runtimes(args.benchmarks) if args.benchmarks else None,
    )
    text = rx.scorecard.to_html(rows, figures, (*rx.scorecard.CLAIMS, *rx.scorecard.FORCE_CLAIMS), about)
    with whole(args.output) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--scorecard", type=Path, nargs="+", required=True, help="CSVs of the scorecards")
    arguments.add_argument("--figures", type=Path, nargs="*", default=[], help="PNGs, named after the figures")
    arguments.add_argument("--config", default="config.yaml", help="configuration file (default: %(default)s)")
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--shipped", action="store_true", help="the networks are those shipped")
    arguments.add_argument("--settings", help="refuse to run unless the methods have this fingerprint")
    arguments.add_argument("--benchmarks", type=Path, help="folder with the times of the jobs")
    arguments.add_argument("--output", type=Path, required=True, help="the HTML file")
    run(main, arguments)
