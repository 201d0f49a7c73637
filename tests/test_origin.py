"""What files carry of their origin, and that files of other networks are refused wherever a script reads them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from analysis_networks import random_network
from safetensors.torch import load, save
from shipped_networks import made_of, made_results

import replicortex as rx
from replicortex import checksums, origin, pretrained
from replicortex.origin import Origin, check, dumps, loads, merge, of_network, of_weights
from replicortex.pipeline import WEIGHTS, script
from replicortex.pipeline.kinds import KINDS
from replicortex.tables import origins_of, read_marked, read_table, write_table

ROOT = Path(__file__).resolve().parent.parent
CONFIG = {"schedules": {"paper": {}}, "experiments": {"reference": {"seeds": 2, "network": {"units": 8}}}}
STUDY = rx.load_config(CONFIG)
TABLE = pd.DataFrame({"network": ["seed0", "seed0"], "value": [0.5, 0.25]})
SETTINGS = {"scale": "laptop", "schedule": {"name": "fast"}, "network": {"units": 256}}
TOLD = {"experiment": "reference", "label": "seed0", "seed": 0, "configuration": "a" * 64, "settings": SETTINGS}
ONE = of_network(TOLD)


@pytest.fixture
def support(monkeypatch):
    """The module that all scripts read and write with, as at the start of a script that the plan has called."""
    monkeypatch.setattr(script, "_origins", [])
    monkeypatch.setattr(script, "_wanted", [frozenset({ONE.mark})])
    return script


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "results/laptop/tables/reference"
    made.mkdir(parents=True)
    return made


def test_the_mark_tells_settings_seeds_labels_experiments_and_scales_apart_and_nothing_else():
    others = [{"experiment": "x"}, {"label": "seed1"}, {"seed": 1}, {"configuration": "b" * 64},
              {"settings": {**SETTINGS, "scale": "smoke"}}]  # fmt: skip
    marks = {of_network(TOLD | change).mark for change in [{}, *others]}
    assert len(marks) == 6
    same = [{"wall_s": 3.0}, {"source": "shipped"}, {"settings": {"scale": "laptop"}}]
    assert {of_network(TOLD | change).mark for change in same} == {ONE.mark}


def test_files_that_say_nothing_have_no_origin():
    assert of_network({}) is None and of_network({**TOLD, "settings": None}) is None
    assert of_network({key: value for key, value in TOLD.items() if key != "configuration"}) is None
    for damaged in (None, "", "{", "[1]", "[{}]", '{"a": 1}', json.dumps([{"experiment": "x", "networks": 3}])):
        assert loads(damaged) == ()


def test_the_facts_of_a_footer_come_with_the_networks():
    elsewhere = of_network(TOLD | {"label": "seed1", "settings": {**SETTINGS, "imported": {"files": ["a.npz"]}}})
    assert (ONE.schedules, ONE.units, ONE.sources) == (("fast",), (256,), ("trained here",))
    (both,) = merge([ONE, elsewhere, ONE])
    assert both.sources == ("trained here", "trained elsewhere") and list(both.networks) == ["seed0", "seed1"]
    assert loads(dumps([both])) == (both,)
    listed = Origin("reference", "laptop", both.networks)  # as a table has it that is made from the configuration
    assert listed.mark == both.mark and merge([listed, both]) == (both,)
    assert len(merge([ONE, replace(ONE, scale="smoke"), Origin("reference", basis="c")])) == 3
    with pytest.raises(ValueError, match="seed0 of 'reference' has one origin in one file and another in the next"):
        merge([ONE, replace(ONE, networks={"seed0": "0"})])


def test_the_plan_wants_what_the_training_writes(tmp_path):
    results = made_results(STUDY, tmp_path)
    (made,) = made_of(results)
    wanted = origin.of_members("reference", "laptop", STUDY["reference"].members())
    assert made.mark == wanted.mark and len(wanted.networks) == 2 and made.units == (8,)
    bigger = rx.load_config({**CONFIG, "experiments": {"reference": {"seeds": 2, "network": {"units": 9}}}})
    other = origin.of_members("reference", "laptop", bigger["reference"].members())
    assert set(other.networks) == set(made.networks) and set(other.networks.values()).isdisjoint(made.networks.values())


def test_a_table_carries_its_origin(folder):
    path = folder / "units.parquet"
    write_table(TABLE, path, [ONE])
    first = path.read_bytes()
    columns, found = read_marked(path, required=True)
    assert found == origins_of(path) == (ONE,)
    pd.testing.assert_frame_equal(read_table(path), TABLE)
    write_table(columns, path)  # what is read and written again does not pass for what it was made from
    assert read_marked(path)[1] == ()
    write_table(TABLE, path, [ONE])
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([], "does not say which networks it was made from"),
        ([replace(ONE, networks={"seed0": "0" * 16})], "holds seed0 of 'reference' at scale 'laptop', fingerprint "),
        ([of_network(TOLD | {"seed": 1})], "other settings, seeds or another scale"),
        ([replace(ONE, scale="smoke")], "at scale 'smoke'"),
        ([ONE, replace(ONE, experiment="sizes")], "holds seed0 of 'sizes'"),
    ],
)
def test_other_networks_are_refused_in_one_line(held, said):
    path = Path("results/laptop/tables/reference/units.parquet")
    with pytest.raises(ValueError) as told:
        check(path, held, {ONE.mark})
    (line,) = str(told.value).splitlines()
    assert line.startswith(f"{path}: ") and said in line and f"wanted is fingerprint {ONE.mark}" in line
    assert line.endswith("; delete it, and run again")
    check(path, [ONE], {ONE.mark, "another"})


def test_a_table_in_the_folder_of_another_experiment_is_refused():
    with pytest.raises(ValueError, match="it was copied or renamed"):
        check("results/laptop/tables/sizes/units.parquet", [ONE], {ONE.mark})
    check("results/laptop/scorecard/scorecard.parquet", [ONE], {ONE.mark})  # of all experiments, here of one


def test_scripts_take_no_table_that_pandas_saved(support, folder):
    path = folder / "units.parquet"
    write_table(TABLE, path, [ONE])
    assert support.read_table(path)["value"].tolist() == [0.5, 0.25]
    changed = pd.read_parquet(path)
    changed["value"] = 1.0
    changed.to_parquet(path, index=False)
    with pytest.raises(ValueError, match=r"units.parquet: carries no checksum.*; delete it, and run again$"):
        support.read_table(path)
    write_table(changed, path)
    with pytest.raises(ValueError, match="does not say which networks"):
        support.read_table(path)
    support._wanted.clear()  # called by hand, a script takes any table
    assert support.read_table(path)["value"].tolist() == [1.0, 1.0]


def test_scripts_pass_on_what_they_have_read(support, folder):
    other = of_network(TOLD | {"label": "seed1", "seed": 1})
    support._wanted[:] = [frozenset({ONE.mark, other.mark})]
    for name, one in (("a", ONE), ("b", other)):
        write_table(TABLE, folder / f"{name}.parquet", [one])
        support.read_table(folder / f"{name}.parquet")
    support.write_tables({"made": TABLE}, folder)
    support.write_tables({"part": TABLE}, folder, [ONE])
    assert origins_of(folder / "made.parquet") == merge([ONE, other]) and origins_of(folder / "part.parquet") == (ONE,)


def test_a_footer_is_taken_from_the_files(support, folder):
    from replicortex.report.footers import setting

    with pytest.raises(ValueError, match="do not say which networks they are of"):
        setting()
    far = replace(ONE, experiment="sizes", units=(128, 512), sources=("trained elsewhere",), schedules=("fast", "slow"))
    support._origins += [ONE, Origin("reference", basis="a"), far]
    told = setting()
    assert told.each["reference"].units == 256 and told.each["sizes"].units == "128, 512"
    assert told.each["sizes"].schedule == "fast; slow" and told.scale == "laptop"
    assert told.networks == "trained here (reference), trained elsewhere (sizes)"
    support._origins.append(replace(ONE, scale="smoke"))
    with pytest.raises(ValueError, match="are of the scales laptop, smoke"):
        setting()


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"configuration": "b" * 64}, {"settings": {**SETTINGS, "scale": "smoke"}}]
)
def test_scripts_take_no_network_of_the_same_name_and_other_settings(support, tmp_path, change):
    path = tmp_path / "networks/reference/seed0.safetensors"
    for told in (TOLD, TOLD | change):
        net = replace(random_network(4), labels=("seed0",), metadata=told)
        rx.networks.save_ensemble(path, net)
        if told is TOLD:
            assert support.network(path, KINDS["rate"], WEIGHTS).labels == ("seed0",)
        else:
            with pytest.raises(ValueError, match=r"seed0.safetensors: holds seed0 .* but wanted is fingerprint"):
                support.network(path, KINDS["rate"], WEIGHTS)


def test_shipped_weights_are_sealed_when_they_are_unpacked(tmp_path):
    """Weights from before there were checksums: every bit counts once they lie below results/."""
    results = made_results(STUDY, tmp_path)
    path = results / "networks/reference/seed0.safetensors"
    tensors, notes = load(path.read_bytes()), checksums.safetensors_notes(path.read_bytes())
    path.write_bytes(save(tensors, notes))
    assert checksums.KEY.encode() not in path.read_bytes()
    shipped = pretrained.pack(results, "reference", tmp_path / "pretrained")
    content = pretrained.marked_weights(shipped, "seed0")
    target = tmp_path / "unpacked/reference/seed0.safetensors"
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    found = rx.networks.load(target, required=True)
    assert all(np.array_equal(found.parameters[name], tensor) for name, tensor in tensors.items())
    (told,) = of_weights(target)
    assert told.sources == (f"shipped with replicortex v{rx.__version__}",)
    assert told == pretrained.origin_of(shipped, ["seed0"])
    wanted = origin.of_members("reference", "laptop", STUDY["reference"].members())
    assert pretrained.origin_of(shipped).mark == wanted.mark
    for place in np.random.default_rng(0).integers(len(content), size=100):
        flipped = bytearray(content)
        flipped[place] ^= 1
        target.write_bytes(flipped)
        with pytest.raises(ValueError, match="seed0.safetensors: "):
            rx.networks.load(target, required=True)


def test_every_rule_that_reads_results_says_what_it_wants():
    reads_none = {"observers", "measure_recordings", "force_teaching", "members", "unpack_table", "unpack_network",
                  "force_train", "primer_train"}  # fmt: skip
    for path in sorted((ROOT / "rules").glob("*.smk")):
        for command in re.findall(r"shell:\n\s+command\(((?:[^)]|\n)+)\)\n", path.read_text(encoding="utf-8")):
            script = re.search(r'"(\w+)\.py"', command).group(1)
            assert ("--wanted {params.wanted}" in command) == (script not in reads_none), (path.name, script)
