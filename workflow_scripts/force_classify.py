"""Show fresh points to trained classifiers, read back from file, that start from new voltages and learn nothing."""

from argparse import Namespace

from support import measuring, run, weights, write_tables

from replicortex.spiking import job, tested


def main(args: Namespace) -> None:
    write_tables({"points": tested.points(map(job.subject, map(weights, args.networks)), args.points)}, args.output)


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument(
        "--points", type=int, default=1000, help="fresh points for each network (default: %(default)s)"
    )
    run(main, arguments)
