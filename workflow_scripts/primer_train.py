"""Train networks of an experiment of the primer, or go on with them where they were interrupted.

Writes <results>/<scale>/primer/<experiment>/<part>.safetensors with all networks of the part, and beside it their
learning histories and curves (.history.parquet, .curve.parquet); while they learn, a line per network on standard error
and status files for `make progress`.
"""

from argparse import Namespace

from support import made, parser, run

import replicortex as rx


def main(args: Namespace) -> None:
    study = rx.load_config(args.config, scale=args.scale)
    experiment = study.primer[rx.errors.choose(args.experiment, study.primer, "experiment")]
    members = experiment.shards()[rx.errors.choose(args.part, experiment.shards(), f"part of {args.experiment}")]
    settings = rx.provenance.fingerprint({member.label: member.experiment.fingerprint() for member in members})
    if args.settings not in (None, settings):
        raise rx.errors.ConfigError(f"{args.config} was edited after this run began; start it again")
    rx.primer.train(experiment, args.part, results=study.folder)
    made(*sorted((study.folder / "primer" / args.experiment).glob(f"{args.part}.*")))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--config", default="config.yaml", help="configuration file (default: %(default)s)")
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. primer_grid")
    arguments.add_argument("--part", default="part0", help="which of its jobs (default: %(default)s)")
    arguments.add_argument("--settings", help="refuse to run unless the networks' settings have this fingerprint")
    run(main, arguments)
