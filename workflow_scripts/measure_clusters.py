"""Clusters of units with similar task variances, their number, and where each unit stands in the figures.

Tables silhouette, agreement, cluster_number and units.
"""

from argparse import Namespace
from pathlib import Path

from shard import measure_each
from support import measuring, read_tables, run

import replicortex as rx


def main(args: Namespace) -> None:
    variance = read_tables(args.variance)
    measure_each(args, lambda net: rx.analysis.measure_clusters([net], variance))


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument(
        "--variance",
        nargs="+",
        type=Path,
        required=True,
        help="tables task_variance, rotated_variance, epoch_variance",
    )
    run(main, arguments)
