"""Shipped networks: packed without loss, checked at every use, and never mixed with trained ones."""

from __future__ import annotations

import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shipped_networks import made_of, made_results

import replicortex as rx
from replicortex import pretrained, shared_settings
from replicortex.config import ConfigError
from replicortex.pipeline import WEIGHTS, Plan, papers
from replicortex.pretrained.__main__ import main
from replicortex.pretrained.manifest import FROM_WEIGHTS, LIMIT, MADE_FROM
from replicortex.pretrained.packing import ROUNDED, rounded
from replicortex.tables import write_table

ROOT = Path(__file__).resolve().parent.parent
CONFIG = {
    "pretrained": True,
    "schedules": {"fast": {}},
    "schedule": "fast",
    "experiments": {
        "reference": {"seeds": 3, "network": {"units": 16, "init": "diag"}},
        "tanh_gru": {"seeds": 2, "network": {"cell": "leaky_gru", "activation": "tanh"}},
    },
}
STUDY = rx.load_config(CONFIG)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    return made_results(STUDY, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def packed(results) -> Path:
    """The networks of the reference, packed once; each test has a copy of its own."""
    pretrained.pack(results, "reference", results.parent / "pretrained")
    return results.parent / "pretrained"


@pytest.fixture
def root(packed, tmp_path) -> Path:
    return Path(shutil.copytree(packed, tmp_path / "pretrained"))


@pytest.fixture
def shipped(root) -> pretrained.Shipped:
    return pretrained.read(root / "laptop" / "reference")


def one_bit_off(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_network_comes_back_byte_for_byte(results, shipped):
    assert list(shipped.networks) == ["seed0", "seed1", "seed2"]
    for label in shipped.networks:
        trained = (results / "networks/reference" / f"{label}.safetensors").read_bytes()
        assert pretrained.weights(shipped, label) == trained
        assert lzma.decompress(shipped.network_path(label).read_bytes()) == trained  # as `xz -d` would


def test_shipped_networks_load_as_an_ensemble(results, root):
    net = pretrained.load("reference", labels=["seed2", "seed0"], root=root)
    there = rx.networks.load(results / "networks/reference/seed2.safetensors")
    assert net.labels == ("seed2", "seed0")
    assert np.array_equal(net.parameters["w_rec"][0], there.parameters["w_rec"][0])


def test_shipped_networks_are_found_from_any_folder(root, tmp_path, monkeypatch):
    """Those of the current folder, or else of the checkout that the package is imported from."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "pretrained/other_models").mkdir(parents=True)  # no manifest below it
    monkeypatch.chdir(elsewhere)
    assert pretrained.home() == Path(rx.__file__).parents[2] / "pretrained"
    assert pretrained.load("reference", labels=["seed3"]).labels == ("seed3",)
    assert len(pretrained.available("laptop", pretrained.home())["reference"].networks) >= 40
    monkeypatch.setenv("REPLICORTEX_PRETRAINED", str(root))
    assert pretrained.home() == root
    assert pretrained.load("reference", labels=["seed2"]).labels == ("seed2",)
    monkeypatch.setenv("REPLICORTEX_PRETRAINED", str(elsewhere))
    with pytest.raises(FileNotFoundError, match=r"REPLICORTEX_PRETRAINED=.*elsewhere: no shipped networks are there"):
        pretrained.load("reference")
    monkeypatch.chdir(root.parent)
    assert pretrained.home() == pretrained.FOLDER == Path(root.name)


def test_a_name_that_is_not_shipped_is_told_with_the_nearest_one_and_where_networks_are(root, tmp_path):
    with pytest.raises(ValueError, match="shipped experiment: 'refrence' is not one of .*did you mean 'reference'"):
        pretrained.load("refrence", root=root)
    with pytest.raises(
        FileNotFoundError, match=r"laptop: no shipped networks .*root=\.\.\. or REPLICORTEX_PRETRAINED="
    ):
        pretrained.load("reference", root=tmp_path)


def test_tables_come_back_exactly_but_for_rounded_columns(results, shipped):
    assert set(shipped.tables) == set(pretrained.TABLES)
    for name in shipped.tables:
        before = pd.read_parquet(results / "tables/reference" / f"{name}.parquet")
        after = pretrained.table(shipped, name).to_pandas()
        coarse = [column for column in before if column in ROUNDED]
        tolerance = 2.0 ** -(8 if name in ("epoch_variance", "anti_rules") else 10)
        pd.testing.assert_frame_equal(after.drop(columns=coarse), before.drop(columns=coarse), check_exact=True)
        pd.testing.assert_frame_equal(after[coarse], before[coarse], check_exact=False, rtol=tolerance, atol=0)
    assert {"performance", "coherence", "duration_ms", "delay_ms", "count"}.isdisjoint(ROUNDED)


def test_a_learning_history_is_that_of_its_network(results, shipped):
    everyone = pd.read_parquet(results / "tables/reference/history.parquet")
    wanted = everyone[everyone.network == "seed1"].reset_index(drop=True)
    found = pretrained.history(shipped, "seed1").to_pandas()
    pd.testing.assert_frame_equal(found, wanted, check_exact=False, rtol=2.0**-10, atol=0)
    exact = ["network", "updates", "trials", "task", "performance"]
    pd.testing.assert_frame_equal(found[exact], wanted[exact], check_exact=True)


def test_what_networks_have_in_common_is_told_once_and_nothing_is_lost():
    everyone = [
        {"seed": 0, "settings": {"grid": {}, "tasks": {"dt": 20, "train": ["dm1"]}, "gone": 1}},
        {"seed": 1, "settings": {"grid": {"a": None}, "tasks": {"dt": 20, "train": ["dm2"]}}},
        {"seed": 2, "settings": {"grid": {}, "tasks": {"dt": 20, "train": []}, "gone": {"b": 0}}},
    ]
    common = shared_settings.shared(everyone)
    assert common == {"settings": {"grid": {}, "tasks": {"dt": 20}}}
    assert [shared_settings.merged(shared_settings.without(each, common), common) for each in everyone] == everyone


def test_the_manifest_tells_where_each_network_came_from(shipped):
    assert shipped.version == rx.__version__ and shipped.seeds == [0, 1, 2]
    for seed, network in enumerate(shipped.networks.values()):
        assert network.provenance["seed"] == seed and network.provenance["wall_s"] == 1.0 + seed
        assert network.provenance["settings"]["network"]["units"] == 16
        assert "host" not in network.provenance
    assert {"code", "versions", "rounded"} <= set(shipped.measured)


def test_packing_twice_gives_the_same_bytes(results, root, tmp_path):
    pretrained.pack(results, "reference", tmp_path / "again")
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(root)).read_bytes(), path


def test_rounding_keeps_ten_bits_and_what_is_no_number():
    values = np.array([1.0, np.pi * 1e-20, -7.123456789, 0.0, np.nan])
    there = rounded(values, 10)
    assert there.dtype == np.float32 and there[3] == 0 and np.isnan(there[4])
    assert (np.abs(there[:3] / values[:3] - 1) <= 2**-10).all()


@pytest.mark.parametrize("file", ["seed1.safetensors.xz", "tables/units.parquet"])
def test_a_damaged_file_is_refused_by_name(root, shipped, file):
    one_bit_off(shipped.folder / file)
    with pytest.raises(ValueError, match=rf"{file}: is not the file that .*manifest.json lists .*restore it"):
        list(pretrained.verify(root))
    with pytest.raises(ValueError, match=file):
        pretrained.weights(shipped, "seed1")
        pretrained.table(shipped, "units")
    pretrained.weights(shipped, "seed0")  # the others are as good as before


def test_another_networks_file_in_its_place_is_refused(shipped):
    shipped.network_path("seed0").write_bytes(shipped.network_path("seed1").read_bytes())
    with pytest.raises(ValueError, match="seed0.safetensors.xz: is not the file"):
        pretrained.weights(shipped, "seed0")


def test_a_missing_and_an_unlisted_file_are_told(root, shipped):
    extra = shipped.folder / "seed9.safetensors.xz"
    extra.write_bytes(b"")
    with pytest.raises(ValueError, match="seed9.safetensors.xz: is not listed"):
        list(pretrained.verify(root))
    extra.unlink()
    shipped.network_path("seed2").unlink()
    with pytest.raises(FileNotFoundError, match="seed2.safetensors.xz: is missing"):
        list(pretrained.verify(root))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-30], "is damaged"),
        (lambda text: text.replace("replicortex-pretrained-3", "something-else"), "format 'something-else'"),
        (lambda text: text.replace('"networks"', '"nets"'), "is damaged"),
        (lambda text: text.replace('"experiment": "reference"', '"experiment": "other"'), "not of this folder"),
        (lambda text: text.replace('"seed1"', '"/tmp/seed1"'), "networks: '/tmp/seed1' is not the name of a file"),
        (lambda text: text.replace('"seed1"', '"../seed1"'), "networks: '../seed1' is not the name of a file"),
        (lambda text: text.replace('"seed1"', '".."'), "networks: '..' is not the name of a file in a folder"),
        (lambda text: text.replace('"seed1"', r'"a\\b"'), "networks: .* is not the name of a file in a folder"),
        (lambda text: text.replace('"seed1"', '"a\\nb"'), "networks: .* is not the name of a file in a folder"),
        (lambda text: text.replace('"units"', '"/etc/passwd"'), "tables_sha256: '/etc/passwd' is not the name"),
    ],
)
def test_a_manifest_that_is_none_is_refused_by_name(shipped, change, message):
    path = shipped.folder / "manifest.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=f"manifest.json: .*{message}"):
        pretrained.read(shipped.folder)


def test_unknown_names_are_told_with_those_there_are(root, shipped):
    with pytest.raises(ValueError, match="shipped network of reference: 'seed7' is not one of seed0, seed1, seed2"):
        pretrained.load("reference", labels=["seed7"], root=root)
    with pytest.raises(ValueError, match="'unit' is not one of .*did you mean 'units'"):
        pretrained.table(shipped, "unit")
    with pytest.raises(ValueError, match="shipped experiment: 'tanh_gru' is not one of reference"):
        pretrained.load("tanh_gru", root=root)


def test_packing_refuses_what_this_pipeline_did_not_make(tmp_path):
    results = made_results(STUDY, tmp_path)
    weights = results / "networks/reference"
    with pytest.raises(FileNotFoundError, match="tanh_gru: no networks there"):
        pretrained.pack(results, "tanh_gru", tmp_path)
    (weights / "seed1.safetensors").write_bytes((weights / "seed0.safetensors").read_bytes())
    with pytest.raises(ValueError, match=r"seed1.safetensors: holds .*'seed0'.* not .*'seed1'"):
        pretrained.pack(results, "reference", tmp_path)
    (weights / "seed1.safetensors").write_bytes(b"weights")
    with pytest.raises(ValueError, match="seed1.safetensors: is no weight file of this pipeline"):
        pretrained.pack(results, "reference", tmp_path)
    (weights / "seed1.safetensors").unlink()
    with pytest.raises(ValueError, match="seed1: in the tables or among the weight files, not in both"):
        pretrained.pack(results, "reference", tmp_path)
    assert not list(tmp_path.glob("laptop/*reference*"))  # nothing half-packed stays


def test_a_table_that_lacks_a_network_is_not_packed(tmp_path):
    results = made_results(STUDY, tmp_path)
    table = results / "tables/reference/lesions.parquet"
    lesions = pd.read_parquet(table)
    write_table(lesions[lesions.network != "seed2"], table, made_of(results))
    with pytest.raises(ValueError, match="pack: table 'reference/lesions' has no rows for seed2"):
        pretrained.pack(results, "reference", tmp_path)


def test_a_study_of_shipped_networks_has_all_of_them_and_no_others(root):
    few = rx.load_config({**CONFIG, "experiments": {**CONFIG["experiments"], "reference": {
        **CONFIG["experiments"]["reference"], "seeds": 1}}})  # fmt: skip
    study = pretrained.shipped_study(few, pretrained.available("laptop", root))
    assert [member.label for member in study["reference"].members()] == ["seed0", "seed1", "seed2"]
    assert study["tanh_gru"].members() == []
    with pytest.raises(ConfigError, match=r"training_length: is missing"):
        Plan(study, papers(), {}, {}).shown("figS_training_length")


def test_an_experiment_that_is_not_shipped_is_refused_and_says_what_is(root):
    study = pretrained.shipped_study(STUDY, {})
    with pytest.raises(ConfigError) as caught:
        Plan(study, papers(), {}, {}).shown("fig2")
    (problem,) = caught.value.problems
    assert problem == (
        "config.yaml: experiments.reference: none of its networks are shipped at scale 'laptop', but 'fig2' shows "
        "them; set pretrained: false to train them (shipped are: none)"
    )


def test_settings_that_the_shipped_networks_do_not_have_are_refused(root):
    other = {"seeds": 3, "network": {"units": 16, "init": "diag", "activation": "relu"}}
    study = rx.load_config({**CONFIG, "experiments": {"reference": other}})
    with pytest.raises(ConfigError) as caught:
        pretrained.shipped_study(study, pretrained.available("laptop", root))
    (problem,) = caught.value.problems
    assert problem.startswith("config.yaml: experiments.reference.network.activation: 'relu', but the shipped")
    assert "trained with 'softplus'; set pretrained: false" in problem


def test_a_setting_younger_than_the_networks_is_at_its_default(root):
    path = root / "laptop/reference/manifest.json"
    content = json.loads(path.read_text())
    del content["provenance_of_all"]["settings"]["network"]["sigma_rec"]
    path.write_text(json.dumps(content))
    assert pretrained.shipped_study(STUDY, pretrained.available("laptop", root))["reference"].seeds == [0, 1, 2]


def test_a_figure_whose_tables_are_not_shipped_is_refused(shipped):
    read = {"reference": ["units", "unit_trace"]}
    assert pretrained.require_tables("fig2", {"reference": shipped}, read) is None
    assert pretrained.shipped_tables(shipped, [*read["reference"], "units"]) == ["units", "unit_trace", "units"]
    del shipped.tables["units"]
    with pytest.raises(ConfigError, match="reference: has no table units, which 'fig2' shows; set remeasure: true"):
        pretrained.require_tables("fig2", {"reference": shipped}, read)
    assert pretrained.shipped_tables(shipped, read["reference"]) == ["unit_trace"]


# steps that are run on shipped tables and the example's weights, and experiments of which networks are shipped
QUICK = [s for s in papers()["yang2019"].steps if s.per != "shard" and not set(s.makes) <= set(pretrained.TABLES)]
TWENTY = rx.load_config(ROOT / "config.yaml").of_kind("rate")


def test_tables_are_either_shipped_or_made_in_seconds():
    quick = {table for step in QUICK for table in step.makes}
    assert quick >= {"members", "weights", "ftv", "sample_trials", "ideal_observer"}
    claimed = rx.scorecard.tables_read()
    shown = {name: names for figure in papers()["yang2019"].figures for name, names in figure.shows.items()}
    read = {table for tables in (claimed, shown) for name, names in tables.items() if name in TWENTY for table in names}
    assert read <= {*pretrained.TABLES, *quick} and not quick & set(pretrained.TABLES)


def test_tables_made_of_others_are_there_if_those_are_shipped(shipped):
    """And what is made of which is what the steps say."""
    assert sorted(table for step in QUICK if WEIGHTS in step.reads for table in step.makes) == sorted(FROM_WEIGHTS)
    made = {table: set(step.reads) & set(pretrained.TABLES) for step in QUICK for table in step.makes}
    assert {name: sources for name, sources in made.items() if sources} == {
        name: set(sources) for name, sources in MADE_FROM.items()
    }
    assert pretrained.shipped_tables(shipped, ["ftv_types", "members"]) == ["ftv_types", "members"]
    del shipped.tables["ftv_histogram"]
    assert pretrained.shipped_tables(shipped, ["ftv_types", "members"]) == ["members"]
    with pytest.raises(ConfigError, match="reference: has no table ftv_types, which 'fig4' shows"):
        pretrained.require_tables("fig4", {"reference": shipped}, {"reference": ["history", "ftv_types"]})


def test_results_of_shipped_networks_have_folders_of_their_own():
    def folder(**switches: bool) -> str:
        return rx.load_config(CONFIG, **switches).folder.as_posix()

    assert folder(pretrained=False) == "results/laptop"
    assert folder() == "results/pretrained/laptop"
    assert folder(remeasure=True) == "results/remeasured/laptop"
    with pytest.raises(ConfigError, match="remeasure: True, but only shipped networks"):
        folder(pretrained=False, remeasure=True)


def test_tables_can_be_shipped_without_their_networks(results, tmp_path):
    root = tmp_path / "tables"
    shipped = pretrained.pack(results, "reference", root, weights=False)
    whole = pretrained.pack(results, "reference", tmp_path / "whole")
    assert not list(root.rglob("*.xz")) and shipped.without_weights and not whole.without_weights
    back = pretrained.read(root / "laptop" / "reference")
    assert back.tables == whole.tables and back.seeds == whole.seeds
    for label, network in back.networks.items():
        assert (network.packed, network.weights) == (None, whole.networks[label].weights)
        assert network.provenance == whole.networks[label].provenance
    assert [line.split(": ", 1)[1] for line in pretrained.verify(root)] == [
        f"3 networks without their weights, {len(pretrained.TABLES)} tables, "
        f"{sum(path.stat().st_size for path in root.rglob('*') if path.is_file()):,} bytes: intact"
    ]
    with pytest.raises(ValueError, match=r"seed1.safetensors.xz: is not shipped, only the tables.*pretrained: false"):
        pretrained.load("reference", labels=["seed1"], root=root)


def test_what_is_made_from_weights_is_not_there_without_them(results, tmp_path):
    shipped = pretrained.pack(results, "reference", tmp_path, weights=False)
    assert pretrained.shipped_tables(shipped, ["units", "ftv_types", "outcome", "unit_trace"]) == [
        "units", "ftv_types", "outcome",
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="no table unit_trace, which 'fig2' shows; set pretrained: false to train"):
        pretrained.require_tables("fig2", {"reference": shipped}, {"reference": ["units", "unit_trace"]})


def test_tables_without_networks_are_left_out_where_networks_are_measured_again(results, tmp_path):
    pretrained.pack(results, "reference", tmp_path, weights=False)
    shipped = pretrained.available("laptop", tmp_path)
    assert pretrained.shipped_study(STUDY, shipped)["reference"].seeds == [0, 1, 2]
    again = rx.load_config(CONFIG, remeasure=True)
    assert pretrained.shipped_study(again, shipped)["reference"].seeds == []


def test_the_command_line_packs_and_verifies(results, tmp_path, capsys):
    root = ["--root", str(tmp_path)]
    assert main([*root, "pack", "--experiment", "reference", "--results", str(results)]) == 0
    assert f"3 networks, {len(pretrained.TABLES)} tables" in capsys.readouterr().out
    assert main([*root, "verify"]) == 0
    alone = ["--root", str(tmp_path / "alone"), "pack", "--tables-only"]
    assert main([*alone, "--experiment", "reference", "--results", str(results)]) == 0
    assert "3 networks without their weights" in capsys.readouterr().out
    one_bit_off(tmp_path / "laptop/reference/seed0.safetensors.xz")
    assert main([*root, "verify"]) == 1
    assert "seed0.safetensors.xz: is not the file" in capsys.readouterr().err


def test_what_the_repository_ships_is_intact_and_small_enough():
    lines = list(pretrained.verify(ROOT / "pretrained"))
    assert len(lines) == len(list((ROOT / "pretrained").glob("*/*/")))
    assert LIMIT == 32_000_000
