"""Networks added to shipped ones: what was there keeps its bits, and what does not fit changes nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shipped_networks import made_of, made_results

import replicortex as rx
from replicortex import pretrained
from replicortex.pretrained.__main__ import main
from replicortex.readers.tables import unpacked_columns
from replicortex.tables import write_table

pytestmark = pytest.mark.long

CONTROLS = ("random_lesions", "projected", "condition_scores")
ENDED = 1_796_066_801  # 2026-11-30 19:26:41 UTC


def study(seeds, units=8, scale="laptop"):
    reference = {"seeds": seeds, "network": {"units": units, "init": "diag"}}
    settings = {"schedules": {"fast": {}}, "schedule": "fast", "experiments": {"reference": reference}}
    return rx.load_config(settings, scale=scale)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """Shipped: seeds 0 to 2, of which nobody measured the controls."""
    folder = tmp_path_factory.mktemp("first")
    results = made_results(study(3), folder)
    for name in CONTROLS:
        (results / "tables/reference" / f"{name}.parquet").unlink()
    pretrained.pack(results, "reference", folder / "pretrained")
    return folder


@pytest.fixture(scope="module")
def later(tmp_path_factory) -> Path:
    """Trained later: seeds 40 and 41, with all tables."""
    results = made_results(study([40, 41]), tmp_path_factory.mktemp("later"))
    for seed in (40, 41):
        os.utime(results / f"networks/reference/seed{seed}.safetensors", (ENDED + seed, ENDED + seed))
    return results


@pytest.fixture
def root(first, tmp_path) -> Path:
    return Path(shutil.copytree(first / "pretrained", tmp_path / "pretrained"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stored(shipped: pretrained.Shipped, name: str) -> pd.DataFrame:
    """A table with the bits that its file holds."""
    return unpacked_columns(shipped.table_path(name).read_bytes()).to_pandas()


def test_later_networks_follow_those_that_keep_their_bits(root, later):
    before = pretrained.read(root / "laptop/reference")
    old, rows = content(root), {name: stored(before, name) for name in before.tables}
    after = pretrained.add(later, "reference", root)
    assert pretrained.read(after.folder) == after and "intact" in next(iter(pretrained.verify(root)))
    assert list(after.networks) == ["seed0", "seed1", "seed2", "seed40", "seed41"]
    packed = [name for name in old if name.endswith(".xz")]
    assert len(packed) == 3 and all(content(root)[name] == old[name] for name in packed)
    assert {label: after.networks[label] for label in before.networks} == before.networks
    trained = (later / "networks/reference/seed41.safetensors").read_bytes()
    assert pretrained.weights(after, "seed41") == trained
    for name, kept in rows.items():
        found = stored(after, name)
        pd.testing.assert_frame_equal(found.iloc[: len(kept)], kept, check_exact=True)
        assert list(found["network"][len(kept) :].unique()) == ["seed40", "seed41"], name


def test_added_rows_are_rounded_as_packed_ones(root, later, tmp_path):
    alone = pretrained.pack(later, "reference", tmp_path / "alone")
    both = pretrained.add(later, "reference", root)
    assert set(both.tables) == set(alone.tables) >= set(CONTROLS)
    for name in alone.tables:
        found = stored(both, name)
        added = found[found["network"].isin(alone.networks)].reset_index(drop=True)
        pd.testing.assert_frame_equal(added, stored(alone, name), check_exact=True)
    assert set(stored(both, "projected")["network"]) == {"seed40", "seed41"}, "a control, of the new ones alone"


def test_the_manifest_says_when_networks_were_trained_and_what_measured_them(root, later):
    before = pretrained.read(root / "laptop/reference")
    after = pretrained.add(later, "reference", root)
    assert after.networks["seed40"].trained == "2026-11-30T19:27:21"
    assert after.seeds == [0, 1, 2, 40, 41]
    (added,) = after.measured["added"]
    assert added == {"networks": ["seed40", "seed41"], "code": before.measured["code"],
                     "versions": before.measured["versions"]}  # fmt: skip
    assert {name: told for name, told in after.measured.items() if name != "added"} == before.measured


def test_what_is_shipped_already_is_passed_over(root, tmp_path):
    results = made_results(study([0, 3]), tmp_path / "more")
    assert list(pretrained.add(results, "reference", root).networks) == ["seed0", "seed1", "seed2", "seed3"]
    held = content(root)
    with pytest.raises(ValueError, match=r"holds no network of 'reference' that is not shipped in .*reference already"):
        pretrained.add(results, "reference", root)
    assert content(root) == held


def test_shipped_networks_are_measured_for_a_table_that_was_invented_later(root):
    old = content(root)
    call = ["--root", str(root), "measure", "--experiment", "reference", "--scale", "laptop", "--by"]
    assert main([*call, "measure_condition_scores"]) == 0
    after = pretrained.read(root / "laptop/reference")
    assert {name: kept for name, kept in content(root).items() if name in old and not name.endswith("json")} == {
        name: kept for name, kept in old.items() if not name.endswith("json")
    }
    found = stored(after, "condition_scores")
    assert list(found["network"].unique()) == list(after.networks)
    mantissa = np.frexp(found["component_1"].to_numpy(float))[0] * 2**10
    assert (mantissa == mantissa.round()).all(), "rounded as what was packed"
    assert "intact" in next(iter(pretrained.verify(root)))
    held = content(root)
    for name, message in (("measure_condition_scores", "already"), ("measure_nothing", "measure_nothing")):
        with pytest.raises(ValueError, match=message):
            pretrained.measure("reference", name, "laptop", root)
    assert content(root) == held


def test_tables_alone_stay_tables_alone(first, later, tmp_path):
    pretrained.pack(made_results(study(2), tmp_path / "more"), "reference", tmp_path, weights=False)
    after = pretrained.add(later, "reference", tmp_path)
    assert len(after.networks) == 4 and not list(tmp_path.rglob("*.xz"))


def without_a_table(results: Path, _: Path) -> None:
    (results / "tables/reference/lesions.parquet").unlink()


def with_another_column(results: Path, _: Path) -> None:
    path = results / "tables/reference/lesions.parquet"
    write_table(pd.read_parquet(path).assign(more=1), path, made_of(results))


def with_text_for_numbers(results: Path, _: Path) -> None:
    path = results / "tables/reference/lesions.parquet"
    table = pd.read_parquet(path)
    write_table(table.assign(loss_lesioned="much"), path, made_of(results))


def without_a_network(results: Path, _: Path) -> None:
    path = results / "tables/reference/lesions.parquet"
    table = pd.read_parquet(path)
    write_table(table[table["network"] != "seed41"], path, made_of(results))


def of_other_networks(results: Path, _: Path) -> None:
    path = results / "tables/reference/lesions.parquet"
    write_table(pd.read_parquet(path), path, ())


def damaged(_: Path, root: Path) -> None:
    path = root / "laptop/reference/seed2.safetensors.xz"
    path.write_bytes(path.read_bytes()[:-1])


def rounded_otherwise(_: Path, root: Path) -> None:
    path = root / "laptop/reference/manifest.json"
    path.write_text(path.read_text().replace('"significant_bits": 10', '"significant_bits": 9'))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_a_table, "add: no table lesions of seed40, seed41, which .*reference has"),
        (with_another_column, "add: table 'lesions': column more is measured or shipped, but not both"),
        (with_text_for_numbers, "add: table 'lesions': other types than those shipped"),
        (without_a_network, "add: table 'reference/lesions' has no rows for seed41"),
        (of_other_networks, "lesions.parquet: does not say which networks it was made from"),
        (damaged, "seed2.safetensors.xz: is not the file that"),
        (rounded_otherwise, "manifest.json: its tables were rounded by other rules"),
    ],
)
def test_what_does_not_fit_is_one_error_and_nothing_is_written(root, later, tmp_path, change, message):
    results = Path(shutil.copytree(later, tmp_path / "laptop"))
    change(results, root)
    held = content(root)
    with pytest.raises(ValueError, match=message) as caught:
        pretrained.add(results, "reference", root)
    assert "\n" not in str(caught.value)
    assert content(root) == held and [path.name for path in (root / "laptop").iterdir()] == ["reference"]


@pytest.mark.parametrize(
    ("networks", "change", "message"),
    [
        (study([3], units=12), {}, "seed3 .* with other settings than those shipped: network.units is 12, not 8"),
        (study([1]), {"wall_s": 9.0}, "seed1 of 'reference' is shipped in .* with other weights"),
        (study([3]), {"seed": 2}, "seed3 of 'reference' has seed 2, which is shipped as seed2"),
    ],
    ids=["settings", "weights", "seed"],
)
def test_networks_of_another_kind_or_of_a_seed_that_is_there_are_refused(root, tmp_path, networks, change, message):
    held = content(root)
    with pytest.raises(ValueError, match=f"add: {message}"):
        pretrained.add(made_results(networks, tmp_path / "more", **change), "reference", root)
    assert content(root) == held


def test_another_scale_and_an_experiment_that_is_not_shipped_are_refused(root, later, tmp_path):
    smoke = made_results(study([40], scale="smoke"), tmp_path / "more")
    with pytest.raises(FileNotFoundError, match=r"smoke/reference/manifest.json: no such manifest"):
        pretrained.add(smoke, "reference", root)
    with pytest.raises(ValueError, match=r"seed40.safetensors: holds .*'smoke'.* not .*'laptop'"):
        pretrained.add(Path(shutil.copytree(smoke, tmp_path / "laptop")), "reference", root)
    with pytest.raises(FileNotFoundError, match="tanh_gru/manifest.json: no such manifest"):
        pretrained.add(later, "tanh_gru", root)


def test_the_limit_holds_before_anything_is_replaced(root, later, monkeypatch):
    held = content(root)
    monkeypatch.setattr("replicortex.pretrained.manifest.LIMIT", sum(map(len, held.values())) + 1000)
    with pytest.raises(ValueError, match="bytes, but .* at most are to be shipped"):
        pretrained.add(later, "reference", root)
    assert content(root) == held


def test_a_call_that_breaks_off_leaves_what_was_there(root, later, monkeypatch):
    held = content(root)

    def broken(self, target):
        if self.name.endswith(".part"):
            raise OSError("disk full")
        return rename(self, target)

    rename = Path.rename
    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="disk full"):
        pretrained.add(later, "reference", root)
    assert content(root) == held


def test_the_command_line_adds(root, later, capsys):
    command = ["--root", str(root), "add", "--experiment", "reference", "--results", str(later)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "added seed40, seed41 to" in told and "5 networks" in told
    assert main(command) == 1
    assert "holds no network of 'reference' that is not shipped" in capsys.readouterr().err
