"""Claims of Newton & Nicola 2025 (PLoS Comput Biol, doi 10.1371/journal.pcbi.1013224), in our words.

Parts of the abstract and most captions were at hand, no full text. All thresholds are ours and were written on
1 December 2026, before any of these networks was trained at more than smoke scale.

At scale laptop the fastest rate stopped all spiking networks at the (Q, G) of NN-1, and their decoders would have
counted as uncorrelated. NN-2 and NN-4 therefore take the fastest rate at which all networks ran. NN-2 is judged on
networks trained after that change; of the sizes, which NN-4 is about, none had been looked at. No threshold was moved.
"""

from __future__ import annotations

from replicortex.papers.newton2025.claims import statistics as of
from replicortex.report.claims import Claim, Statistic, Threshold, above, below
from replicortex.report.cohorts import cohorts

_BEST = (
    "at the slowest rate and the (Q, G) of most correlated decoders among those where both models have a median error "
    "below 0.2; median over networks"
)
_RAN = "the fastest rate at which all networks ran"
WRITTEN = "2026-12-01T13:05"  # UTC, when NN-2 was mended
COHORTS = cohorts({"nn_planes": 5}, first="2026-12-01T12:40", fresh=WRITTEN)
_DIRECTION = "What was read of the paper gives a direction and no number."
_PLANES, _SIZES = "nn_planes", "nn_sizes"


def _claim(
    identity: str, panel: str, statement: str, statistic: Statistic, measure: str, quantity: str, threshold: Threshold,
    why: str, experiment: str, written: str = "",
) -> Claim:  # fmt: skip
    needs = (f"{experiment}/summary",)
    told = (identity, panel, statement, statistic, measure, quantity, threshold, "ours", why, needs, experiment)
    return Claim(*told, listed_in="summary", written=written, cohorts=COHORTS if written else ())


CLAIMS: tuple[Claim, ...] = (
    _claim(
        "NN-1", "newton_planes c", "After slow learning the decoders of spiking and rate networks are alike.",
        of.correlated, f"Pearson's correlation of the two networks' decoders, {_BEST}", "correlation of decoders",
        above(0.5), "The captions call the correlation high and give no number; half is the least to call so.", _PLANES,
    ),
    _claim(
        "NN-2", "newton_planes c, f", "The faster networks learn, the less their decoders are alike.",
        of.correlation_falls, f"correlation of decoders at {_RAN} less that at the slowest, of the same seed, at the "
        "(Q, G) of NN-1; median over networks", "correlation, fastest - slowest", below(0), _DIRECTION, _PLANES,
        WRITTEN,
    ),
    _claim(
        "NN-3", "newton_planes a, b", "After slow learning either network works with the decoders of the other.",
        of.swapped_work, "twice the error with its own decoders over that with the other network's, smaller of the two "
        f"models, {_BEST}", "2 x own error / swapped", above(1),
        "An error that less than doubles is called working still; a lost output has many times its own error.", _PLANES,
    ),
    _claim(
        "NN-4", "newton_sizes a, b", "Faster learning improves rate networks and hardly spiking ones.",
        of.faster_helps_rate, f"log10 of the error at the slowest rate less that at {_RAN}: rate less spiking "
        "network of the same seed, largest size; median over networks", "decades saved, rate - LIF", above(0),
        _DIRECTION, _SIZES,
    ),
    _claim(
        "NN-5", "newton_bias c", "Errors of spiking networks are mostly variance, those of rate networks mostly bias.",
        of.variance_or_bias, "log10 of variance over squared bias across repetitions of spiking networks, and minus "
        "that of rate networks, mean over the rates at which the error is below 0.2, largest size; median over "
        "networks, smaller of the two", "decades in favour", above(0),
        "More than half of the error: what the captions call dominated.", _SIZES,
    ),
    _claim(
        "NN-6", "newton_planes a, b", "After slow learning spiking and rate networks succeed at the same Q and G.",
        of.regions_overlap, "number of (Q, G) at which both networks have an error below 0.2 over those at which one "
        "has; median over networks", "overlap of (Q, G)", above(0.5),
        "More points are shared than not.", _PLANES,
    ),
)  # fmt: skip
