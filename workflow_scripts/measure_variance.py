"""Variance of each unit's response in each task and period, over stimulus conditions.

Tables task_variance, rotated_variance (control: the same rates seen along random axes) and epoch_variance.
"""

from argparse import Namespace

from support import measuring, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(rx.analysis.measure_variance(map(rx.networks.load, args.networks)), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))
