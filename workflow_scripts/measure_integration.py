"""Slow points of the Ctx DM tasks, how the state moves near them, and whether they lie on a line.

Tables slow_points, slow_modes, slow_line and slow_paths.
"""

from argparse import Namespace

from shard import measure_each
from support import measuring, run

import replicortex as rx


def main(args: Namespace) -> None:
    measure_each(args, lambda net: rx.analysis.measure_integration([net]))


if __name__ == "__main__":
    run(main, measuring(__doc__))
