"""The configuration of the repository as one mapping that stands alone, for tests that change something in it."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from replicortex.config.overlay import joined
from replicortex.config.reading import read_yaml

ROOT = Path(__file__).resolve().parent.parent


def whole_config(root: Path = ROOT) -> dict[str, Any]:
    """What the papers of this package and config.yaml say, the last one first; read anew."""
    own, data = read_yaml(root / "config.yaml"), {}
    for file in sorted(root.glob("src/replicortex/papers/*/experiments.yaml")) if own.get("papers") else ():
        data = joined(data, read_yaml(file))
    return {**joined(data, own), "papers": None}


_read_once = cache(whole_config)


def changed(**changes: object) -> dict[str, Any]:
    """The whole configuration with settings replaced; keys are paths with slashes."""
    data = deepcopy(_read_once())
    for path, value in changes.items():
        *above, last = path.split("/")
        place = data
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return data
