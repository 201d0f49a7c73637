"""Claims on pairs of tasks, networks of many kinds and other sizes: true, false and open where planted so."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from fake_populations import GRID, grid_tables
from fakes import YANG, check_planted, frame

import replicortex as rx
from replicortex.papers.yang2019.claims import ftv, grid
from replicortex.papers.yang2019.claims.ftv_rows import FTV_CLAIMS
from replicortex.papers.yang2019.claims.grid_rows import GRID_CLAIMS, SIZE_CLAIMS
from replicortex.papers.yang2019.families import TASKS
from replicortex.report.intervals import over_networks
from replicortex.scorecard import evaluate

CLAIMS = {claim.id: claim for claim in (*FTV_CLAIMS, *GRID_CLAIMS, *SIZE_CLAIMS)}
MANY, FEW = tuple(f"seed{i}" for i in range(8)), ("seed0", "seed1", "seed2")


def shape(left=0.0, right=0.0, centre=0.0, sides=0.0) -> np.ndarray:
    """Counts of 1000 units: in both end bins, four central bins, and the rest of the middle."""
    counts = np.zeros(20)
    counts[0], counts[19] = left, right
    counts[8:12], counts[[4, 5, 6, 7, 12, 13, 14, 15]] = centre / 4, sides / 8
    return (1000 * counts).round().astype(int)


DISJOINT = shape(left=0.45, right=0.45, sides=0.1)
INCLUSIVE = shape(right=0.4, sides=0.4, centre=0.2)
MIXED = shape(centre=0.35, sides=0.65)
THREE_PEAKS = shape(left=0.25, right=0.25, centre=0.4, sides=0.1)
BROAD = shape(left=0.25, right=0.25, centre=0.15, sides=0.35)
NARROW = shape(centre=1.0)
OF_KIND = {
    ftv.DISJOINT: DISJOINT,
    ftv.INCLUSIVE: INCLUSIVE,
    ftv.MIXED: MIXED,
    ftv.DISJOINT_EQUAL: THREE_PEAKS,
    ftv.DISJOINT_MIXED: BROAD,
}


def histories(labels, weakest=0.95) -> pd.DataFrame:
    levels = dict(zip(labels, np.broadcast_to(weakest, len(labels)), strict=True))
    rows = [
        (label, updates, 32 * updates, task, 0.1 if not updates else levels[label] if task == "contextdm1" else 0.97)
        for label in labels
        for updates in (0, 5000)
        for task in TASKS
    ]
    return frame(YANG["history"], rows, "network updates trials task performance")


def pairs(labels, shapes, control=NARROW) -> dict[str, pd.DataFrame]:
    """shapes: pair -> histogram, or a function from network to it."""
    rows = []
    for label, (pair, counts) in product(labels, shapes.items()):
        own = counts(label) if callable(counts) else counts
        for kind, values in (("task", own), ("rotated", control)):
            rows += [(label, kind, *pair, b, int(v)) for b, v in enumerate(values)]
    table = frame(YANG["ftv_histogram"], rows)
    members = pd.DataFrame({"network": labels, "seed": range(len(labels))})
    return {
        "history": histories(labels),
        "members": members,
        "ftv_histogram": table,
        **rx.analysis.measure_ftv_types(table),
    }


def one_odd(right, wrong):
    """A function from network to histogram: the second of them has the wrong one."""
    return lambda label: wrong if label == "seed1" else right


def kind(pair, wrong):
    right = OF_KIND[pair]
    return pairs(MANY, {pair: right}), pairs(MANY, {pair: wrong}), pairs(FEW, {pair: one_odd(right, wrong)})


def with_reference(tables):
    return {**{f"tanh_gru/{name}": table for name, table in tables.items()}, **pairs(MANY, OF_KIND)}


def narrow(shapes, labels=MANY):
    return with_reference(pairs(labels, shapes))


ALL_NARROW = dict.fromkeys(ftv.KINDS, NARROW)
ODD_EXAMPLE = {
    pair: (lambda label, right=right: NARROW if label == "seed0" else right) for pair, right in OF_KIND.items()
}


def half_way(label):
    """The others disagree among themselves."""
    return THREE_PEAKS if label in ("seed0", "seed2") else NARROW


def population(k, passes, copies=1) -> dict[str, pd.DataFrame]:
    """Tables of the grid: k and passes are functions from the settings (a row of members) to a number, a bool."""
    levels = [values if path in (grid.ACTIVATION, grid.CELL) else values[:2] for path, values in GRID.items()]
    rows = [(f"n{i}", 0, *values) for i, (*values, _) in enumerate(product(*levels, range(copies)))]
    members = pd.DataFrame(rows, columns=["network", "seed", *GRID])
    settings = [row for _, row in members.iterrows()]
    history = histories(members["network"].tolist(), [0.95 if passes(row) else 0.5 for row in settings])
    best_k = pd.DataFrame({"network": members["network"], "k": [float(k(row)) for row in settings], "n_active": 200})
    measured = grid_tables(history, members, best_k)
    return {f"hyperparameters/{name}": t for name, t in {"history": history, "members": members, **measured}.items()}


def saturating(row):
    return row[grid.ACTIVATION] in grid.SATURATING


def leaky(row):
    return row[grid.CELL] == "leaky_rnn"


def by_name(row):
    return int(row["network"][1:])


def as_published(row):
    """tanh and retanh have two clusters, the others 10 to 29; leaky RNNs of the former do not learn."""
    return 2 if saturating(row) else 10 + by_name(row) % 20


def learns(row):
    return not (saturating(row) and leaky(row))


def only(n, rule):
    """Few networks learn: the first n of those that would."""
    seen = []

    def passes(row):
        if rule(row):
            seen.append(row["network"])
        return row["network"] in seen[:n]

    return passes


@cache
def published():
    return population(as_published, learns, copies=4)


def sizes(labels_of, reference=MANY, shapes=None, weakest=0.95):
    """labels_of: number of units -> number of networks; shapes of the other sizes, by default those of the paper."""
    rows = [(f"units={u},seed{s}", s, u) for u, n in labels_of.items() for s in range(n)]
    members = pd.DataFrame(rows, columns=["network", "seed", "network.units"])
    other, same = pairs(members["network"].tolist(), shapes or OF_KIND), pairs(reference, OF_KIND)
    other |= {"members": members, "history": histories(members["network"].tolist(), weakest)}
    for tables in (other, same):
        labels = list(tables["history"]["network"].unique())
        found = [
            (label, kind, 12, value, 11, 13, 200)
            for label in labels
            for kind, value in (("task", 0.4), ("rotated", 0.1))
        ]
        tables["cluster_number"] = frame(YANG["cluster_number"], found)
    return {**{f"sizes/{name}": table for name, table in other.items()}, **same}


def odd_at_each_size(right):
    """One of three networks of a size is of another kind, which spoils what is pooled."""
    return lambda label: NARROW if label.endswith("seed1") else right


# id -> tables on which the claim must come out true, false, and open
PLANTED = {
    "4a": lambda: kind(ftv.DISJOINT, BROAD),
    "4b": lambda: kind(ftv.INCLUSIVE, DISJOINT),
    "4c": lambda: kind(ftv.MIXED, THREE_PEAKS),
    "4d": lambda: kind(ftv.DISJOINT_EQUAL, MIXED),
    "4e": lambda: kind(ftv.DISJOINT_MIXED, MIXED),
    "4x": lambda: (pairs(MANY, OF_KIND), pairs(MANY, ODD_EXAMPLE), pairs(MANY[:5], dict.fromkeys(ftv.KINDS, half_way))),
    "4f-j": lambda: (
        narrow(ALL_NARROW),
        narrow(ALL_NARROW | {ftv.DISJOINT: DISJOINT}),
        narrow(ALL_NARROW | {ftv.DISJOINT: one_odd(NARROW, shape(left=0.3, right=0.3, centre=0.4))}, FEW),
    ),
    "S6": lambda: (
        pairs(MANY, OF_KIND),
        pairs(MANY, OF_KIND, DISJOINT),
        pairs(FEW, dict.fromkeys(OF_KIND, one_odd(MIXED, NARROW)), MIXED),
    ),
    "3-2": lambda: (
        published(),
        population(as_published, lambda row: by_name(row) % 8 == 0, copies=4),
        population(as_published, lambda row: by_name(row) % 2 == 0),
    ),
    "3-3": lambda: (
        published(),
        population(lambda row: 12, learns),
        population(lambda row: 29 if by_name(row) == 5 else 2, lambda row: by_name(row) < 10),
    ),
    "3-4": lambda: (published(), population(lambda row: 3, learns), population(as_published, only(4, learns))),
    "3-5": lambda: (
        published(),
        population(lambda row: 20, learns),
        population(lambda row: 2 if by_name(row) % 2 else 9, learns),
    ),
    "3-6": lambda: (
        published(),
        population(as_published, lambda row: True),
        population(as_published, lambda row: learns(row) or by_name(row) % 5 == 0),
    ),
    "3-7": lambda: (
        published(),
        population(lambda row: 20 * leaky(row) + by_name(row) % 3, lambda row: True, copies=2),
        population(lambda row: 10 * leaky(row) + 10 * saturating(row) + (7 * by_name(row)) % 9, lambda row: True),
    ),
    "N": lambda: (
        sizes({128: 3, 512: 3}),
        sizes({128: 3, 512: 3}, shapes=dict.fromkeys(OF_KIND, NARROW)),
        sizes(
            {128: 3, 512: 3},
            shapes=OF_KIND
            | {pair: odd_at_each_size(OF_KIND[pair]) for pair in (ftv.DISJOINT, ftv.INCLUSIVE, ftv.DISJOINT_MIXED)},
        ),
    ),
}


def row(claim_id, tables):
    return evaluate(tables, scale="laptop", claims=[CLAIMS[claim_id]]).iloc[0]


def test_every_claim_but_the_exact_count_is_planted():
    assert set(PLANTED) | {"3-1"} == set(CLAIMS)


@pytest.mark.parametrize("claim_id", PLANTED)
def test_verdicts_on_planted_tables(claim_id):
    check_planted(lambda tables: row(claim_id, tables), *PLANTED[claim_id]())


def test_the_number_of_networks_is_tested_where_all_are_trained():
    found = row("3-1", published())
    assert (found["verdict"], found["value"]) == ("replicated", 256)
    few = row("3-1", population(as_published, learns, copies=2))
    assert few["verdict"] == "not testable" and few["reason"] == "this scale trains 128 of the 256 networks"


def test_a_pair_is_judged_on_all_networks_and_told_for_each():
    tables = pairs(MANY, {ftv.DISJOINT: one_odd(DISJOINT, MIXED)})
    found = row("4a", tables)
    share = np.sum([DISJOINT] * 7 + [MIXED], axis=0)
    share = share / share.sum()
    middle, ends = share[4:16].sum(), min(share[[0, 1]].sum(), share[[18, 19]].sum())
    assert found["value"] == pytest.approx(min(ends - 0.1, 0.3 - middle))
    assert "each network by itself: 7 of 8, example yes" in found["detail"]
    assert "by the rule disjoint (" in found["detail"]
    nothing = pairs(MANY, {ftv.DISJOINT: np.zeros(20)})
    assert row("4a", nothing)["reason"] == "no unit of any network is active in dm1 or fdanti"
    other = row("4b", tables)
    assert other["verdict"] == "not testable" and "ftv_histogram lacks delaydm1" in other["reason"]


def test_the_order_of_a_pair_does_not_matter_but_which_task_is_wider_does():
    turned = {(b, a): counts[::-1] for (a, b), counts in OF_KIND.items()}
    for claim_id in ("4a", "4b", "4c", "4d", "4e"):
        assert row(claim_id, pairs(MANY, turned))["value"] == row(claim_id, pairs(MANY, OF_KIND))["value"]
    assert row("4b", pairs(MANY, {ftv.INCLUSIVE: INCLUSIVE[::-1]}))["verdict"] == "not replicated"


def test_one_network_gives_numbers_and_no_verdict():
    tables = pairs(MANY[:1], OF_KIND)
    found = row("4a", tables)
    assert found["verdict"] == "inconclusive" and found["value"] > 0
    assert row("4x", tables)["reason"] == "1 networks: the example can be compared with two others or more"
    assert row("S6", tables)["verdict"] == "inconclusive"


def test_a_peak_off_the_centre_is_narrow_all_the_same():
    moved = np.roll(NARROW, 5)
    assert ftv.narrow_margin(moved) == pytest.approx(ftv.narrow_margin(NARROW)) == pytest.approx(0.05)
    assert ftv.narrow_margin(np.full(20, 50)) == pytest.approx(-0.3)
    assert ftv.narrow_margin(np.zeros(20)) == -1


def test_too_little_training_is_no_evidence_that_tanh_networks_cannot_learn():
    found = row("3-6", population(as_published, lambda row: not leaky(row)))
    assert found["verdict"] == "not testable"
    assert found["reason"] == "none of 32 leaky RNNs of any activation is above 0.90 in every task"
    for claim_id in ("3-3", "3-4", "3-5", "3-7"):
        assert row(claim_id, population(as_published, lambda row: False))["verdict"] == "not testable"


def test_another_grid_leaves_the_claims_on_what_it_does_not_vary_open():
    tables = {name: table.copy() for name, table in published().items()}
    tables["hyperparameters/members"] = tables["hyperparameters/members"].drop(columns="network.activation")
    assert row("3-4", tables)["reason"] == "the grid does not vary network.activation"
    assert row("3-2", tables)["verdict"] == "replicated"


def test_sizes_are_told_one_by_one():
    found = row("N", sizes({128: 3, 512: 4}, shapes=OF_KIND | {ftv.DISJOINT: NARROW}))
    assert found["value"] == pytest.approx(6 / 7) and found["n"] == 7
    assert found["detail"] == ("128 units: 6 of 7 hold, 6 as at 256; 512 units: 6 of 7 hold, 6 as at 256; 7 hold there")
    assert row("N", sizes({128: 1, 512: 1}))["verdict"] == "inconclusive"


def test_an_interval_over_networks_is_that_of_a_mean_where_the_statistic_is_one():
    """The mean as a function of weights, against Student's interval."""
    rng = np.random.default_rng(0)
    values = rng.normal(3, 1, 200)
    found = over_networks(lambda w: w @ values / w.sum(axis=1), 200, rng)
    half = 1.972 * values.std(ddof=1) / np.sqrt(200)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)
    few = values[:4]
    student = over_networks(lambda w: w @ few / w.sum(axis=1), 4, rng)
    half = 3.182 * few.std(ddof=1) / 2
    assert student.low <= few.mean() - half * 0.999 and student.high >= few.mean() + half * 0.999
    assert np.isnan(over_networks(lambda w: w @ few[:1] / w.sum(axis=1), 1, rng).low)


def test_an_estimate_over_networks_can_be_made_again_from_some_of_them():
    tables = pairs(MANY, {ftv.DISJOINT: one_odd(DISJOINT, MIXED)})
    whole = ftv.pair_is_of_kind(tables, np.random.default_rng(0), pair=ftv.DISJOINT)
    assert whole.again is not None and whole.again.sizes == (8,)
    part = whole.again.part((np.array([0, 2, 5]),), np.random.default_rng(0))
    without = pairs(("seed0", "seed2", "seed5"), {ftv.DISJOINT: DISJOINT})
    alone = ftv.pair_is_of_kind(without, np.random.default_rng(0), pair=ftv.DISJOINT)
    assert (part.value, part.n) == (alone.value, 3) and part.low == pytest.approx(alone.low)
