"""Measure the networks of an experiment of the primer: all of its tables, its learning histories among them."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import configured, read_table, run, study, weights, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    found = study(args)
    experiment = found.primer[rx.errors.choose(args.experiment, found.primer, "experiment")]
    networks = {label: one for path in args.networks for label, one in rx.primer.load(weights(path)).items()}
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
    arguments = configured(__doc__)
    arguments.add_argument("networks", nargs="+", type=Path, help="weight files, histories and curves beside them")
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. primer_grid")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)
