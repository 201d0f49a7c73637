"""Measure the networks of an experiment of the primer: all of its tables, its learning histories among them."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import parser, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    study = rx.load_config(args.config, scale=args.scale)
    experiment = study.primer[rx.errors.choose(args.experiment, study.primer, "experiment")]
    networks = {label: one for path in args.networks for label, one in rx.primer.load(path).items()}
    if list(networks) != [member.label for member in experiment.members()]:
        raise ValueError(f"{args.networks[0]} and the others: hold other networks than {args.experiment} has; "
                         f"{rx.errors.mend(' '.join(map(str, args.networks)))}")
    trained = {
        name: pd.concat([read_table(path.with_suffix(f".{name}.parquet")) for path in args.networks], ignore_index=True)
        for name in ("history", "curve")
    }
    tables = {**trained, "members": pd.DataFrame(experiment.member_table())}
    write_tables(tables | rx.primer.measured(args.experiment, networks), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("networks", nargs="+", type=Path, help="weight files, histories and curves beside them")
    arguments.add_argument("--config", default="config.yaml", help="configuration file (default: %(default)s)")
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. primer_grid")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)
