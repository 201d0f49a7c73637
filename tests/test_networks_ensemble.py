"""Ensembles: running, lesions, files, weights from elsewhere, every cell."""

from pathlib import Path

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex.networks import initial
from replicortex.networks.ensemble import Ensemble
from replicortex.networks.products import choose_product_route, product_error
from replicortex.tasks import generate

CELLS = [
    {"cell": "leaky_rnn"},
    {"cell": "leaky_rnn", "activation": "relu", "separate_input": True, "mix_rule": True},
    {"cell": "leaky_gru", "activation": "tanh"},
    {"cell": "gru", "activation": "tanh"},
    {"cell": "lstm", "activation": "tanh"},
]


def _ensemble(n: int = 2, units: int = 20, **fields: object) -> Ensemble:
    arch = rx.networks.for_rule_set("all", units=units, **fields)
    rngs = [rx.random_streams.generator("test", m) for m in range(n)]
    return rx.networks.create(arch, rngs, [f"seed{m}" for m in range(n)])


@pytest.fixture
def trial() -> rx.tasks.Trial:
    return generate("dm1", batch=6, rng=np.random.default_rng(3))


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("activation", ["softplus", "relu", "tanh", "retanh", "power"])
def test_weights_from_elsewhere_run_as_a_plain_loop(activation: str) -> None:
    rng = np.random.default_rng(0)
    n, n_in, n_out, alpha = 30, 85, 33, 0.2
    w_in, w_rec = rng.normal(0, 0.1, (n_in, n)), rng.normal(0, 0.05, (n, n))
    b, w_out, b_out = rng.normal(0, 0.2, n), rng.normal(0, 0.1, (n, n_out)), rng.normal(0, 0.1, n_out)
    f = {
        "softplus": lambda v: np.logaddexp(0, v),
        "relu": lambda v: np.maximum(v, 0),
        "tanh": np.tanh,
        "retanh": lambda v: np.tanh(np.maximum(v, 0)),
        "power": lambda v: np.maximum(v, 0) ** 2,
    }[activation]
    x = generate("contextdelaydm2", batch=5, rng=rng).x
    h, rates = np.zeros((5, n)), []
    for x_t in x.astype(np.float64):
        h = (1 - alpha) * h + alpha * f(x_t @ w_in + h @ w_rec + b)
        rates.append(h)
    run = rx.networks.from_arrays(w_in, w_rec, b, w_out, b_out, activation=activation).run(x)
    assert run.rates.shape == (1, x.shape[0], 5, n) and run.rates.dtype == np.float32
    np.testing.assert_allclose(run.rates[0], rates, atol=1e-5)
    np.testing.assert_allclose(run.outputs[0], _sigmoid(np.array(rates) @ w_out + b_out), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "name"), [({"w_rec": (20, 19)}, "w_rec"), ({"b_rec": (19,)}, "b_rec"), ({"w_out": (19, 33)}, "w_out")]
)
def test_arrays_that_do_not_fit_are_named(change: dict[str, tuple[int, ...]], name: str) -> None:
    shapes = {"w_in": (85, 20), "w_rec": (20, 20), "b_rec": (20,), "w_out": (20, 33), "b_out": (33,), **change}
    with pytest.raises(ValueError, match=f"^{name}: "):
        rx.networks.from_arrays(**{key: np.zeros(shape) for key, shape in shapes.items()})


@pytest.mark.parametrize("cell", ["leaky_gru", "gru"])
def test_gru_cells_follow_their_equations(cell: str, trial: rx.tasks.Trial) -> None:
    net = _ensemble(1, cell=cell, activation="tanh")
    w = {name: weight[0].double().numpy() for name, weight in net.parameters.items()}
    alpha, n = net.architecture.alpha, 20
    h = np.zeros((6, n))
    for x_t in trial.x.astype(np.float64):
        gates = _sigmoid(np.hstack([x_t, h]) @ w["w_gates"] + w["b_gates"])
        r, u = gates[:, :n], gates[:, n:]
        c = np.tanh(np.hstack([x_t, r * h]) @ w["w_candidate"] + w["b_candidate"])
        h = (1 - alpha * u) * h + alpha * u * c if cell == "leaky_gru" else u * h + (1 - u) * c
    np.testing.assert_allclose(net.run(trial.x).rates[0, -1], h, atol=1e-5)


