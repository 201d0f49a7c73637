"""Claims on task vectors and composite rules: found where planted, refused where not, left open where n is small."""

from __future__ import annotations

import fake_tables
import fakes
import numpy as np
import pandas as pd
import pytest
from fake_vectors import vector_tables
from scipy import stats

from replicortex.papers.yang2019.claims import composition, vectors
from replicortex.papers.yang2019.claims.composition import ANTI_RULES, CONTEXT_RULES, MATCHING_RULES
from replicortex.papers.yang2019.claims.vector_rows import VECTOR_CLAIMS
from replicortex.papers.yang2019.shared import u_tests
from replicortex.scorecard import evaluate

MANY = tuple(f"seed{i}" for i in range(8))
FEW = MANY[:3]
BY_ID = {claim.id: claim for claim in VECTOR_CLAIMS}
SETS = ("anti", "context")
# the columns that are planted: those that statistics read
COLUMNS = {
    "parallelism": "network space set kind from_1 to_1 from_2 to_2 cosine",
    "squares": "network space set extent_1 extent_2 extent_3 side_1 side_2",
    "task_distances": "network task_1 task_2 distance within",
    "composite": "network task combination performance",
}


def frame(rows, name):
    return fakes.frame(fakes.YANG[name], rows, COLUMNS[name])


def history(labels):
    rows = {"network": list(labels), "updates": 5000, "trials": 160_000, "task": "fdgo", "performance": 0.97}
    return {"history": fakes.complete(fakes.YANG["history"], pd.DataFrame(rows))}


def cosines(values, space="activity"):
    """values: cosine of the paper's assignment per network; the other five as for a rectangle."""
    labels = MANY[: len(values)]
    changes = {
        "anti": ("fdgo", "delaygo", "fdanti", "delayanti"),
        "context": ("contextdm1", "contextdm2", "contextdelaydm1", "contextdelaydm2"),
    }
    rows = []
    for label, value in zip(labels, values, strict=True):
        for name, (a, b, c, d) in changes.items():
            for p, q, r, s, number in ((a, b, c, d, value), (a, c, b, d, value), (a, d, b, c, 0.1)):
                kind = "paper" if (p, q) == (a, b) else "shuffled"
                rows.append((label, space, name, kind, p, q, r, s, number))
                rows.append((label, space, name, "shuffled", p, q, s, r, -number))
    return {"parallelism": frame(rows, "parallelism"), **history(labels)}


def squares(ratios):
    """ratios: shorter over longer side per network, of both sets; extents in the same ratio, 0.1 out of the plane."""
    labels = MANY[: len(ratios)]
    rows = [
        (label, "activity", name, 1.0, ratio, 0.1 * ratio, 2 * ratio, 2.0)
        for label, ratio in zip(labels, ratios, strict=True)
        for name in SETS
    ]
    return {"squares": frame(rows, "squares"), **history(labels)}


def distances(ratios):
    """ratios: of the nearest of three pairs, per network."""
    labels = MANY[: len(ratios)]
    rows = [
        (label, *pair, 0.1 * factor * ratio, 0.1)
        for label, ratio in zip(labels, ratios, strict=True)
        for pair, factor in ((("fdgo", "dm1"), 3), (("dm1", "dm2"), 1), (("fdgo", "dm2"), 2))
    ]
    return {"task_distances": frame(rows, "task_distances"), **history(labels)}


def composite(rules, *levels):
    """levels: performance with each combination, a list per network."""
    labels = MANY[: len(levels)]
    rows = [
        (label, rules[0], name, value)
        for label, each in zip(labels, levels, strict=True)
        for name, value in zip(rules, each, strict=True)
    ]
    return {"composite": frame(rows, "composite"), **history(labels)}


ANTI_TRUE, ANTI_FALSE = [0.98, 0.4, 0.3, 0.9], [0.98, 0.95, 0.3, 0.2]
CONTEXT_TRUE, CONTEXT_FALSE = [0.98, 0.5, 0.5, 0.4, 0.8], [0.98, 0.9, 0.5, 0.4, 0.6]


