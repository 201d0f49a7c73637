"""Small networks made by hand, of which the analyses' results are known."""

from __future__ import annotations

import numpy as np

from replicortex.networks import Ensemble, from_arrays

N_INPUT, N_OUTPUT, RING = 85, 33, 32
RULES = tuple(
    "fdgo reactgo delaygo fdanti reactanti delayanti dm1 dm2 contextdm1 contextdm2 multidm delaydm1 delaydm2 "
    "contextdelaydm1 contextdelaydm2 multidelaydm dmsgo dmsnogo dmcgo dmcnogo".split()
)


def rule_channel(rule: str) -> int:
    return 65 + RULES.index(rule)


def random_network(n_units: int = 16, seed: int = 0, n_networks: int = 1, **architecture: object) -> Ensemble:
    """Untrained softplus networks with enough gain that every unit responds."""
    rng = np.random.default_rng(seed)
    shape = (n_networks, n_units)
    return from_arrays(
        rng.normal(0, 0.5, (n_networks, N_INPUT, n_units)),
        rng.normal(0, 0.5 / np.sqrt(n_units), (*shape, n_units)),
        rng.normal(0, 0.2, shape),
        rng.normal(0, 0.5, (*shape, N_OUTPUT)),
        np.zeros((n_networks, N_OUTPUT)),
        labels=[f"seed{seed + index}" for index in range(n_networks)],
        **architecture,
    )


def channel_network(channels: list[int], n_units: int = 0, **architecture: object) -> Ensemble:
    """Unit k copies input channel channels[k] (relu, weight 1) and is connected to nothing else."""
    n = max(n_units, len(channels))
    w_in = np.zeros((N_INPUT, n))
    w_in[channels, np.arange(len(channels))] = 1.0
    zeros = np.zeros((n, n)), np.zeros(n), np.zeros((n, N_OUTPUT)), np.zeros(N_OUTPUT)
    return from_arrays(w_in, *zeros, activation="relu", **architecture)


def integrator(modalities: tuple[int, ...] = (1,), sigma_rec: float = 0.02) -> Ensemble:
    """A ring of 32 units that adds up the stimuli of some modalities and never forgets (relu, w_rec = 1).

    The output ring is almost linear, so the population vector points to the stimulus with more evidence.
    """
    w_in = np.zeros((N_INPUT, RING))
    for modality in modalities:
        w_in[1 + RING * (modality - 1) : 1 + RING * modality] = np.eye(RING)
    w_out = np.hstack([np.zeros((RING, 1)), 0.01 * np.eye(RING)])
    return from_arrays(
        w_in, np.eye(RING), np.zeros(RING), w_out, np.zeros(N_OUTPUT), activation="relu", sigma_rec=sigma_rec
    )


def go_network(silent: int = 3) -> Ensemble:
    """Does Go: unit 0 copies the fixation input, units 1..32 both rings; ``silent`` more units lead nowhere.

    The rule channel of Anti drives the fixation unit, so that a trial shown with it is never answered.
    """
    n = 1 + RING + silent
    w_in = np.zeros((N_INPUT, n))
    w_in[0, 0] = 1.0
    w_in[rule_channel("fdanti"), 0] = 1.0
    for start in (1, 1 + RING):
        w_in[start : start + RING, 1 : 1 + RING] = np.eye(RING)
    w_in[1:65, 1 + RING :] = 0.1
    w_out = np.zeros((n, N_OUTPUT))
    w_out[0, 0] = 20.0
    w_out[1 : 1 + RING, 1:] = 8.0 * np.eye(RING)
    b_out = np.full(N_OUTPUT, -4.0)
    b_out[0] = -10.0
    return from_arrays(w_in, np.zeros((n, n)), np.zeros(n), w_out, b_out, activation="relu")


def context_network(sigma_rec: float = 0.02) -> Ensemble:
    """Three banks of 32 integrators on a ring: of modality 1, silenced by the rule of Ctx DM 2; of modality 2, silenced
    by that of Ctx DM 1; and of the mean of both, which no rule silences and the output hardly follows.
    """
    n, banks = 3 * RING, [slice(RING * k, RING * (k + 1)) for k in range(3)]
    w_in = np.zeros((N_INPUT, n))
    for bank, rings, gain in ((banks[0], (1,), 1.0), (banks[1], (2,), 1.0), (banks[2], (1, 2), 0.5)):
        for modality in rings:
            w_in[1 + RING * (modality - 1) : 1 + RING * modality, bank] = gain * np.eye(RING)
    w_in[rule_channel("contextdm2"), banks[0]] = -20.0
    w_in[rule_channel("contextdm1"), banks[1]] = -20.0
    w_out = np.zeros((n, N_OUTPUT))
    for bank, gain in zip(banks, (0.01, 0.01, 0.003), strict=True):
        w_out[bank, 1:] = gain * np.eye(RING)
    return from_arrays(w_in, np.eye(n), np.zeros(n), w_out, np.zeros(N_OUTPUT), activation="relu", sigma_rec=sigma_rec)
