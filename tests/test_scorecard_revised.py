"""Revised and added statistics: judged on later networks alone, each against a plain reference and planted tables."""

from dataclasses import replace
from datetime import datetime, timedelta

import fake_controls
import fake_tables
import numpy as np
import pandas as pd
import pytest
from fake_circuit import DM
from fakes import YANG, frame
from scipy import stats

from replicortex import pretrained
from replicortex.analysis import ftv_peaks
from replicortex.papers.yang2019.claims import CLAIMS, circuit, controlled, peaks, profiles
from replicortex.papers.yang2019.claims.cohorts import COHORTS
from replicortex.report.claims import with_revised
from replicortex.report.cohorts import newer, trained_after
from replicortex.report.rows import all_claims
from replicortex.scorecard import evaluate

BY_ID = {claim.id: claim for claim in CLAIMS}
LATE = [claim for claim in CLAIMS if claim.written]
NEW = tuple(f"seed{seed}" for seed in range(40, 48))
OLD = ("seed0", "seed1")
ANTI = dict.fromkeys(("fdanti", "reactanti", "delayanti"), 0.5)


def verdict(claim, tables, scale="laptop"):
    card = evaluate(tables, scale=scale, claims=[claim if not isinstance(claim, str) else BY_ID[claim]])
    return card.iloc[0]


def population(networks, **tables):
    made = fake_tables.make_tables(networks)
    return {"history": made["history"], "members": made["members"], **tables}


# which networks count


def test_a_revised_statistic_is_about_the_same_statement_and_says_why():
    revised = [claim for claim in CLAIMS if claim.revises]
    assert len(revised) >= 15
    for claim in revised:
        first = BY_ID[claim.revises]
        same = ("panel", "statement", "experiment", "learnt")
        assert all(getattr(claim, name) == getattr(first, name) for name in same), claim.id
        assert claim.statistic is not first.statistic and len(claim.because) > 40, claim.id
        assert not first.written and not first.by_construction, "the first one keeps its verdict"
    with pytest.raises(ValueError, match="revises 4d without written and because"):
        replace(BY_ID["4d*"], because="")


def begun(network):
    """When the training of a shipped network began, UTC: it ended no later than the manifest says."""
    ended = datetime.fromisoformat(network.trained)
    return (ended - timedelta(seconds=network.provenance["wall_s"])).isoformat(timespec="seconds")


def too_old(claim, shipped):
    """Shipped networks that a statistic is judged on though their training began before it was written."""
    found = []
    for experiment in {claim.experiment, *(claim.table(need)[0] for need in claim.reads())} & shipped.keys():
        networks = shipped[experiment].networks
        seeds = [network.provenance["seed"] for network in networks.values()]
        members = pd.DataFrame({"network": list(networks), "seed": seeds})
        fresh = newer(claim.cohorts, experiment, members, claim.written)
        found += [label for label in fresh if begun(networks[label]) < claim.written]
    return found


def test_no_shipped_network_is_older_than_a_statistic_that_it_judges():
    """Dates of statistics against dates of trainings, of every paper."""
    shipped = pretrained.available("laptop", pretrained.home())
    late = [claim for claim in all_claims() if claim.written]
    assert {claim.id for claim in late} > {claim.id for claim in LATE}
    assert {claim.id: too_old(claim, shipped) for claim in late if too_old(claim, shipped)} == {}
    for claim in LATE:
        moments = [each.trained_after for each in claim.cohorts if each.experiment == claim.experiment]
        assert max(moments) >= claim.written


def test_an_old_network_that_is_declared_fresh_is_found():
    shipped = pretrained.available("laptop", pretrained.home())
    old = [label for label, each in shipped["reference"].networks.items() if begun(each) < BY_ID["4a*"].written]
    assert len(old) == 40 and "seed39" in old
    early = tuple(replace(each, first_seed=min(each.first_seed, 38)) for each in COHORTS)
    assert too_old(replace(BY_ID["4a*"], cohorts=early), shipped) == ["seed38", "seed39"]
    for network in shipped["reference"].networks.values():  # and none is older than its cohort says
        assert begun(network) >= trained_after(COHORTS, "reference", network.provenance["seed"])


def test_only_later_networks_are_judged_and_the_first_row_takes_all():
    maps = fake_tables.make_tables((*OLD, *NEW))["group_maps"]
    assert verdict("S7-1", population(OLD, group_maps=maps[maps["network"].isin(OLD)]))["verdict"] == "not testable yet"
    # old networks need not even have been measured
    late = verdict("S7-1", population((*OLD, *NEW), group_maps=maps[maps["network"].isin(NEW)]))
    assert (late["verdict"], late["n"]) == ("replicated", 8)
    assert "written" in verdict("S7-1", population(OLD, group_maps=maps[maps["network"].isin(OLD)]))["reason"]
    everyone = verdict("5d", fake_tables.make_tables((*OLD, *NEW)))
    assert everyone["n"] == 10


