"""Claims on tasks learnt one after another: found where planted, refused where not, left open where n is small."""

import fake_learning
import numpy as np
import pandas as pd
import pytest
from fakes import YANG, check_planted, frame

from replicortex.papers.yang2019.claims import continual, transfer
from replicortex.papers.yang2019.claims.learning_rows import LEARNING_CLAIMS
from replicortex.scorecard import NotTestable, evaluate

BY_ID = {claim.id: claim for claim in LEARNING_CLAIMS}
MANY, FEW = range(8), range(3)
TASKS = fake_learning.SEQUENCE


def judged(claim_id, tables):
    claim = BY_ID[claim_id]
    prefixed = {f"{claim.experiment}/{name}": table for name, table in tables.items()}
    return evaluate(prefixed, scale="laptop", claims=[claim]).iloc[0]


def history(curves):
    """curves: (network, task) -> {trials: performance}."""
    rows = [(n, t // 32, t, task, p) for (n, task), curve in curves.items() for t, p in curve.items()]
    return frame(YANG["history"], rows, "network updates trials task performance")


def learnt(times, *, trainable="all", start=0.1, end=0.98):
    """times: (set, task) -> trials to 0.9 of each network, None for one that ends at 0.6; up to a million trials."""
    curves, members = {}, []
    for (before, task), each in times.items():
        for i, trials in enumerate(each):
            label = f"{before},{task},{i}"
            members.append((label, i, before, task, trainable))
            curve = (
                {0: start, 1_000_000: 0.6}
                if trials is None
                else {0: start, trials: 0.9, trials + 10: 0.9001, 1_000_000: end}
            )
            curves[label, task] = curve
    columns = ["network", "seed", "pretrained.member", "tasks.train", "training.trainable"]
    return {"history": history(curves), "members": pd.DataFrame(members, columns=columns)}


def both(anti, context, **options):
    """anti: times of Dly Anti after A and B; context: of Ctx Dly DM 1 after B and A."""
    conditions = [("A", "delayanti"), ("B", "delayanti"), ("B", "contextdelaydm1"), ("A", "contextdelaydm1")]
    return learnt(dict(zip(conditions, (*anti, *context), strict=True)), **options)


def spread(middle, n, by=1.3):
    """n times around a middle."""
    return [int(middle * by**k) for k in np.linspace(-1, 1, n)]


FAST, SLOW, RULES = spread(5_000, 8), spread(30_000, 8), spread(50_000, 8)


def through_rules(final):
    """final: performance at the end of each network, the same in both related conditions."""
    tables = learnt(
        {("A", "delayanti"): [100] * len(final), ("B", "contextdelaydm1"): [100] * len(final)}, trainable="rule"
    )
    ends = dict(zip(range(len(final)), final, strict=True))
    last = tables["history"]["trials"] == 1_000_000
    seeds = tables["history"]["network"].str.rpartition(",")[2].astype(int)
    tables["history"].loc[last, "performance"] = seeds[last].map(ends)
    return tables


def slow_rules(times, related=RULES):
    return learnt({("A", "delayanti"): related, ("B", "delayanti"): times}, trainable="rule")


def pretrained(final):
    curves = {(f"seed{i}", task): {0: 0.1, 50_000: p} for i, p in enumerate(final) for task in ("fdgo", "fdanti")}
    return {"history": history(curves)}


def sequence(final, before=None, last=None, seeds=MANY, strengths=(0, 1), per_task=1000):
    """Networks that learnt in blocks.

    final: strength -> task -> performance at the end, 0.95 where not said; before: strength -> task -> performance just
    before the task's block, 0.2 where not said; last: strength -> trials into the last block at which 0.9 is reached,
    per network.
    """
    curves, members = {}, []
    plan = fake_learning.blocks(["x"], per_task).set_index("task")
    for c in strengths:
        for i in seeds:
            label = f"{c},{i}"
            members.append((label, i, c))
            jitter = 0.004 * (i % 3 - 1)
            for task in TASKS:
                start, end = plan.loc[task, "start_trials"], 7 * per_task
                early = (before or {}).get(c, {}).get(task, 0.2)
                curve = {0: 0.1, start: early + jitter, end: final.get(c, {}).get(task, 0.95) + jitter}
                if task.startswith("context") and last is not None:
                    curve[start + last[c][i]] = 0.9
                curves[label, task] = dict(sorted(curve.items()))
    return {
        "history": history(curves),
        "members": pd.DataFrame(members, columns=["network", "seed", "sequential.strength"]),
        "blocks": fake_learning.blocks([member[0] for member in members], per_task),
    }


FORGOTTEN = {"fdgo": 0.3, "delaygo": 0.4, "dm1": 0.6, "dm2": 0.6, "multidm": 0.8}
KEPT = {0: FORGOTTEN, 1: {}}
DONE = {1: {"dm1": 0.8, "dm2": 0.7, "multidm": 0.75}}
PATH = {"sequential.strength": (0, 1), "regularisers.plastic_fraction": (1.0, 0.1)}


def mixed(shares, path="sequential.strength", seeds=MANY):
    """shares: for the separate and the mixed condition, share of units at each end, per network (or one for all)."""
    rng = np.random.default_rng(0)
    frames, members, curves = [], [], {}
    for value, at_end in zip(PATH[path], shares, strict=True):
        each = np.broadcast_to(at_end, len(seeds))
        for i, share in zip(seeds, each, strict=True):
            label = f"{value},{i}"
            members.append((label, i, value))
            frames.append(fake_learning._units(label, float(share), 400, rng))
            curves |= {(label, task): {0: 0.1, 1000: 0.95} for task in ("contextdm1", "contextdm2")}
    return {
        "history": history(curves),
        "members": pd.DataFrame(members, columns=["network", "seed", path]),
        "ftv": pd.concat(frames, ignore_index=True),
    }


PLASTIC = "regularisers.plastic_fraction"
# id -> tables on which the claim must come out true, false, and open
PLANTED = {
    "7d": lambda: (
        both((FAST, SLOW), (FAST, SLOW)),
        both((FAST, SLOW), (FAST, spread(6_000, 8, 1.1))),
        both((FAST[:3], SLOW[:3]), ([4_000, 9_000, 30_000], [20_000, 25_000, 30_000])),
    ),
    "7e-1": lambda: (through_rules([0.97] * 8), through_rules([0.7] * 8), through_rules([0.97, 0.85, 0.95])),
    "7e-2": lambda: (slow_rules([400_000] * 8), slow_rules([20_000] * 8), slow_rules([400_000, 20_000, 300_000])),
    "7x": lambda: (pretrained([0.975] * 8), pretrained([0.975] * 7 + [0.96]), None),
    "8b": lambda: (
        sequence(KEPT),
        sequence({1: FORGOTTEN}),
        sequence({0: {"fdgo": 0.95}, 1: {"fdgo": 0.952}}, seeds=FEW),
    ),
    "8c-1": lambda: (
        sequence(KEPT),
        sequence({0: FORGOTTEN, 1: {"delaygo": 0.6}}),
        sequence({0: FORGOTTEN, 1: {"delaygo": 0.8}}, seeds=FEW),
    ),
    "8c-2": lambda: (
        sequence(KEPT, DONE),
        sequence(KEPT, {1: {**DONE[1], "dm2": 0.3}}),
        sequence(KEPT, {1: {**DONE[1], "dm2": 0.5}}),
    ),
    "8c-3": lambda: (
        sequence(KEPT, last={0: spread(200, 8), 1: spread(900, 8)}),
        sequence(KEPT, last={0: spread(900, 8), 1: spread(200, 8)}),
        sequence(KEPT, last={0: [200, 900, 500], 1: [300, 400, 900]}, seeds=FEW),
    ),
    "8d": lambda: (mixed((0.3, 0.03)), mixed((0.3, 0.3)), mixed(([0.3, 0.05, 0.2], 0.03), seeds=FEW)),
    "S12a": lambda: (
        mixed((0.3, 0.03), PLASTIC),
        mixed((0.03, 0.3), PLASTIC),
        mixed(([0.3, 0.05, 0.2], 0.03), PLASTIC, FEW),
    ),
}


def test_every_claim_is_planted():
    assert set(PLANTED) == set(BY_ID)


@pytest.mark.parametrize("claim_id", PLANTED)
def test_verdicts_on_planted_tables(claim_id):
    check_planted(lambda tables: judged(claim_id, tables), *PLANTED[claim_id]())


def test_the_less_accelerated_task_decides():
    found = judged("7d", both(([5000] * 8, [50_000] * 8), ([5000] * 8, [15_000] * 8)))
    assert found["value"] == pytest.approx(3, rel=1e-3)
    assert "delayanti 10, contextdelaydm1 3" in found["detail"]


def test_networks_that_never_get_there_only_make_a_speed_up_smaller():
    slow = judged("7d", both((FAST, [None] * 8), (FAST, [None] * 8)))
    assert slow["verdict"] == "replicated" and "1,000,000 (8 of 8 never) after B" in slow["detail"]
    hopeless = judged("7d", both(([None] * 8, SLOW), (FAST, SLOW)))
    assert hopeless["verdict"] == "not replicated" and hopeless["value"] < 1


def test_a_task_known_from_the_start_counts_as_learnt_by_the_first_evaluation():
    known = learnt({("A", "delayanti"): [500, 500]}, start=0.95)
    assert transfer.learning_times(known["history"])["trials"].to_list() == [500, 500]
    once = history({("a", "delayanti"): {0: 0.99}, ("b", "delayanti"): {0: 0.1, 3200: 0.99}})
    assert transfer.learning_times(once).loc["a", "trials"] == 3200
    assert transfer.learning_times(once[:1])["trials"].to_list() == [1]


def test_learning_slowly_is_not_learning_nothing():
    tables = slow_rules([None] * 8)  # they end at 0.6
    assert judged("7e-2", tables)["verdict"] == "replicated"
    still = tables["history"]["network"].str.startswith("B")
    tables["history"].loc[still, "performance"] = 0.15
    found = judged("7e-2", tables)
    assert (found["value"], found["verdict"]) == (0, "not replicated")
    assert "0 gain more than 0.1, 8 are slower" in found["detail"]


def test_early_and_late_tasks_are_those_of_the_halves():
    plan = fake_learning.blocks(["x"], 10)
    assert continual.early_and_late(plan) == (["fdgo", "delaygo"], ["multidm", "contextdm1", "contextdm2"])
    two = plan[plan["block"] < 2]
    assert continual.early_and_late(two) == (["fdgo"], ["delaygo"])
    with pytest.raises(NotTestable, match="one block of tasks"):
        continual.early_and_late(plan[plan["block"] == 0])


def test_a_gain_that_is_the_same_for_all_tasks_is_not_most_for_early_ones():
    found = judged("8b", sequence({0: dict.fromkeys(TASKS, 0.85)}))
    assert found["value"] == pytest.approx(0, abs=1e-9) and found["verdict"] != "replicated"
    assert "early tasks 0.1" in found["detail"]


def test_only_networks_that_learnt_the_last_tasks_count_and_their_number_is_told():
    tables = sequence(KEPT)
    last = (tables["history"]["network"].isin(["1,0", "1,3"])) & (tables["history"]["task"] == "contextdm2")
    tables["history"].loc[last, "performance"] = 0.5
    forgets = (tables["history"]["network"] == "1,0") & (tables["history"]["task"] == "delaygo")
    tables["history"].loc[forgets, "performance"] = 0.0
    found = judged("8c-1", tables)
    assert found["verdict"] == "replicated"
    assert "8 of 8 traditional and 6 of 8 continual networks pass" in found["detail"]
    assert judged("8c-3", tables)["n"] == 16  # slowness counts all


def test_a_condition_without_a_network_that_passed_is_not_testable():
    tables = sequence({0: FORGOTTEN, 1: {"contextdm1": 0.5}})
    for claim in ("8b", "8c-1", "8c-2"):
        found = judged(claim, tables)
        assert found["verdict"] == "not testable"
        assert found["reason"] == (
            "none of 8 networks with sequential.strength 1 ends above 0.8 on both of contextdm1 and contextdm2"
        )


def test_values_of_the_grid_that_the_paper_has_are_needed():
    found = judged("8b", sequence({}, strengths=(0, 10)))
    assert (found["verdict"], found["reason"]) == ("not testable", "there is no network with sequential.strength 1")
    tables = sequence(KEPT)
    tables["members"] = tables["members"].drop(columns="sequential.strength")
    assert "do not differ in sequential.strength; it must take the value 0" in judged("8b", tables)["reason"]


def test_the_example_is_the_first_continual_network_and_the_others_are_counted():
    tables = sequence(KEPT, DONE)
    start = (
        (tables["history"]["network"] == "1,2")
        & (tables["history"]["task"] == "dm1")
        & (tables["history"]["trials"] == 2000)
    )
    tables["history"].loc[start, "performance"] = 0.1
    found = judged("8c-2", tables)
    assert (found["n"], found["n_of"], found["verdict"]) == (512, "trials", "replicated")
    assert (
        found["detail"].startswith("1,0: dm1 0.80, dm2 0.70, multidm 0.75") and "in 7 of 8 networks" in found["detail"]
    )


def test_a_network_without_active_units_is_left_out_of_the_fractions():
    tables = mixed((0.3, 0.03))
    silent = pd.DataFrame([("0,0", "contextdm1", "contextdm2", -1, np.nan)], columns=tables["ftv"].columns)
    tables["ftv"] = pd.concat([tables["ftv"][tables["ftv"]["network"] != "0,0"], silent], ignore_index=True)
    assert judged("8d", tables)["verdict"] == "replicated"
    tables["ftv"] = tables["ftv"].assign(ftv=np.nan)
    assert "no network of a condition has a unit that is active" in judged("8d", tables)["reason"]
    tables["ftv"] = tables["ftv"].assign(task_a="dm1")
    assert "was not measured for contextdm1 and contextdm2" in judged("8d", tables)["reason"]


def test_no_middle_peak_is_no_third_one():
    tables = mixed((0.3, 0.03))
    units = tables["ftv"]
    middle = units["network"].str.startswith("0,") & (units["ftv"].abs() < 0.6)
    units.loc[middle, "ftv"] = np.where(units.loc[middle, "unit"] % 2, 0.4, -0.4)
    found = judged("8d", tables)
    assert (found["verdict"], found["value"]) == ("not replicated", pytest.approx(-0.5))


@pytest.mark.parametrize("claim_id", ["7d", "7e-1", "8b", "8c-1", "8c-3", "8d", "S12a"])
def test_a_claim_on_groups_can_be_made_again_from_some_networks_of_each(claim_id):
    claim, tables = BY_ID[claim_id], PLANTED[claim_id]()[0]
    whole = claim.statistic(tables, np.random.default_rng(0))
    assert set(whole.again.sizes) == {8} and len(whole.again.sizes) == (4 if claim_id == "7d" else 2)
    part = whole.again.part(tuple(np.array([6, 1, 4]) for _ in whole.again.sizes), np.random.default_rng(0))
    kept = tables["members"]["seed"].isin([1, 4, 6])
    names = list(tables["members"].loc[kept, "network"])
    fewer = {name: table[table["network"].isin(names)] for name, table in tables.items()}
    again = claim.statistic(fewer, np.random.default_rng(0))
    assert part.value == pytest.approx(again.value) and part.n == again.n
    assert (part.low, part.high) == pytest.approx((again.low, again.high), rel=0.1, abs=0.05)
