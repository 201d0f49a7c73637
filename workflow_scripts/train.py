"""Train networks of an experiment, or go on with them where they were interrupted.

Writes the weight files that are named and what their kind of network keeps beside them (histories, traces, what the
optimiser remembers); while they learn, a line per evaluation on standard error and status files for `make progress`.
"""

from argparse import Namespace

import replicortex as rx
from replicortex.pipeline.kinds import KINDS, files_of, train_files
from replicortex.pipeline.script import check, configured, made, run, study, weights


def main(args: Namespace) -> None:
    found = study(args)
    experiment = found[rx.errors.choose(args.experiment or "", found, "experiment")]
    kind = KINDS[experiment.kind]
    files = files_of(kind.name, experiment)
    for name in args.network:
        rx.errors.choose(name, files, f"network of {args.experiment}")
    members = {member.label: member for member in experiment.members()}
    labels = [label for name in args.network for label in files[name]]
    check(args, rx.provenance.fingerprint({label: members[label].experiment.fingerprint() for label in labels}))
    for source in filter(None, (getattr(members[label], "source", None) for label in labels)):
        weights(found.folder / kind.weights.format(experiment=source[0], network=source[1]))
    made(*train_files(kind, experiment, args.network, found.folder))


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--network", nargs="+", required=True, help="names of the weight files, e.g. seed0 seed1")
    run(main, arguments)
