"""Each task as one vector of rates and one of rule weights, and how these vectors lie to each other.

Tables task_vectors, task_planes, rule_planes, parallelism, squares and task_distances.
"""

from argparse import Namespace

from shard import measure_each
from support import measuring, run

import replicortex as rx


def main(args: Namespace) -> None:
    measure_each(args, lambda net: rx.analysis.measure_vectors([net]))


if __name__ == "__main__":
    run(main, measuring(__doc__))
