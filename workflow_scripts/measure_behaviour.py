"""Choices as a function of coherence, stimulus duration and delay.

Tables psychometric, psychometric_fit, chronometric, threshold and memory.
"""

from argparse import Namespace

from shard import measure_each
from support import measuring, run

import replicortex as rx


def main(args: Namespace) -> None:
    measure_each(args, lambda net: rx.analysis.measure_behaviour([net], share=args.share))


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument(
        "--share", type=float, default=1.0, help="part of the published number of trials (default: 1)"
    )
    run(main, arguments)
