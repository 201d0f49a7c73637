"""Units of the Anti tasks, and what the network does without them.

Tables anti_units, anti_lesions, anti_tuning, anti_connections and anti_rules.
"""

from argparse import Namespace
from pathlib import Path

from shard import measure_each
from support import measuring, read_table, run

import replicortex as rx


def main(args: Namespace) -> None:
    variance = read_table(args.variance)
    measure_each(args, lambda net: rx.analysis.measure_anti([net], variance))


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument("--variance", type=Path, required=True, help="table task_variance")
    run(main, arguments)
