"""Everything public prints on a few lines: a notebook's cell may end in any object."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pandas as pd
import pytest
import torch

import replicortex as rx
from replicortex.provenance.definitions import parse
from replicortex.shown import shown

HOLDS_MUCH = ("Array", "Tensor", "DataFrame", "Mapping", "dict", "list", "Sequence", "Floats")
SMALL = {  # hold a mapping or a list of a few entries
    "replicortex.native.kernel:Kernel": "precisions of a build",
    "replicortex.provenance.code:Choice": "keys of a registry",
    "replicortex.native.sequence:NativeSequence": "works inside of a training",
}


def public():
    """Dataclasses and named tuples by where they are defined."""
    found = {}
    for part in rx.__all__[:-1]:
        package = getattr(rx, part)
        for name in getattr(package, "__all__", []):
            kind = getattr(package, name)
            if inspect.isclass(kind) and (dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")):
                found[f"{kind.__module__}:{kind.__qualname__}"] = kind
    return found


PUBLIC = public()
LARGE = [
    np.zeros((300, 40, 50)),
    torch.zeros(3000, 40),
    pd.DataFrame(np.zeros((500, 30))),
    {f"a rather long name of a field {number}": np.zeros(500) for number in range(80)},
    [f"a rather long entry {number}" for number in range(900)],
    "a text of many words " * 90,
    None,
]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_object_prints_in_less_than_400_characters(name):
    kind = PUBLIC[name]
    fields = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else kind._fields
    if kind.__repr__ is not shown:
        if name in SMALL or "__repr__" in vars(kind) and "Ensemble" in name or issubclass(kind, rx.networks.Ensemble):
            return
        types = " ".join(str(getattr(each, "__annotations__", {})) for each in kind.__mro__)
        assert not [word for word in HOLDS_MUCH if word in types], f"{name} needs @short_repr"
        return
    for first in range(len(LARGE)):
        values = [LARGE[(first + place) % len(LARGE)] for place in range(len(fields))]
        if dataclasses.is_dataclass(kind):
            made = object.__new__(kind)
            for field, value in zip(fields, values, strict=True):
                object.__setattr__(made, field, value)
        else:
            made = kind(*values)
        text = repr(made)
        assert len(text) < 400 and "\n" not in text.replace("\\n", ""), text
        assert text.startswith(f"{kind.__name__}({fields[0]}=")


def test_shapes_and_names_stand_for_numbers():
    trial = rx.tasks.generate("dm1", mode="test", noise=False)
    assert repr(trial).startswith(
        "Trial(x=float32 (125, 100, 85), y=float32 (125, 100, 33), y_loc=float32 (125, 100), "
    )
    assert "epochs={fix1, stim1, go1}, task='dm1'" in repr(trial)
    run = rx.networks.Run(np.zeros((1, 2, 3, 4), np.float32), np.zeros((1, 2, 3, 5), np.float32))
    assert repr(run) == "Run(rates=float32 (1, 2, 3, 4), outputs=float32 (1, 2, 3, 5))"


def test_how_an_object_prints_changes_no_hash_of_code():
    plain = "@dataclass\nclass A:\n    x: int\n"
    hashed = [
        parse(text.encode(), "m.py", ("m",), False, False)
        for text in (plain, f"@short_repr\n{plain}", f"@other\n{plain}")
    ]
    first, shortened, other = (module.definitions["A"].whole.meaning for module in hashed)
    assert first == shortened != other
