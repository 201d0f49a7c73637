"""Single neurons under noise, f-I curves and synaptic filters: the tables of force_fig1."""

from argparse import Namespace
from pathlib import Path

from support import parser, run, write_tables

from replicortex.figures.force.registry import TEACHING
from replicortex.origin import Origin
from replicortex.spiking import taught


def main(args: Namespace) -> None:
    write_tables(taught.tables(), args.output, [Origin(TEACHING)])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)
