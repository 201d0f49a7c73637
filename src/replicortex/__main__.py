"""``replicortex COMMAND``, which is ``python -m replicortex COMMAND``: all commands of the library.

A command is imported when it is called, so that the list of them is printed at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from replicortex import __version__, extras
from replicortex.errors import choose

# name -> (module with a `main(arguments)`, what it does in one line)
COMMANDS = {
    "check": ("check", "read a configuration and say what it asks for, or everything that is wrong with it"),
    "config": ("config.__main__", "write the schema and the commented example of a configuration"),
    "crate": ("crate", "pack figures and all they were made from as an RO-Crate, for Zenodo and others"),
    "explain": ("explain", "say what a figure, a table or a network was made from, down to the seeds"),
    "pretrained": ("pretrained.__main__", "verify the shipped networks, pack some, or add to them"),
    "progress": ("progress", "show how far the trainings are; --watch keeps the table up to date"),
    "recordings": ("recordings.__main__", "check recordings from animals, convert NWB or MATLAB files, simulate some"),
    "report": ("report.__main__", "write the verdicts of a scorecard.csv into the pages of a checkout"),
    "reproduce": ("reproduce", "compare two folders in which the same figures were made"),
    "slurm-array": ("slurm_array", "submit the trainings of an experiment to SLURM as one job array"),
}


def usage() -> str:
    """What ``--help`` prints."""
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {what}" for name, (_, what) in COMMANDS.items())
    return (
        "usage: replicortex COMMAND [options]\n\n"
        "Papers on task-trained recurrent networks, run again from code, configuration and seeds.\n\n"
        f"commands:\n{listed}\n\n"
        "replicortex COMMAND --help shows the options of a command. Figures are made by Snakemake:\n"
        "make figures/fig2.pdf, or snakemake --cores 8 figures/fig2.pdf"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status of the command, 2 where there is no such command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        print(usage())
        return 2
    if given[0] in ("-V", "--version"):
        print(f"replicortex {__version__}")
        return 0
    try:
        return _called(given)
    except BrokenPipeError:  # of a pager that was left, or of `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _called(given: Sequence[str]) -> int:
    if given[0] in ("-h", "--help", "help"):
        print(usage(), flush=True)
        return 0
    try:
        module, _ = COMMANDS[choose(given[0], COMMANDS, "replicortex")]
        with extras.named():
            return int(import_module(f"{__package__}.{module}").main(given[1:]) or 0)
    except (ModuleNotFoundError, ValueError) as error:
        if isinstance(error, ValueError) and given[0] in COMMANDS:
            raise  # of the command itself
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
