"""``python -m replicortex.recordings`` checks recordings, or makes some up from trained networks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from replicortex.recordings import read, read_sessions, write


def _check(options: argparse.Namespace) -> None:
    for animal in read(options.folder):
        trials = [len(unit.trials) for unit in animal.units]
        span = f"{len(animal.time_ms)} bins of {animal.bin_ms:g} ms"
        number = (
            f"{min(trials)} to {max(trials)} trials each" if min(trials) < max(trials) else f"{trials[0]} trials each"
        )
        print(f"{animal.name}: {len(animal.units)} units ({animal.quantity}, {span}), {number}")


def _convert(options: argparse.Namespace) -> None:
    animal = read_sessions(options.sessions, options.mapping, options.animal)
    (folder,) = write([animal], options.output)
    print(f"{folder}: {len(animal.units)} units")


def _simulate(options: argparse.Namespace) -> None:
    from replicortex.analysis import simulate_recordings
    from replicortex.analysis.measure.streams import stream
    from replicortex.networks import load

    for path in options.networks:
        net = load(path)
        rng = stream(net, "simulated recordings")
        made = simulate_recordings(net, rng, repetitions=options.repetitions, gain=options.gain)
        (folder,) = write([made.animal], options.output)
        made.truth.to_csv(folder / "truth.csv", index=False)
        print(f"{folder}: {len(made.animal.units)} units")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 after an error that its user can correct, with a message of one line."""
    parser = argparse.ArgumentParser(prog="replicortex recordings", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="say what a data set holds, or the first thing that is wrong with it")
    check.add_argument("folder", type=Path, help="folder with a folder per animal")
    check.set_defaults(run=_check)
    convert = commands.add_parser("convert", help="an animal from the NWB or MATLAB files of its sessions")
    convert.add_argument("sessions", nargs="+", type=Path, help="a file per session")
    convert.add_argument(
        "--mapping", type=Path, required=True, help="YAML file that says which columns are which (docs/recordings.md)"
    )
    convert.add_argument("--animal", required=True, help="its name")
    convert.add_argument("--output", type=Path, required=True, help="folder that receives a folder per animal")
    convert.set_defaults(run=_convert)
    simulate = commands.add_parser(
        "simulate",
        help="Poisson spikes of the units of trained networks, an animal of each network; truth.csv next to them gives "
        "each unit's direction of choice 1 (rad) and the fractional task variance of its noise-free rates",
    )
    simulate.add_argument("networks", nargs="+", type=Path, help="weight files (.safetensors)")
    simulate.add_argument("--output", type=Path, required=True, help="folder that receives a folder per animal")
    simulate.add_argument(
        "--repetitions",
        type=int,
        default=10,
        help="trials of each of 36 combinations of coherences in each context (default: %(default)s)",
    )
    simulate.add_argument(
        "--gain", type=float, default=20.0, help="spikes per second of a unit with rate 1 (default: %(default)s)"
    )
    simulate.set_defaults(run=_simulate)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