def distributed(angles, anti, context):
    """All five rows of S10 on the experiment with mixed rule inputs."""
    both = pd.concat(
        [composite(rules, *levels)["composite"] for rules, levels in ((ANTI_RULES, anti), (CONTEXT_RULES, context))]
    )
    tables = {**cosines(angles), "composite": both}
    return {f"distributed_rules/{name}": table for name, table in tables.items()}


PLANTED = {
    "6b": lambda: (cosines([0.8] * 8), cosines([0.3] * 8), cosines([0.9, 0.4, 0.6])),
    "6d": lambda: (cosines([0.8] * 8), cosines([0.3] * 8), cosines([0.9, 0.4, 0.6])),
    "6x": lambda: (squares([0.8] * 8), squares([0.3] * 8), squares([0.9, 0.4, 0.6])),
    "S8": lambda: (distances([5] * 8), distances([1.2] * 8), distances([5, 1.5, 3])),
    "S9": lambda: (cosines([0.3] * 8, "rules"), cosines([-0.3] * 8, "rules"), cosines([0.3, -0.1, 0.1], "rules")),
    "7b-1": lambda: (
        composite(ANTI_RULES, *[ANTI_TRUE] * 8),
        composite(ANTI_RULES, *[ANTI_FALSE] * 8),
        composite(ANTI_RULES, ANTI_TRUE, ANTI_FALSE, ANTI_TRUE),
    ),
    "7b-2": lambda: (
        composite(ANTI_RULES, *[ANTI_TRUE] * 8),
        composite(ANTI_RULES, *[ANTI_FALSE] * 8),
        composite(ANTI_RULES, ANTI_TRUE, ANTI_FALSE, ANTI_TRUE),
    ),
    "7c": lambda: (
        composite(CONTEXT_RULES, *[CONTEXT_TRUE] * 8),
        composite(CONTEXT_RULES, *[CONTEXT_FALSE] * 8),
        composite(CONTEXT_RULES, CONTEXT_TRUE, CONTEXT_FALSE, CONTEXT_TRUE),
    ),
    "S10": lambda: (
        distributed([0.8] * 8, [ANTI_TRUE] * 8, [CONTEXT_TRUE] * 8),
        distributed([0.8] * 8, [ANTI_TRUE] * 8, [CONTEXT_FALSE] * 8),
        distributed([0.8, 0.2, 0.9], [ANTI_TRUE] * 3, [CONTEXT_TRUE] * 3),
    ),
    "S11": lambda: (
        composite(MATCHING_RULES, *[[0.98, 0.6, 0.5, 0.5]] * 8),
        composite(MATCHING_RULES, *[[0.98, 0.6, 0.5, 0.9]] * 8),
        composite(MATCHING_RULES, *[[0.98, 0.6, 0.5, level] for level in (0.5, 0.9, 0.6)]),
    ),
}


def row(claim_id, tables):
    return evaluate(tables, scale="laptop", claims=[BY_ID[claim_id]]).iloc[0]


def test_every_claim_is_planted():
    assert set(PLANTED) == set(BY_ID)


@pytest.mark.parametrize("claim_id", PLANTED)
def test_verdicts_on_planted_tables(claim_id):
    fakes.check_planted(lambda tables: row(claim_id, tables), *PLANTED[claim_id]())


@pytest.mark.parametrize("claim_id", PLANTED)
def test_one_network_leaves_every_claim_open(claim_id):
    one = {name: table[table["network"] == "seed0"] for name, table in PLANTED[claim_id]()[0].items()}
    found = row(claim_id, one)
    assert (found["verdict"], found["reason"]) == ("inconclusive", "n = 1 networks: no interval from so few")