def test_stock_lstm_agrees_with_torch(trial: rx.tasks.Trial) -> None:
    n, n_in = 20, 85
    x = torch.from_numpy(trial.x)
    lstm = _ensemble(1, cell="lstm", activation="tanh")
    w, b = lstm.parameters["w_gates"][0], lstm.parameters["b_gates"][0].clone()
    b[2 * n : 3 * n] += 1.0  # the forget gate's bias
    order = torch.cat([torch.arange(k * n, (k + 1) * n) for k in (0, 2, 1, 3)])  # torch: i, f, g, o
    reference = torch.nn.LSTM(n_in, n)
    with torch.no_grad():
        reference.weight_ih_l0.copy_(w[:n_in, order].t())
        reference.weight_hh_l0.copy_(w[n_in:, order].t())
        reference.bias_ih_l0.copy_(b[order])
        reference.bias_hh_l0.zero_()
        expected = reference(x)[0].numpy()
    np.testing.assert_allclose(lstm.run(trial.x).rates[0], expected, atol=1e-5)


@pytest.mark.parametrize("fields", CELLS)
def test_a_network_does_not_depend_on_who_is_beside_it(fields: dict[str, object], trial: rx.tasks.Trial) -> None:
    both, alone = _ensemble(2, **fields), _ensemble(1, **fields)
    assert np.array_equal(both.run(trial.x).rates[:1], alone.run(trial.x).rates)
    assert both.select(1).labels == ("seed1",)
    assert np.array_equal(both.select(1).run(trial.x).outputs, both.run(trial.x).outputs[1:])


@pytest.mark.parametrize("fields", CELLS)
def test_a_lesioned_unit_has_no_effect_on_others(fields: dict[str, object], trial: rx.tasks.Trial) -> None:
    net = _ensemble(1, **fields)
    cut = net.lesioned([3, 7])
    mask = np.zeros(20, bool)
    mask[[3, 7]] = True
    assert all(torch.equal(cut.parameters[k], net.lesioned(mask).parameters[k]) for k in cut.parameters)
    changed = cut.run(trial.x)
    # Whatever the lesioned units themselves receive, nothing else notices.
    other = {name: weight.clone() for name, weight in cut.parameters.items()}
    kernel = {"lstm": "b_gates", "gru": "b_candidate", "leaky_gru": "b_candidate"}.get(str(fields["cell"]), "b_rec")
    other[kernel][:, [3, 7]] += 0.7
    moved = Ensemble(net.architecture, other, net.labels).run(trial.x)
    assert np.abs(moved.rates[..., ~mask] - changed.rates[..., ~mask]).max() == 0
    assert np.array_equal(moved.outputs, changed.outputs)
    assert not np.array_equal(changed.outputs, net.run(trial.x).outputs)


def test_files_give_back_the_same_network(tmp_path: Path, trial: rx.tasks.Trial) -> None:
    net = _ensemble(2, separate_input=True, activation="relu", mix_rule=True)
    path = tmp_path / "nets" / "two.safetensors"
    rx.networks.save_ensemble(path, net)
    again = rx.networks.load(path)
    assert again.architecture == net.architecture and again.labels == net.labels
    assert np.array_equal(again.run(trial.x).rates, net.run(trial.x).rates)
    rx.networks.save_ensemble(tmp_path / "one.safetensors", net.select(1))
    joined = rx.networks.load([path, tmp_path / "one.safetensors"])
    assert joined.labels == ("seed0", "seed1", "seed1")
    assert [p.name for p in path.parent.iterdir()] == ["two.safetensors"]  # no half-written part left


def test_a_notebook_shows_what_it_is_not_its_weights() -> None:
    shown = repr(_ensemble(5))
    assert shown == "<Ensemble of 5 networks (seed0, seed1, seed2, ...): 20 softplus units, leaky_rnn, rule set all>"


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"not a tensor file")
    with pytest.raises(ValueError, match="broken.safetensors"):
        rx.networks.load(path)
    with pytest.raises(FileNotFoundError, match="absent"):
        rx.networks.load(tmp_path / "absent.safetensors")
    from safetensors.torch import save_file

    save_file({"w": torch.zeros(2)}, tmp_path / "foreign.safetensors")
    with pytest.raises(ValueError, match="from_arrays"):
        rx.networks.load(tmp_path / "foreign.safetensors")


