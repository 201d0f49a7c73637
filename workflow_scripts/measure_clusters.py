"""Clusters of units with similar task variances, their number, and where each unit stands in the figures.

Tables silhouette, agreement, cluster_number and units.
"""

from argparse import Namespace
from pathlib import Path

from support import measuring, read_tables, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    variance = read_tables(args.variance)
    write_tables(rx.analysis.measure_clusters(map(rx.networks.load, args.networks), variance), args.output)


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
