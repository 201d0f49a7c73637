"""The revised rows of the primer: a baseline that does as well, or a condition that is not met, must show."""

import fake_primer
import numpy as np
import pandas as pd
import pytest

from replicortex import primer
from replicortex.papers.primer.claims import revised
from replicortex.primer.measure import common, perceptual
from replicortex.primer.trials import Trials
from replicortex.report.claims import NotTestable

CLAIMS = {claim.id: claim for claim in revised.REVISED_CLAIMS}


def judged(claim: str, tables) -> tuple[str, float]:
    estimate = CLAIMS[claim].statistic(tables, np.random.default_rng(0))
    return CLAIMS[claim].threshold.verdict(estimate), estimate.value


def tables_of(claim: str) -> dict[str, pd.DataFrame]:
    return fake_primer.make_tables(CLAIMS[claim].experiment)


def changed(tables, name: str, rows, **columns):
    """A table with other values in some rows."""
    table = tables[name].copy()
    for column, value in columns.items():
        table.loc[rows(table), column] = value
    return {**tables, name: table}


def test_connectivity_is_of_the_strength_nearest_to_twelve_per_cent():
    tables = tables_of("PR-1d-2")
    verdict, value = judged("PR-1d-2", tables)
    assert verdict == "replicated"
    share = 0.99 / (1 + 1e-5 / 1.5e-6)  # at the strength of 1e-5, threshold 0.01
    assert value == pytest.approx(min(1 - abs(np.log2(share * 1.01 / 0.12)), 0.049), abs=0.02)
    chosen = tables["members"][tables["members"]["training.l1_parameters"] == 1e-5]["network"]
    worse = changed(tables, "choice_fit", lambda t: t["network"].isin(chosen), accuracy=0.8)
    assert judged("PR-1d-2", worse)[0] == "not replicated"
    sparse = changed(tables, "connectivity", lambda t: t["threshold"] > 0, connectivity=0.01)
    assert judged("PR-1d-2", sparse)[0] == "not replicated"
    with pytest.raises(NotTestable, match="needs networks without the cost and with it"):
        judged("PR-1d-2", {**tables, "members": tables["members"].query("`training.l1_parameters` > 0")})


def test_separation_counts_by_what_training_added():
    tables = tables_of("PR-2c-2")
    assert judged("PR-2c-2", tables)[0] == "replicated" and judged("PR-2d-2", tables)[0] != "not replicated"
    table = tables["baselines"]
    trained = table[table["source"] == "trained"].set_index("network")["separation"]
    as_before = changed(tables, "baselines", lambda t: t["source"] == "untrained")
    start = table["source"] == "untrained"
    noise = np.random.default_rng(0).uniform(0, 0.01, int(start.sum()))
    as_before["baselines"].loc[start, "separation"] = trained[table[start]["network"]].to_numpy() - noise
    assert judged("PR-2c-2", as_before)[0] != "replicated"  # the filter that was there before explains all of it
    poor = changed(tables, "baselines", lambda t: t["source"] == "trained", forced=0.5)
    assert judged("PR-2d-2", poor) == ("not replicated", 0.0)
    with pytest.raises(NotTestable, match="no network separate more than before"):
        judged("PR-2d-2", changed(tables, "baselines", lambda t: t["source"] == "trained", separation=0.0))


def test_a_network_that_always_chooses_one_separates_nothing():
    tables = tables_of("PR-2e")
    assert judged("PR-2e", tables) == ("replicated", 1.0)
    one = tables["baselines"]["network"].unique()[:12]
    stuck = changed(
        tables, "baselines", lambda t: t["network"].isin(one) & (t["source"] == "trained"), choice_decoded=np.nan
    )
    assert judged("PR-2e", stuck)[1] == pytest.approx(1 - 12 / 81)


def test_updates_to_know_are_those_of_the_first_evaluation_at_three_quarters():
    tables = tables_of("PR-3c-2")
    assert judged("PR-3c-2", tables)[0] == "replicated"
    never = changed(tables, "history", lambda t: t["network"].str.startswith("identity"), performance=0.6)
    assert judged("PR-3c-2", never)[1] > 0  # counts as the whole of the training


def test_silence_counts_only_where_the_task_is_known():
    tables = tables_of("PR-3i-2")
    assert judged("PR-3i-2", tables)[0] == "replicated"
    loud = changed(tables, "memory_decoding", lambda t: t["source"] == "rate", decoded=0.9)
    assert judged("PR-3i-2", loud)[0] == "not replicated"
    guessing = changed(tables, "accuracy", lambda t: t["network"].str.startswith("static"), n_correct=200)
    assert judged("PR-3i-2", guessing)[0] == "not replicated"


@pytest.fixture(scope="module")
def one() -> primer.Trained:
    task = primer.PerceptualDecision(sigma=0.3, delay=100)
    return primer.train(task, units=16, updates=4, evaluate_every=4, log=lambda line: None)["seed0"]


def test_baselines_are_of_the_network_at_its_start_and_of_a_filter_by_a_plain_loop(one):
    found = common.tested(one, "states", 200)
    rows = pd.DataFrame(perceptual.baseline_rows(one, found)).set_index("source")
    assert list(rows.index) == ["trained", "untrained", "filter"] and rows.loc["filter", ["forced"]].isna().all()
    x, h = found.trials.inputs, 0.0
    filtered = perceptual.filtered(one, found.trials)
    for t in range(len(x)):
        h = 0.8 * h + 0.2 * x[t]
        assert np.allclose(filtered[t], h, atol=1e-6)
    assert rows.loc["filter", "sign_decoded"] > 0.8  # a filter of the input alone tells the sign


def test_forced_choice_leaves_waiting_out(one):
    trials: Trials = one.task.draw(2, np.random.default_rng(0))
    outputs = np.zeros((len(trials.inputs), 2, 3), np.float32)
    outputs[-1] = [[9, 1, 0], [9, 0, 1]]
    assert list(perceptual.forced_choice(one.network.run(trials.inputs)._replace(outputs=outputs), trials)) == [1, 2]


def test_a_frequent_label_is_not_decoded_for_being_frequent():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(400, 3)), np.arange(400) % 20 == 0
    assert common.decoded(features, labels) > 0.9 and common.decoded(features, labels, balanced=True) == pytest.approx(
        0.5, abs=0.1
    )
    assert common.decoded(features + 9 * labels[:, None], labels, balanced=True) > 0.95
