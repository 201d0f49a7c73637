"""Run trained spiking networks under their HDTS at other speeds and backwards."""

from argparse import Namespace

from support import measuring, run, weights, write_tables

from replicortex.spiking import job, tested


def main(args: Namespace) -> None:
    write_tables(tested.replays(map(job.subject, map(weights, args.networks))), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))
