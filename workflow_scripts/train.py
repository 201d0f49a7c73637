"""Train networks of an experiment, or go on with them where they were interrupted.

With `training.device: cuda` all that are named train together on the GPU, else one after the other. Writes
<results>/<scale>/networks/<experiment>/<network>.safetensors and <network>.history.parquet, and below moments/ what
the optimiser remembers, for experiments that go on with the network; while they learn, a line per evaluation on
standard error and status files for `make progress`.
"""

from argparse import Namespace

from support import check, configured, made, run, study, weights

import replicortex as rx
from replicortex.training.job import history_path, network_path
from replicortex.training.moments import moments_path


def main(args: Namespace) -> None:
    found = study(args)
    experiment = found[rx.errors.choose(args.experiment, found, "experiment")]
    members = {member.label: member for member in experiment.members()}
    for network in args.network:
        rx.errors.choose(network, members, f"network of {args.experiment}")
        check(args, members[network].experiment.fingerprint())
        if members[network].source is not None:
            weights(network_path(found.folder, *members[network].source))
    rx.training.train(experiment, labels=args.network, results=found.folder)
    for network in args.network:
        for path in (network_path, history_path, moments_path):
            made(path(found.folder, args.experiment, network))


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. reference")
    arguments.add_argument("--network", nargs="+", required=True, help="labels of the networks, e.g. seed0 seed1")
    run(main, arguments)
