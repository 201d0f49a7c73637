"""``replicortex check``: read a configuration as the workflow would, and say what it asks for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex.config import ConfigError, load_config

if TYPE_CHECKING:
    from replicortex.config import Study


def described(study: Study) -> Iterator[str]:
    """The number of networks of each experiment, one line each."""
    numbers = {name: len(experiment.members()) for name, experiment in study.populations.items()}
    yield f"{len(numbers)} experiments, {sum(numbers.values())} networks at scale {study.scale}"
    width = max(map(len, numbers), default=0)
    for name, number in numbers.items():
        yield f"  {name:{width}}  {number:4d} networks"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 where something is wrong, with one line for each problem."""
    parser = argparse.ArgumentParser(prog="replicortex check", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("config.yaml"), help="default: %(default)s")
    parser.add_argument("overlays", type=Path, nargs="*", help="files that say only what differs, as for --configfile")
    parser.add_argument("--scale", help="smoke, laptop or paper (default: as the file says)")
    options = parser.parse_args(arguments)
    try:
        study = load_config(options.file, options.scale, overlays=options.overlays)
    except (ConfigError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for line in described(study):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