def test_a_network_that_has_not_learnt_takes_no_verdict_from_the_others():
    tables = fake_tables.make_tables(NEW)
    history = tables["history"]
    last = history["updates"] == history["updates"].max()
    slow = last & history["network"].isin(NEW[:2]) & (history["task"] == "multidm")
    tables["history"] = history.assign(performance=history["performance"].mask(slow, 0.8))
    card = verdict("5d", tables)
    assert card["n"] == 6 and "seed40 0.800, seed41 0.800" in card["detail"]
    assert verdict("1c", tables)["n"] == 8, "whether they learn is what this row is about"
    tables["history"] = history.assign(performance=history["performance"].mask(last, 0.8))
    none = verdict("5d", tables)
    assert none["verdict"] == "not testable yet" and "none of 8 networks has learnt" in none["reason"]
    assert verdict("5d", tables, scale="smoke")["verdict"] == "smoke"


def test_each_revised_row_follows_its_first():
    ids = [claim.id for claim in CLAIMS]
    assert all(ids.index(claim.id) == ids.index(claim.revises) + 1 for claim in CLAIMS if claim.revises)
    assert with_revised([BY_ID["4a"]], [BY_ID["4a*"]]) == (BY_ID["4a"], BY_ID["4a*"])


# peaks of FTV


def histogram(**bins):
    counts = np.full(20, 10.0)
    for name, value in bins.items():
        counts[int(name[1:])] = value
    return counts


