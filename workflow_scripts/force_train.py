"""Train spiking networks of an experiment by FORCE, or go on with them where they were interrupted.

Writes <results>/<scale>/force/networks/<experiment>/<network>.safetensors, and in traces/ what was recorded. A run that
the watchdog stops is kept as far as it came, and marked.
"""

from argparse import Namespace

from support import made, parser, run

import replicortex as rx
from replicortex.spiking import job


def main(args: Namespace) -> None:
    study = rx.load_config(args.config, scale=args.scale)
    experiment = study.force[rx.errors.choose(args.experiment, study.force, "force experiment")]
    members = {member.label: member for member in experiment.members()}
    chosen = [members[rx.errors.choose(label, members, f"network of {args.experiment}")] for label in args.network]
    settings = rx.provenance.fingerprint([member.experiment.fingerprint() for member in chosen])
    if args.settings not in (None, settings):
        raise rx.errors.ConfigError(f"{args.config} was edited after this run began; start it again")
    for member in chosen:
        made(*job.train(member, study.folder))


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--config", default="config.yaml", help="configuration file (default: %(default)s)")
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. fig2_lif_sine")
    arguments.add_argument("--network", nargs="+", required=True, help="labels of the networks, e.g. seed0 seed1")
    arguments.add_argument("--settings", help="refuse to run unless the networks' settings have this fingerprint")
    run(main, arguments)
