"""What the configuration says of networks: settings (table members), and when they learn what (table blocks)."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import parser, run, write_tables

import replicortex as rx
from replicortex import pretrained


def main(args: Namespace) -> None:
    study = rx.load_config(args.config, scale=args.scale)
    if args.shipped:
        study = pretrained.shipped_study(study, pretrained.available(study.scale))
    experiment = study[rx.errors.choose(args.experiment, study, "experiment")]
    listed = experiment.listed()
    if args.settings not in (None, rx.provenance.fingerprint(listed)):
        raise rx.errors.ConfigError(f"{args.config} was edited after this run began; start it again")
    write_tables({name: pd.DataFrame(table) for name, table in listed.items()}, args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--config", default="config.yaml", help="configuration file (default: %(default)s)")
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. reference")
    arguments.add_argument("--shipped", action="store_true", help="the shipped networks in place of those to train")
    arguments.add_argument("--settings", help="refuse to run unless the tables have this fingerprint")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)