PLANTED = {
    "disjoint": histogram(b0=200, b19=200),
    "inclusive": histogram(b0=2, b19=100),
    "mixed": np.array([1, 2, 4, 8, 15, 20, 30, 35, 40, 45, 45, 40, 35, 30, 20, 15, 8, 4, 2, 1.0]),
    "equal": np.array([0, 0, 1, 1, 1, 1, 2, 3, 40, 90, 90, 40, 3, 2, 1, 1, 1, 1, 0, 0.0]),
    "disjoint-equal": np.array([30, 4, 4, 4, 4, 4, 5, 8, 40, 60, 60, 40, 8, 5, 4, 4, 4, 4, 4, 30.0]),
    "disjoint-mixed": np.array([40, 10, 10, 10, 15, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 15, 10, 10, 10, 40.0]),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_every_kind_is_found_by_its_peaks_whatever_the_number_of_silent_units(kind):
    counts = PLANTED[kind]
    assert ftv_peaks.classify_peaks(counts[None])[0] == kind
    assert ftv_peaks.classify_peaks(counts[None, ::-1])[0] == kind
    margins = ftv_peaks.peak_margins(counts)
    assert sum(float(margin) > 0 for margin in margins.values()) == 1 and margins[kind] > 0
    assert ftv_peaks.classify_peaks(50 * counts[None])[0] == kind


def test_peaks_are_bins_over_shoulders():
    counts = PLANTED["disjoint-equal"]
    ends = ftv_peaks.end_peaks(counts)
    assert ends.plus == pytest.approx(np.log2(30.25 / 4.5)) and ends.minus == ends.plus
    assert ftv_peaks.central_peak(counts) == pytest.approx(np.log2(60.25 / (np.mean([4, 4, 5]) + 0.5)))
    assert ftv_peaks.includes_margin(PLANTED["inclusive"]) > 0 > ftv_peaks.includes_margin(PLANTED["inclusive"][::-1])
    empty = np.zeros(20)
    assert ftv_peaks.classify_peaks(empty[None])[0] == "no units" and ftv_peaks.includes_margin(empty) == -1
    assert peaks.three_peaks(counts) > 0 > peaks.three_peaks(PLANTED["equal"])
    with pytest.raises(ValueError, match=r"expected \(..., 20\)"):
        ftv_peaks.end_peaks(np.zeros(19))


# controls


def test_batches_are_resampled_and_not_trials():
    values = np.repeat([[0.0, 1.0]], 20, axis=0).repeat(4, axis=1)  # 20 tasks, 8 batches
    drawn = controlled.resampled_means(values, np.random.default_rng(0), 4000)
    reference = [np.random.default_rng(i).choice(values[0], 8).mean() for i in range(4000)]
    assert drawn.shape == (4000, 20)
    assert drawn[:, 3].std() == pytest.approx(np.std(reference), rel=0.06)
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.long
def test_the_anti_cluster_must_exceed_random_sets():
    def tables(control=0.02, **lost):
        return population(
            NEW, lesion_batches=fake_controls.lesion_batches(NEW, fake_tables.TASKS, ANTI | lost, control)
        )

    assert verdict("2e-1*", tables())["verdict"] == "replicated"
    assert verdict("2e-1*", tables())["value"] == pytest.approx(0.5 - 0.02 - 0.2 - 0.19)
    assert verdict("2e-1*", tables(control=0.35))["verdict"] == "not replicated"
    assert verdict("2e-1*", tables(dm1=0.6))["verdict"] == "not replicated", "another task suffers as much"
    for n in (1, 2):
        few = fake_controls.lesion_batches(NEW[:n], fake_tables.TASKS, ANTI, 0.0)
        row = verdict("2e-1*", population(NEW[:n], lesion_batches=few))
        assert row["verdict"] == "inconclusive", "a median over networks takes three, however many batches there are"
        assert "over batches" in row["detail"]


def test_a_margin_over_batches_has_the_error_of_a_mean_of_batches():
    rng = np.random.default_rng(2)
    own = np.clip(rng.normal(0.4, 0.1, (20, 64)), 0, 1)
    drawn = controlled.resampled_means(own, rng, 5000)
    np.testing.assert_allclose(drawn.std(axis=0), own.std(axis=1) / 8, rtol=0.06)


@pytest.mark.parametrize("lesion,task,row", [("1", 0, "5b-1*"), ("2", 1, "5b-2*")])
def test_a_group_must_matter_more_than_random_sets(lesion, task, row):
    made = fake_tables.make_tables(NEW)
    lesions = made["group_lesions"]

    def judged(**control):
        random = fake_controls.random_lesions(NEW, {**fake_controls.GROUPS, **control})
        return verdict(row, population(NEW, group_lesions=lesions, random_lesions=random))

    assert judged()["verdict"] == "replicated"
    assert judged(**{lesion: 0.5})["verdict"] == "not replicated"
    wide = lesions[lesions["lesion"] == lesion].pivot(index="network", columns="task", values="performance")
    whole = lesions[lesions["lesion"] == "intact"].pivot(index="network", columns="task", values="performance")
    drop = whole - wide
    others = drop.drop(columns=DM[task]).max(axis=1)
    least = min((drop[DM[task]] - others).median(), (0.97 - wide[DM[task]]).median())
    assert judged()["value"] == pytest.approx(least)


def test_group_12_must_matter_more_than_half_of_the_units():
    lesions = fake_tables.make_tables(NEW)["group_lesions"]
    for level, expected in ((0.95, "replicated"), (0.5, "not replicated")):
        random = fake_controls.random_lesions(NEW, {**fake_controls.GROUPS, "12": level})
        assert verdict("5b-3*", population(NEW, group_lesions=lesions, random_lesions=random))["verdict"] == expected


@pytest.mark.parametrize(
    "row,table,column,where",
    [
        ("2c-1*", "control_silhouettes", "silhouette", ("kind", "shuffled")),
        ("2c-1*", "control_silhouettes", "silhouette", ("kind", "rotated")),
        ("S5", "cluster_blocks", "explained", ("kind", "shuffled")),
        ("5d-2", "group_outputs", "norm", ("group", "1")),
    ],
)
def test_a_control_as_large_as_the_effect_refuses_the_row(row, table, column, where):
    made = fake_controls.control_tables(NEW, fake_tables.TASKS)[table]
    assert verdict(row, population(NEW, **{table: made}))["verdict"] == "replicated"
    large = made.assign(**{column: made[column].mask(made[where[0]] == where[1], 9.0)})
    assert verdict(row, population(NEW, **{table: large}))["verdict"] == "not replicated"


def test_the_projected_cosine_decides_6d():
    made = fake_controls.control_tables(NEW, fake_tables.TASKS)["projected"]
    assert verdict("6d*", population(NEW, projected=made))["value"] == 0.75
    turned = made.assign(cosine=made["cosine"].mask(made["kind"] == "paper", 0.3))
    assert verdict("6d*", population(NEW, projected=turned))["verdict"] == "not replicated"


# clusters, choices, weights


def curves(best):
    rows = [
        (network, "task", k, restart, 0.3 - 0.01 * abs(k - k0))
        for network, k0 in zip(NEW, best, strict=True)
        for k in range(2, 30)
        for restart in (0, 1)
    ]
    return frame(YANG["silhouette"], rows)


def test_the_number_of_clusters_is_that_of_the_mean_curve():
    assert verdict("2c-2*", population(NEW, silhouette=curves([14] * 8)))["value"] == 14
    assert verdict("2c-2*", population(NEW, silhouette=curves([14] * 8)))["verdict"] == "replicated"
    assert verdict("2c-2*", population(NEW, silhouette=curves([5] * 8)))["verdict"] == "not replicated"
    assert verdict("2c-2*", population(NEW, silhouette=curves([8] * 4 + [15] * 4)))["verdict"] == "inconclusive"
    mean = profiles.mean_curves(population(NEW, silhouette=curves(range(10, 18))))
    assert mean.shape == (8, 28) and mean.to_numpy()[0].argmax() + 2 == 10


def test_correlations_are_pearsons():
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([["a", "b"], range(9)], names=["network", "cluster"])
    table = pd.DataFrame(rng.random((18, 20)), index=index, columns=list(fake_tables.TASKS))
    found = profiles.correlations(table)
    delayed = table.loc["a", "delaydm1 delaydm2 contextdelaydm1 contextdelaydm2 multidelaydm".split()].mean(axis=1)
    plain = table.loc["a", "dm1 dm2 contextdm1 contextdm2 multidm".split()].mean(axis=1)
    assert found.loc["a", "plain"] == pytest.approx(stats.pearsonr(delayed, plain).statistic)


def test_influence_is_what_a_sign_changes():
    rows = [
        ("n", "x", c1, c2, n1, 10 - n1, 5)
        for (c1, c2), n1 in {(-0.1, -0.1): 0, (-0.1, 0.1): 4, (0.1, -0.1): 6, (0.1, 0.1): 10}.items()
    ]
    maps = frame(YANG["group_maps"], rows)
    assert circuit.influence(maps, 1).loc["n", "x"] == pytest.approx(0.8 - 0.2)
    assert circuit.influence(maps, 2).loc["n", "x"] == pytest.approx(0.7 - 0.3)


def test_tuning_is_compared_in_direction_and_in_size():
    from fake_circuit import HEIGHT, _tuning

    def tables(second):
        heights = {**HEIGHT, "modality 1": {"1": 2.0, "2": second, "12": 1.2}}
        made = fake_tables.make_tables(NEW)
        tuning = _tuning(np.random.default_rng(0), NEW, heights, {})
        return population(NEW, group_tuning=tuning, context_groups=made["context_groups"])

    some = tables(0.6)
    assert verdict("5c*", some)["verdict"] == "replicated" and verdict("5c-2", some)["verdict"] == "not replicated"
    assert verdict("5c-2", some)["value"] == pytest.approx(0.3, abs=0.02)
    assert verdict("5c-2", tables(0.05))["verdict"] == "replicated"
    assert verdict("5c*", tables(1.5))["verdict"] == "not replicated"


@pytest.mark.long
def test_each_weight_counts_by_itself():
    """Two weights that vary around a small value are not negative because the smaller one of each network is."""
    rng = np.random.default_rng(4)
    names = ("1", "2", "12")
    rows = [
        (network, a, b, 40, 0.01 + 0.01 * rng.normal() if b == "12" else 0.3)
        for network in (f"seed{seed}" for seed in range(40, 80))
        for a in names
        for b in names
    ]
    many = tuple(f"seed{seed}" for seed in range(40, 80))
    groups = fake_tables.make_tables()["context_groups"].query("network == 'seed0'")
    groups = pd.concat([groups.assign(network=network) for network in many], ignore_index=True)
    table = frame(YANG["group_connections"], rows)
    tables = population(many, group_connections=table, context_groups=groups)
    assert verdict("5e-2*", tables)["value"] > verdict("5e-2", tables)["value"]
    assert verdict("5e-2*", tables)["verdict"] == "replicated"


def test_an_ignored_modality_has_a_larger_sigma():
    def fits(ignored):
        rows = [(n, t, c, 800, s) for n in NEW for t in ("contextdm1", "contextdm2")
                for c, s in (("attended", 0.01), ("ignored", ignored))]  # fmt: skip
        given = "network task curve duration_ms sigma"
        return population(NEW, psychometric_fit=frame(YANG["psychometric_fit"], rows, given))

    assert verdict("S2h", fits(1.0))["verdict"] == verdict("S2i", fits(1.0))["verdict"] == "replicated"
    assert verdict("S2h", fits(0.05))["verdict"] == "not replicated"


def test_variance_weighs_the_units_of_one_task():
    rows = [
        (network, unit, task, value)
        for network in NEW
        for unit, pair in enumerate([(1.0, 1.0), (1.0, 0.9), (0.0, 0.01)])
        for task, value in zip(("delaydm1", "dm1"), pair, strict=True)
    ]
    variance = frame(YANG["task_variance"], rows)
    card = verdict("4b-2", population(NEW, task_variance=variance))
    assert card["value"] == pytest.approx(0.01 / 1.91) and card["verdict"] == "replicated"
    assert "0.333 of the units" in card["detail"]
