"""Controls of lesions, clusters and parallel changes: random sets of units, shuffled columns and labels.

Tables random_lesions, lesion_batches, control_silhouettes, cluster_blocks, group_outputs and projected.
"""

from argparse import Namespace
from pathlib import Path

from shard import measure_each
from support import measuring, read_tables, run

import replicortex as rx


def main(args: Namespace) -> None:
    sources = read_tables(args.sources)
    measure_each(args, lambda net: rx.analysis.measure_controls([net], sources, batches=args.batches))


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument(
        "--sources",
        nargs="+",
        type=Path,
        required=True,
        help="tables task_variance, rotated_variance, units, cluster_number, lesions and context_groups",
    )
    arguments.add_argument("--batches", type=int, default=256, help="of 16 trials per task (default: %(default)s)")
    run(main, arguments)
