"""Variance of each unit's response in each task and period, over stimulus conditions.

Tables task_variance, rotated_variance (control: the same rates seen along random axes) and epoch_variance.
"""

from argparse import Namespace

from shard import measure_each
from support import measuring, run

import replicortex as rx


def main(args: Namespace) -> None:
    measure_each(args, lambda net: rx.analysis.measure_variance([net]))


if __name__ == "__main__":
    run(main, measuring(__doc__))
