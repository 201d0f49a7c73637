"""Train one network of an experiment, or go on with it where it was interrupted.

Writes <results>/<scale>/networks/<experiment>/<network>.safetensors and <network>.history.parquet, and while
it learns a line per evaluation on standard error and a status file for `make progress`.
"""

from argparse import Namespace

from support import parser, run

import replicortex as rx


def main(args: Namespace) -> None:
    study = rx.load_config(args.config, scale=args.scale)
    experiment = study[rx.errors.choose(args.experiment, study, "experiment")]
    labels = [member.label for member in experiment.members()]
    rx.errors.choose(args.network, labels, f"network of {args.experiment}")
    member = experiment.members()[labels.index(args.network)]
    if args.settings not in (None, member.experiment.fingerprint()):
        raise rx.errors.ConfigError(f"{args.config} was edited after this run began; start it again")
    rx.training.train(experiment, labels=[args.network], results=study.folder)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument(
        "--config", default="config.yaml", help="configuration file (default: %(default)s)"
    )
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. reference")
    arguments.add_argument("--network", required=True, help="label of the network, e.g. seed0")
    arguments.add_argument(
        "--settings", help="refuse to run unless the network's settings have this fingerprint"
    )
    run(main, arguments)