def test_made_of_shared_factors_they_hold_and_made_of_unrelated_tasks_they_do_not():
    tables = {**vector_tables(fake_tables.TASKS, MANY, private=0.2), **history(MANY)}
    free = {**vector_tables(fake_tables.TASKS, MANY, private=60.0), **history(MANY)}
    for claim_id in ("6b", "6d", "6x", "S8"):
        assert row(claim_id, tables)["verdict"] == "replicated", claim_id
    for claim_id in ("6b", "6d", "6x"):
        assert row(claim_id, free)["verdict"] == "not replicated", claim_id
    assert "1 - PC 3 / PC 2" in row("6x", free)["detail"]
    assert row("S8", free)["verdict"] == "replicated", "unrelated tasks are distinct too, which its reason admits"


def test_shuffled_assignments_are_drawn_per_network():
    """One network: its cosine and the equal one of the complementary pairing are two of six assignments."""
    table = cosines([0.8])["parallelism"].query("set == 'anti'")
    assert vectors.chance(table, ["seed0"], np.random.default_rng(0)) == pytest.approx(1 / 3, abs=0.02)
    many = cosines([0.8] * 8)["parallelism"].query("set == 'anti'")
    # the median of eight reaches 0.8 if at least five of them do
    expected = stats.binom.sf(4, 8, 1 / 3)
    assert vectors.chance(many, MANY, np.random.default_rng(0)) == pytest.approx(expected, abs=0.01)
    detail = row("6b", cosines([0.8] * 8))["detail"]
    assert "fdgo to delaygo with fdanti to delayanti" in detail
    assert "other pairings: fdgo to fdanti with delaygo to delayanti 0.80, fdgo to delayanti" in detail


def test_a_square_must_be_flat():
    tables = squares([0.9] * 8)
    tables["squares"]["extent_3"] = 0.85
    found = row("6x", tables)
    assert found["verdict"] == "not replicated" and found["value"] == pytest.approx(1 - 0.85 / 0.9)


def test_the_nearest_tasks_decide_and_are_named():
    found = row("S8", distances([5] * 8))
    assert found["value"] == pytest.approx(5)
    assert found["detail"] == "3 tasks with a first stimulus before the go signal; nearest most often dm1 and dm2"


def test_what_was_not_measured_is_told():
    lacking = composite(ANTI_RULES, *[ANTI_TRUE] * 3)
    lacking["composite"] = lacking["composite"].query("combination != 'fdanti'")
    assert row("7b-1", lacking)["reason"] == "composite of delayanti lacks fdanti"
    silent = cosines([np.nan] * 3)
    assert row("6b", silent)["reason"].startswith("no finite cosine (activity, anti) in seed0, seed1")
    assert row("S9", cosines([0.5] * 3))["reason"] == "parallelism of rules lacks anti"
    noiseless = distances([5] * 3)
    noiseless["task_distances"]["within"] = 0.0
    assert "no noise to compare" in row("S8", noiseless)["reason"]
    flat = squares([0.5] * 3)
    flat["squares"][["extent_1", "extent_2", "extent_3"]] = 0.0
    assert row("6x", flat)["reason"] == "no finite PC 2 / PC 1 (anti) in seed0, seed1, seed2"


def test_u_tests_are_scipys_and_compare_the_last_with_the_two_before_it():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.random((9, 5)), columns=list(CONTEXT_RULES))
    found = u_tests(wide)
    assert list(found) == list(CONTEXT_RULES[2:4])
    for name, p in found.items():
        assert p == stats.mannwhitneyu(wide[CONTEXT_RULES[-1]], wide[name]).pvalue
    assert f"p = {found['contextdm1']:.2g} against contextdm1" in composition.told(wide)


def test_the_limits_of_working_lie_half_way_between_guessing_and_certainty():
    assert composition.WORKS == pytest.approx(0.6) and composition.MATCHES == 0.75


def test_in_s10_the_tightest_of_five_decides():
    found = row("S10", distributed([0.55] * 8, [ANTI_TRUE] * 8, [CONTEXT_TRUE] * 8))
    assert found["value"] == pytest.approx(0.05)
    assert found["detail"] == ("6b 0.05, 6d 0.05, 7b-1 0.3, 7b-2 0.2, 7c 0.3; each the distance from its limit")
