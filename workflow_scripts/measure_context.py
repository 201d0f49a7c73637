"""Groups of units behind the two Ctx DM tasks, and what the network does without them.

Tables context_groups, group_lesions, group_maps, group_tuning, group_connections and group_rules.
"""

from argparse import Namespace
from pathlib import Path

from shard import measure_each
from support import measuring, read_table, run

import replicortex as rx


def main(args: Namespace) -> None:
    variance = read_table(args.variance)
    measure_each(args, lambda net: rx.analysis.measure_context([net], variance))


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument("--variance", type=Path, required=True, help="table task_variance")
    run(main, arguments)
