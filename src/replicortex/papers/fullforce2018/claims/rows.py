"""Claims of DePasquale et al. 2018 (PLoS ONE 13:e0191527) and 2016 (arXiv 1601.07620), in our words.

Of both papers the abstracts, of the first two captions, and the authors' programs were at hand. All thresholds are ours
and were written before any of the networks that are judged was trained, with one to three networks of other random
streams at some sizes in view: at N = 300 full-FORCE had errors of 8e-6 and 8e-4 and FORCE of 0.8 and 1.0; a spiking
network of 500 neurons had 0.007, 30 directions and 12.6 Hz.
"""

from __future__ import annotations

from replicortex.papers.fullforce2018.claims import statistics as of
from replicortex.report.claims import Claim, Statistic, Threshold, above, below, between

_ERROR = "squared error over the sum of squares of the target, over all trials of the test"
_DIRECTION = "The paper's abstract gives a direction and no number."
_OSCILLATION, _SINES, _SPIKING = "ff_oscillation", "ff_four_sines", "ff_spiking"


def _claim(
    identity: str, panel: str, statement: str, statistic: Statistic, measure: str, quantity: str, threshold: Threshold,
    why: str, *experiments: str,
) -> Claim:  # fmt: skip
    needs = tuple(f"{name}/summary" for name in experiments)
    told = (identity, panel, statement, statistic, measure, quantity, threshold, "ours", why, needs, experiments[0])
    return Claim(*told, listed_in="summary")


CLAIMS: tuple[Claim, ...] = (
    _claim(
        "FF-1", "fullforce_rates a", "300 rate units trained by full-FORCE perform the oscillation task.", of.performs,
        f"{_ERROR}; median over networks", "error of full-FORCE", below(of.LEARNT),
        "A twentieth of the target's power; an output without relation to it has about 1.", _OSCILLATION,
    ),
    _claim(
        "FF-2", "fullforce_rates b", "FORCE with the same random matrices does clearly worse.", of.force_is_worse,
        f"{_ERROR}: that of FORCE over that of full-FORCE of the same seed; median over networks",
        "error of FORCE / full-FORCE", above(10), "An order of magnitude.", _OSCILLATION,
    ),
    _claim(
        "FF-3", "fullforce_rates c, d",
        "Units follow the teacher's under full-FORCE, and not in a network that FORCE fails to train.",
        of.units_follow,
        "decades by which the units' error beside the teacher's is below 0.05 under full-FORCE and above 0.5 under "
        "FORCE; the smaller one, median over networks", "decades beyond both limits", above(0),
        "A twentieth of the power of the rates for full-FORCE, half of it for FORCE.", _OSCILLATION,
    ),
    _claim(
        "FF-4", "fullforce_rates e", "Full-FORCE needs fewer units than FORCE.",
        of.smallest_sizes(f"{_OSCILLATION}/full_force", f"{_OSCILLATION}/force"),
        "smallest size at which half of the networks have an error below 0.05, full-FORCE over FORCE; a method that "
        "never does counts with the largest size", "units, full-FORCE / FORCE", below(1), _DIRECTION, _OSCILLATION,
    ),
    _claim(
        "FF-5", "fullforce_rates g", "Networks trained by full-FORCE are more robust to noise.", of.noise_hurts_less,
        f"{_ERROR}, with noise in training and test: that of FORCE over that of full-FORCE of the same seed, median "
        "over networks, smaller of two levels; both have to have learnt without noise",
        "error of FORCE / full-FORCE, noise", above(1), _DIRECTION, "ff_noise",
    ),
    _claim(
        "FF-6", "fullforce_interval c", "A hint to the teacher extends what can be learnt.", of.hint_helps,
        "error within the responses, measured from rest, over their power: with hint over without, same seed; median "
        "over networks", "error with hint / without", below(1), _DIRECTION, "ff_interval",
    ),
    _claim(
        "SN-1", "fullforce_spiking a", "A spiking network taught by a rate network performs a periodic pattern.",
        of.spiking("median_nmse"), "median over trials of squared error over the sum of squares of the target; median "
        "over networks of the largest size", "error of spiking networks", below(0.1),
        "A tenth of the target's power.", _SPIKING,
    ),
    _claim(
        "SN-2", "fullforce_spiking c", "Spiking networks need only a minor expansion in the number of neurons.",
        of.smallest_sizes(f"{_SPIKING}/spiking", f"{_SINES}/full_force"),
        "smallest size at which half of the networks have an error below 0.05: spiking over rate networks trained by "
        "full-FORCE", "neurons / rate units", Threshold(high=3, closed=True),
        "The abstract calls it minor and the parts of it that were read give no number; three is still minor.",
        _SPIKING, _SINES,
    ),
    _claim(
        "SN-3", "fullforce_spiking d", "A few directions of the teacher's currents suffice.",
        of.spiking("directions", per_unit=True),
        "directions that hold 99.9 % of the second moment, over units of the teacher; median over networks of the "
        "largest size", "directions / units", below(0.2), "A fifth of what the teacher could use.", _SPIKING,
    ),
    _claim(
        "SN-4", "fullforce_spiking e", "With the mean input taken away neurons fire at physiological rates.",
        of.spiking("rate_hz"), "mean rate in the test in Hz; median over networks of the largest size",
        "mean rate (Hz)", between(1, 40), "What cortical neurons do, generously.", _SPIKING,
    ),
)  # fmt: skip
