"""Defaults that a network depends on: they do not stand in its fingerprint, so a change of theirs has to be told."""

import pytest
from pydantic import BaseModel

from replicortex.config import condition, experiment, primer, primer_schema, spiking, taught, taught_schema
from replicortex.config.force import ForceBase
from replicortex.config.messages import bare
from replicortex.provenance import fingerprint

PEOPLE = {"seeds", "title", "paper", "paper_id", "shard", "conditions", "grid", "grid_fraction"}  # of no single network


def defaults(model, above=""):
    """Dotted setting -> default, of a section and those in it."""
    found = {}
    for key, field in model.model_fields.items():
        inner = bare(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= defaults(inner, f"{above}{key}.")
        elif above or key not in PEOPLE:
            found[above + key] = None if field.is_required() else field.get_default(call_default_factory=True)
    return found


@pytest.mark.parametrize(
    ("number", "model", "expected"),
    [
        (experiment.Experiment.DEFAULTS, condition.Condition, "1 9a2b41a6d7d0cb1f"),
        (spiking.ForceExperiment.DEFAULTS, ForceBase, "1 b55716e6dde6adc0"),
        (primer.PrimerExperiment.DEFAULTS, primer_schema.PrimerBase, "1 71e2efbcf9c82141"),
        (taught.TaughtExperiment.DEFAULTS, taught_schema.TaughtBase, "1 0a244af6ff231c8d"),
    ],
)
def test_a_default_that_comes_to_mean_other_networks_is_told(number, model, expected):
    """Raise DEFAULTS of the kind if a default that is there has another value; then write the new text here.

    Of a setting that is new, with a default that leaves everything as it was, the text alone is renewed.
    """
    assert f"{number} {fingerprint(defaults(model))[:16]}" == expected
