"""Plausible tables of controls: random sets of units, shuffled columns and labels; see fake_tables."""

from __future__ import annotations

from itertools import product

import pandas as pd
from fakes import YANG, frame

DM = ("contextdm1", "contextdm2", "dm1", "dm2", "multidm")
GROUPS = {"1": 0.97, "2": 0.97, "12": 0.85}  # performance without random sets as large
BATCHES = 8


def random_lesions(networks: tuple[str, ...], performance: dict[str, float] = GROUPS, draws: int = 3) -> pd.DataFrame:
    rows = [
        (network, group, draw, 12, task, round(160 * level), 160 - round(160 * level), 0, level)
        for network, (group, level), draw, task in product(networks, performance.items(), range(draws), DM)
    ]
    return frame(YANG["random_lesions"], rows)


def lesion_batches(
    networks: tuple[str, ...], tasks: tuple[str, ...], lost: dict[str, float], control: float = 0.02
) -> pd.DataFrame:
    """Every task at 0.9 intact, plus and minus a tenth in half of the batches; `control`: lost with random sets."""
    rows = []
    for network, draw, task, batch in product(networks, (-1, 0, 1), tasks, range(BATCHES)):
        intact = 0.9 + (0.1 if batch % 2 else -0.1)
        drop = lost.get(task, 0.01) if draw < 0 else control
        rows.append((network, 2, draw, 20, task, batch, 16, intact, intact - drop))
    return frame(YANG["lesion_batches"], rows)


def control_tables(networks: tuple[str, ...], tasks: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """The tables of :func:`replicortex.analysis.measure_controls` of networks that show what the paper says."""
    silhouettes = {"task": 0.3, "rotated": 0.15, "shuffled": 0.1}
    norms = [(n, group, 12, norm) for n, (group, norm) in product(networks, {"1": 2.0, "2": 2.1, "12": 2.5}.items())]
    changes = {
        "context": ("contextdm1", "contextdm2", "contextdelaydm1", "contextdelaydm2"),
        "anti": ("fdgo", "delaygo", "fdanti", "delayanti"),
    }
    cosines = [
        (network, space, name, kind, *corners, value)
        for network, space, (name, corners), (kind, value) in product(
            networks, ("activity", "rules"), changes.items(), {"paper": 0.75, "shuffled": 0.2}.items()
        )
    ]
    blocks = {"clusters": 0.06, "shuffled": 0.01}
    return {
        "random_lesions": random_lesions(networks),
        "lesion_batches": lesion_batches(networks, tasks, dict.fromkeys(("fdanti", "reactanti", "delayanti"), 0.5)),
        "control_silhouettes": frame(
            YANG["control_silhouettes"],
            [(n, kind, 0, 12, v) for n, (kind, v) in product(networks, silhouettes.items())],
        ),
        "cluster_blocks": frame(
            YANG["cluster_blocks"], [(n, kind, 0, v) for n, (kind, v) in product(networks, blocks.items())]
        ),
        "group_outputs": frame(YANG["group_outputs"], norms),
        "projected": frame(YANG["projected"], cosines),
    }
