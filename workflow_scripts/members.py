"""What the configuration says of networks: settings (table members), and when they learn what (table blocks)."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
from support import check, configured, run, shipped_study, write_tables

import replicortex as rx
from replicortex.origin import of_members


def main(args: Namespace) -> None:
    found = shipped_study(args)
    experiment = found[rx.errors.choose(args.experiment, found, "experiment")]
    listed = experiment.listed()
    check(args, rx.provenance.fingerprint(listed))
    made_from = [of_members(args.experiment, found.scale, experiment.members())]
    write_tables({name: pd.DataFrame(table) for name, table in listed.items()}, args.output, made_from)


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. reference")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)
