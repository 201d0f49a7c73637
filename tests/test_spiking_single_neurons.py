"""Classes, single neurons and filters: what spiking networks are taught besides curves, and what they are made of."""

import numpy as np
import pytest

from replicortex.random_streams import generator
from replicortex.spiking import single_neurons
from replicortex.spiking.classification import classes
from replicortex.spiking.supervisors import supervisor

DT = 4e-5
HOLDS = {"linear": lambda x, y: y > x, "nonlinear": lambda x, y: y > np.sin(2 * np.pi * x)}


@pytest.mark.parametrize(("rule", "holds"), HOLDS.items())
def test_classes_follow_the_programs_gate(rule, holds):
    """Off in step 1, on in steps 2 to 6251, off in the next 6250, and so on."""
    made = classes(DT, 3.0, rule, generator("a"))
    steps = np.arange(1, 40_001)
    gate, on = np.zeros(len(steps), bool), False
    for i in steps:
        gate[i - 1] = on
        if i % 6250 == 1:
            on = not on
    shown = made.stimulus.values(1, len(steps))
    np.testing.assert_array_equal(shown.any(axis=1), gate)
    target = made.values(1, len(steps))[:, 0]
    label = holds(shown[:, 0], shown[:, 1])
    expected = gate * 0.5 * np.abs(np.sin(4 * np.pi * steps * DT)) * np.where(label, 1, -1)
    np.testing.assert_allclose(target, expected, atol=1e-12)
    assert len(np.unique(shown[gate], axis=0)) == 4
    np.testing.assert_array_equal(made.stimulus.values(9000, 10), shown[8999:9009])


def test_classes_need_a_generator_and_a_known_rule():
    with pytest.raises(ValueError, match="supervisor classify: its points need a generator"):
        supervisor("classify", dt=DT, duration=2.0)
    with pytest.raises(ValueError, match="rule: 'linar' is not one of linear, nonlinear; did you mean 'linear'"):
        classes(DT, 2.0, "linar", generator("a"))


def test_rates_against_current_follow_the_formulas():
    for name, error in (("lif", 2.0), ("theta", 1.01)):
        curve = single_neurons.fi_curve(name)
        assert (curve["rate_hz"] - curve["formula_hz"]).abs().max() <= error
    curve = single_neurons.fi_curve("izhikevich")
    below = curve["current"] < 950
    assert (curve.loc[below, "rate_hz"] <= 1).all() and curve["rate_hz"].is_monotonic_increasing


def test_filters_integrate_to_one():
    for decay, rise in ((0.02, 0.0), (0.02, 0.002)):
        table = single_neurons.filters(decay, rise, 0.5)
        exact = table.query("method == 'exact'")
        assert exact["value"].sum() * 5e-4 == pytest.approx(1, rel=0.15)
        peak = exact["value"].max()
        assert peak == pytest.approx(38.7 if rise else 50, rel=0.2)
        assert not np.allclose(exact["value"], table.query("method == 'euler'")["value"], rtol=1e-3)
