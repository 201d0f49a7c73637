"""Train spiking networks of an experiment by FORCE, or go on with them where they were interrupted.

Writes <results>/<scale>/force/networks/<experiment>/<network>.safetensors, and in traces/ what was recorded. A run that
the watchdog stops is kept as far as it came, and marked.
"""

from argparse import Namespace

from support import check, configured, made, run, study

import replicortex as rx
from replicortex.spiking import job


def main(args: Namespace) -> None:
    found = study(args)
    experiment = found.force[rx.errors.choose(args.experiment, found.force, "force experiment")]
    members = {member.label: member for member in experiment.members()}
    chosen = [members[rx.errors.choose(label, members, f"network of {args.experiment}")] for label in args.network]
    check(args, rx.provenance.fingerprint([member.experiment.fingerprint() for member in chosen]))
    for member in chosen:
        made(*job.train(member, found.folder))


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. fig2_lif_sine")
    arguments.add_argument("--network", nargs="+", required=True, help="labels of the networks, e.g. seed0 seed1")
    run(main, arguments)
