"""Networks that are shipped with the repository: trained by this pipeline, measured, packed, and checked at every use.

    from replicortex import pretrained
    net = pretrained.load("reference", labels=["seed0"])      # an Ensemble, as networks.load gives
    pretrained.load_small("primer_context")                   # networks on single tasks, as primer.load gives them
    pretrained.read("pretrained/laptop/reference").networks   # label -> checksums and provenance

On disk, `pretrained/<scale>/<experiment>/`:

    manifest.json                 checksums, settings, seeds, versions, code and machine of every network
    <network>.safetensors.xz      the file that the training wrote, byte for byte, compressed (`xz -d` gives it back)
    tables/<table>.parquet        what was measured on all of the networks

Of experiments with too many networks only the tables are shipped (`Shipped.without_weights`).

`python -m replicortex.pretrained pack` makes such a folder, `add` puts later networks into it, `measure` later
tables, `verify` checks all of them.
"""

from importlib import import_module
from typing import Any

from replicortex import extras

_HOME = {
    "FOLDER": "manifest",
    "MANIFEST": "manifest",
    "Shipped": "manifest",
    "TABLES": "manifest",
    "add": "adding",
    "measure": "adding",
    "available": "manifest",
    "history": "unpacking",
    "home": "manifest",
    "load": "unpacking",
    "load_small": "unpacking",
    "marked_weights": "unpacking",
    "origin_of": "unpacking",
    "pack": "packing",
    "read": "manifest",
    "require_tables": "selection",
    "shipped_study": "selection",
    "shipped_tables": "selection",
    "source": "manifest",
    "table": "unpacking",
    "table_origin": "unpacking",
    "verify": "unpacking",
    "weights": "unpacking",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        with extras.named():
            return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