def test_noise_enters_inside_the_nonlinearity_at_the_stated_size() -> None:
    zeros = np.zeros((1, 4000, 85), np.float32)
    n = 5
    net = rx.networks.from_arrays(
        np.zeros((85, n)), np.zeros((n, n)), np.full(n, 3.0), np.zeros((n, 33)), np.zeros(33), activation="relu"
    )
    rates = net.run(zeros, noise=True, rng=np.random.default_rng(1)).rates[0, 0]
    # One step of relu far above 0: h = alpha (3 + noise), noise s.d. 0.05 sqrt(2/0.2) = 0.1581.
    assert abs(rates.mean() / 0.2 - 3.0) < 5 * 0.1581 / np.sqrt(rates.size)
    assert abs(rates.std() / 0.2 - 0.1581) < 0.003
    fine = net.with_dt(1.0)
    assert fine.architecture.alpha == pytest.approx(0.01)
    fine_rates = fine.run(zeros, noise=True, rng=np.random.default_rng(1)).rates[0, 0]
    assert abs(fine_rates.std() / 0.01 - 0.05 * np.sqrt(200)) < 0.02
    with pytest.raises(ValueError, match="rng"):
        net.run(zeros, noise=True)
    with pytest.raises(ValueError, match="85"):
        net.run(zeros[..., :80])


def test_initial_weights_have_their_scales() -> None:
    rng = np.random.default_rng(5)
    n = 256
    assert np.array_equal(initial.recurrent(rng, "diag", n, 0.5), 0.5 * np.eye(n))
    q = initial.recurrent(rng, "randortho", n, 0.5) / 0.5
    np.testing.assert_allclose(q @ q.T, np.eye(n), atol=1e-12)
    gauss = initial.recurrent(rng, "randgauss", n, 0.5)
    assert abs(gauss.std() * np.sqrt(n) - 0.5) < 0.01
    arch = rx.networks.for_rule_set("all")
    drawn = initial.leaky_rnn(rng, arch, "diag")
    assert abs(drawn["w_in"].std() * np.sqrt(85) - 1) < 0.02 and not drawn["b_rec"].any()
    out = initial.readout(rng, n, 33, "program")["w_out"]
    limit = np.sqrt(6 / (n + 33))
    assert np.abs(out).max() < limit and np.abs(out).max() > 0.99 * limit
    assert abs(initial.readout(rng, n, 33, "paper")["w_out"].std() - 0.025) < 0.001


def test_random_orthogonal_matrices_are_haar_distributed() -> None:
    rng = np.random.default_rng(6)
    draws = np.array([initial.random_orthogonal(rng, 4) for _ in range(4000)])
    # Without the sign fix the diagonal of a QR factor would be biased; Haar entries have mean 0, variance 1/n.
    assert np.abs(draws.mean(0)).max() < 5 * 0.5 / np.sqrt(4000)
    assert np.abs(draws.var(0) - 0.25).max() < 0.02


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"activation": "sofplus"}, "softplus"),
        ({"cell": "leaky_rn"}, "leaky_rnn"),
        ({"separate_input": True, "activation": "tanh"}, "separate_input"),
        ({"separate_input": True, "cell": "leaky_gru"}, "separate_input"),
        ({"separate_input": True, "softmax_output": True}, "softmax_output"),
        ({"mix_rule": True}, "mix_rule"),
        ({"activation": "elu"}, "gated"),
        ({"dt": 200.0}, "dt"),
        ({"units": 0}, "units"),
    ],
)
def test_impossible_architectures_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rx.networks.Architecture(**fields)  # type: ignore[arg-type]


def test_the_product_route_is_never_inexact() -> None:
    before = torch.backends.mkldnn.matmul.fp32_precision
    try:
        for vendor in ("AuthenticAMD", "GenuineIntel"):
            choose_product_route(vendor)
            assert product_error() < 2e-6
    finally:
        torch.backends.mkldnn.matmul.fp32_precision = before
