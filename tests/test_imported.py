"""Networks trained elsewhere: read, checked, and from there on like any other."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from torch import nn

import replicortex as rx
from replicortex.errors import ConfigError
from replicortex.training.imported import check_imported
from replicortex.training.job import history_path, network_path

torch.set_num_threads(1)

Arrays = dict[str, Any]
CELLS: list[dict[str, Any]] = [
    {"activation": "relu"},
    {"cell": "leaky_gru", "activation": "tanh"},
    {"input": "separate", "mix_rule": True},
]


def _settings(files: list[Path], network: dict[str, Any] | None = None, **experiment: Any) -> dict[str, Any]:
    """A configuration in which the experiment `known` has its networks from files."""
    known = {
        "network": {"units": 12, **(network or {})},
        "tasks": {"train": ["fdgo", "dm1"]},
        "training": {"evaluation_trials": {"repetitions": 2, "batch": 8}},
        "imported": {"files": [str(file) for file in files]},
        **experiment,
    }
    scales = {"laptop": {"seeds": 7, "units": 48, "trials": 640}}
    schedules = {"paper": {"warmup": 50}}
    return {"scale": "laptop", "schedules": schedules, "scales": scales, "experiments": {"known": known}}


def _study(files: list[Path], network: dict[str, Any] | None = None, **experiment: Any) -> Any:
    return rx.load_config(_settings(files, network, **experiment))


def _arrays(network: dict[str, Any] | None = None) -> Arrays:
    """Weights of a network under the names of its cell, as another program might hand them out."""
    chosen = {"units": 12, **(network or {})}
    separate = chosen.pop("input", "fused") == "separate"
    arch = rx.networks.for_rule_set("all", separate_input=separate, **chosen)
    net = rx.networks.create(arch, [np.random.default_rng(3)], ["any"])
    return {name: weight.numpy().astype(np.float64) for name, weight in net.one(0).items()}


def _quiet(_: str) -> None:
    pass


@pytest.mark.parametrize("network", CELLS)
@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_imported_networks_are_what_the_files_hold(ending: str, network: dict[str, Any], tmp_path: Path) -> None:
    arrays = _arrays(network)
    file = tmp_path / f"some=net,A{ending}"
    np.savez(file, **arrays) if ending == ".npz" else save_file(arrays, file)
    experiment = _study([file], network)["known"]
    net = rx.training.train(experiment, results=tmp_path, log=_quiet)
    assert net.labels == ("some=net,A",)
    stored = rx.networks.load(network_path(tmp_path, "known", "some=net,A"))
    for name, array in arrays.items():
        assert torch.equal(stored.parameters[name][0], torch.from_numpy(array).float())
    assert stored.metadata["updates"] == 0 and len(stored.metadata["start"]) == 64
    assert stored.metadata["settings"]["imported"]["files"] == [str(file)]


def test_performance_is_measured_once_for_the_history(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", **_arrays())
    experiment = _study([tmp_path / "one.npz"])["known"]
    net = rx.training.train(experiment, results=tmp_path, log=_quiet)
    history = pd.read_parquet(history_path(tmp_path, "known", "one"))
    assert history["task"].tolist() == ["fdgo", "dm1"] and set(history["trials"]) == {0}
    trainer = rx.training.Trainer(experiment.members()[0].experiment, "one", net)
    found = trainer.evaluate()
    assert history["performance"].tolist() == [found["fdgo"].performance, found["dm1"].performance]
    assert history["loss"].tolist() == [found["fdgo"].loss, found["dm1"].loss]


def test_a_weight_file_of_this_library_will_do(tmp_path: Path) -> None:
    arch = rx.networks.for_rule_set("all", units=12)
    net = rx.networks.create(arch, [np.random.default_rng(0)], ["seed0"])
    rx.networks.save_ensemble(tmp_path / "old.safetensors", net)
    found = rx.networks.read_imported(tmp_path / "old.safetensors", arch, "new")
    assert found.labels == ("new",)
    assert all(torch.equal(found.parameters[name], w) for name, w in net.parameters.items())


def test_the_variables_of_the_published_program(tmp_path: Path) -> None:
    """The recipe of docs/imported.md: the kernel holds the input weights above the recurrent ones."""
    rng = np.random.default_rng(1)
    variables = {
        "rnn/leaky_rnn_cell/kernel": rng.normal(0, 0.1, (85 + 12, 12)).astype(np.float32),
        "rnn/leaky_rnn_cell/bias": rng.normal(0, 0.1, 12).astype(np.float32),
        "output/weights": rng.normal(0, 0.1, (12, 33)).astype(np.float32),
        "output/biases": rng.normal(0, 0.1, 33).astype(np.float32),
    }
    recipe = (Path(__file__).parent.parent / "docs" / "imported.md").read_text()
    code = next(part.split("```")[0] for part in recipe.split("```python\n")[1:] if "tensorflow" in part)
    left_out = ("reader", "read =")
    shown = [line for line in code.splitlines() if "tensorflow" not in line and not line.startswith(left_out)]
    scope: dict[str, Any] = {"read": variables.__getitem__, "np": np, "file": tmp_path / "theirs.npz"}
    exec("\n".join(shown), scope)
    net = rx.networks.read_imported(tmp_path / "theirs.npz", rx.networks.for_rule_set("all", units=12), "theirs")
    x = rng.normal(size=(3, 2, 85)).astype(np.float32)
    h = np.zeros((2, 12))
    for x_t in x:
        pre = np.hstack([x_t, h]) @ variables["rnn/leaky_rnn_cell/kernel"] + variables["rnn/leaky_rnn_cell/bias"]
        h = 0.8 * h + 0.2 * np.log1p(np.exp(pre))
    expected = 1 / (1 + np.exp(-(h @ variables["output/weights"] + variables["output/biases"])))
    np.testing.assert_allclose(net.run(x).outputs[0, -1], expected, atol=1e-5)


def _write(arrays: Arrays, file: Path) -> None:
    np.savez(file, **arrays)


def _newer_zip(arrays: Arrays, file: Path) -> None:
    """What the library that reads zip files does not read, and says so by an error of a kind of its own."""
    np.savez(file, **arrays)
    content = file.read_bytes()
    at = content.index(b"PK\x01\x02") + 6
    file.write_bytes(content[:at] + b"\x6d\0" + content[at + 2 :])


def _torch(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02.")


def _pytorch(kind: Any, file: Path, units: int = 12, **options: Any) -> Any:
    """A recurrent network as people write it, and its state_dict in a file."""
    torch.manual_seed(0)
    module = nn.ModuleDict({"rnn": kind(85, units, **options), "fc": nn.Linear(units, 33), "other": nn.Linear(3, 2)})
    torch.save(module.state_dict(), file)
    return module


def test_a_network_of_pytorch_with_a_linear_read_out_goes_through_the_workflow(tmp_path: Path) -> None:
    module = _pytorch(nn.RNN, tmp_path / "theirs.pt")
    tasks = {"train": ["fdgo", "dm1"], "tau": 20}
    network = {"activation": "tanh", "sigma_rec": 0}
    imported = {"files": [str(tmp_path / "theirs.pt")], "readout": "linear"}
    experiment = _study([], network, tasks=tasks, imported=imported)["known"]
    said: list[str] = []
    with pytest.warns(UserWarning, match="left out of the import: other.weight, other.bias"):
        rx.training.train(experiment, results=tmp_path, log=said.append)
    assert any("theirs: warning: solves" in line and "check imported.readout" in line for line in said), said
    net = rx.networks.load(network_path(tmp_path, "known", "theirs"))
    trial = rx.tasks.generate("fdgo", batch=3, rng=np.random.default_rng(0))
    with torch.no_grad():
        rates = module["rnn"](torch.from_numpy(trial.x))[0]
        outputs = module["fc"](rates)
    np.testing.assert_allclose(net.run(trial.x).outputs[0], outputs, atol=2e-6)
    history = pd.read_parquet(history_path(tmp_path, "known", "theirs"))
    trainer = rx.training.Trainer(experiment.members()[0].experiment, "theirs", net)
    batch = rx.tasks.random_rows("fdgo", 8, np.random.default_rng(1), trainer.coding)
    answer = trainer.path.answer(net.one(0), batch, np.random.default_rng(2))
    assert answer.outputs.min() < 0 and history["loss"].gt(0).all()


def test_a_read_out_has_to_go_with_the_loss() -> None:
    for loss, readout in (("squared", "softmax"), ("cross_entropy", "linear"), ("cross_entropy", "sigmoid")):
        with pytest.raises(ConfigError, match=rf"imported\.readout: '{readout}' cannot go with tasks\.loss '{loss}'"):
            _study([], tasks={"loss": loss}, imported={"files": ["a.npz"], "readout": readout})
    one, two = (
        _study([], imported={"files": ["a.npz"], **more})["known"].members()[0].experiment.fingerprint()
        for more in ({}, {"readout": None})
    )
    assert one == two


def _without(name: str) -> Callable[[Arrays, Path], None]:
    return lambda arrays, file: _write({key: value for key, value in arrays.items() if key != name}, file)


def _with(name: str, value: Any) -> Callable[[Arrays, Path], None]:
    return lambda arrays, file: _write({**arrays, name: value(arrays.get(name))}, file)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda arrays, file: None, r"first\.npz: no such weight file"),
        (lambda arrays, file: file.write_bytes(b"PK nothing"), r"first\.npz: not a readable weight file"),
        (_without("b_rec"), r"first\.npz: lacks b_rec; the weights of this network are w_in, w_rec, b_rec"),
        (_with("kernel", lambda _: np.zeros(3)), r"holds kernel too"),
        (_with("w_in", np.transpose), r"w_in has shape \(12, 85\), but \(85, 12\).*transposed"),
        (
            _with("w_rec", lambda w: np.zeros((256, 256))),
            r"w_rec has shape \(256, 256\), but \(12, 12\) fits .*12 units",
        ),
        (_with("w_out", lambda w: w * np.nan), r"w_out holds numbers that are not finite"),
        (_with("w_out", lambda w: w.astype(float) * 1e300), r"w_out holds .*too large for single precision"),
        (_newer_zip, "zip file version"),
        (_with("b_out", lambda b: b.astype(str)), r"b_out holds <U.*not numbers"),
        (_with("b_out", lambda b: b.astype(object)), r"first\.npz: not a readable weight file .*Python objects"),
        (lambda arrays, file: file.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
        (lambda arrays, file: file.write_bytes(b"MATLAB 5.0 MAT-file"), "a MATLAB file"),
        (lambda arrays, file: _torch(file), r"first\.npz: not a readable PyTorch file .*of weights alone"),
        (lambda arrays, file: _pytorch(nn.LSTM, file), r"first\.npz: holds a network of PyTorch that is .* 'lstm'"),
    ],
)
def test_a_file_that_does_not_fit_is_named(write: Callable[[Arrays, Path], None], message: str, tmp_path: Path) -> None:
    write(_arrays(), tmp_path / "first.npz")
    _write(_arrays(), tmp_path / "second.npz")
    study = _study([tmp_path / "first.npz", tmp_path / "second.npz"])
    with pytest.raises(ConfigError, match=rf"experiments\.known\.imported\.files: .*{message}") as found:
        check_imported(study)
    assert len(found.value.problems) == 1
    with pytest.raises((ValueError, OSError), match=message):
        rx.training.train(study["known"], labels=["first"], log=_quiet)
    rx.training.train(study["known"], labels=["second"], log=_quiet)


def test_other_files_are_refused_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "net.npz").write_text("weights")
    with pytest.raises(ConfigError, match=r"net\.npz: .*it is text.; weights are read from \.npz and \.safetensors"):
        check_imported(_study([tmp_path / "net.npz"]))


def test_an_ending_decides_nothing(tmp_path: Path) -> None:
    arch = rx.networks.for_rule_set("all", units=12)
    with (tmp_path / "net.dat").open("wb") as file:
        np.savez(file, **_arrays())
    save_file(_arrays(), tmp_path / "net.npz")
    for name in ("net.dat", "net.npz"):
        found = rx.networks.read_imported(tmp_path / name, arch, "one")
        np.testing.assert_array_equal(found.parameters["w_in"][0], _arrays()["w_in"].astype(np.float32))


@pytest.mark.parametrize(
    ("files", "settings", "message"),
    [
        (["a/one.npz", "b/one.npz"], {}, r"imported\.files\[1\]: 'one' labels another network"),
        (["a b.npz"], {}, r"imported\.files\[0\]: 'a b' cannot label"),
        (["a.npz"], {"grid": {"network.activation": ["relu", "tanh"]}}, "imported.*grid"),
        (["a.npz"], {"training": {"device": "cuda"}}, "device.*imported"),
        ([], {}, "files"),
    ],
)
def test_settings_that_cannot_go_with_files(files: list[str], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _study([Path(file) for file in files], **settings)


def test_number_and_units_are_those_of_the_files_at_every_scale() -> None:
    study = _study([Path("a.npz"), Path("b.npz"), Path("c.npz")])
    experiment = study["known"]
    assert [member.label for member in experiment.members()] == ["a", "b", "c"]
    assert (experiment.seeds, experiment.network.units, experiment.updates) == ([0, 1, 2], 12, 0)
    assert experiment.member_table() == {"network": ["a", "b", "c"], "seed": [0, 1, 2]}
    none = _study([Path("a.npz")], scales={"laptop": {"seeds": 0}})["known"]
    assert none.seeds == [] and none.members() == []


def test_another_file_beside_a_network_changes_nothing_about_it() -> None:
    one, two = (_study([Path("a.npz"), Path(second)])["known"].members() for second in ("b.npz", "c.npz"))
    assert one[0].experiment.fingerprint() == two[0].experiment.fingerprint()
    assert one[1].experiment.fingerprint() != two[1].experiment.fingerprint()
