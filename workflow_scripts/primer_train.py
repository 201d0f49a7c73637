"""Train networks of an experiment of the primer, or go on with them where they were interrupted.

Writes <results>/<scale>/primer/<experiment>/<part>.safetensors with all networks of the part, and beside it their
learning histories and curves (.history.parquet, .curve.parquet); while they learn, a line per network on standard error
and status files for `make progress`.
"""

from argparse import Namespace

from support import check, configured, made, run, study

import replicortex as rx


def main(args: Namespace) -> None:
    found = study(args)
    experiment = found.primer[rx.errors.choose(args.experiment, found.primer, "experiment")]
    members = experiment.shards()[rx.errors.choose(args.part, experiment.shards(), f"part of {args.experiment}")]
    check(args, rx.provenance.fingerprint({member.label: member.experiment.fingerprint() for member in members}))
    rx.primer.train(experiment, args.part, results=found.folder)
    made(*sorted((found.folder / "primer" / args.experiment).glob(f"{args.part}.*")))


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. primer_grid")
    arguments.add_argument("--part", default="part0", help="which of its jobs (default: %(default)s)")
    run(main, arguments)
