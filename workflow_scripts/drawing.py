"""What scripts that draw share: the options for what a figure's last line says of its networks."""

from __future__ import annotations

import argparse

from replicortex.figures.style import Setting

_SHOWN = ("EXPERIMENT", "SCHEDULE", "UNITS")


def add_setting(arguments: argparse.ArgumentParser, tables: bool) -> None:
    """The options that :func:`setting` reads; with tables, what is shown of each experiment follows its units."""
    told = "an experiment, how its networks were trained, recurrent units per network"
    arguments.add_argument(
        "--population",
        nargs="+" if tables else len(_SHOWN),
        action="append",
        required=True,
        metavar=(*_SHOWN[:1], " ".join([*_SHOWN[1:], "TABLE"])) if tables else _SHOWN,
        help=f"{told}{', and its tables' if tables else ''}; once for each experiment",
    )
    arguments.add_argument("--scale", required=True, help="printed in the footer")
    arguments.add_argument("--networks", required=True, help="where they came from, e.g. 'trained here'")


def setting(args: argparse.Namespace) -> Setting:
    """What the footer says.

    Raises
    ------
    ValueError
        An experiment is named twice, or something is missing of one.
    """
    names = [name for name, *_ in args.population]
    for name, *told in args.population:
        if names.count(name) > 1:
            raise ValueError(f"--population: {name!r} is given twice; each experiment once")
        if len(told) < len(_SHOWN) - 1:
            raise ValueError(f"--population: {name!r} needs schedule and units after its name")
    settings = [
        Setting(args.scale, name, schedule, int(units) if units.isdigit() else units, args.networks)
        for name, schedule, units, *_ in args.population
    ]
    return settings[0] if len(settings) == 1 else Setting.joint(settings)
