"""The compiled kernel against a plain recurrence in float64, and against the PyTorch path."""

import dataclasses
import shutil
from collections.abc import Callable

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex import native
from replicortex.errors import ConfigError
from replicortex.native import kernel as kernels
from replicortex.native.sequence import noise_of
from replicortex.native.variants import FOLDER, variants
from replicortex.training.paths import NativePath, TorchPath, path_of
from replicortex.training.trainer import Trainer, architecture_of

BUILT = [variant.name for variant in variants() if native.find_kernel(variant.name) is not None]
OTHERS = [(name, precision) for name in BUILT for precision in native.find_kernel(name).precisions[1:]]
# relative error of the gradient: above the first, or the products would be more exact than they claim, below the second
ERRORS = {"split": (1e-6, 2e-5), "mixed": (1e-5, 5e-3)}
needs_kernel = pytest.mark.skipif(not BUILT, reason=native.report())
FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "softplus": lambda p: torch.nn.functional.softplus(p, threshold=40.0),
    "relu": torch.relu,
    "tanh": torch.tanh,
    "retanh": lambda p: torch.tanh(torch.relu(p)),
    "power": lambda p: torch.relu(p).square(),
}
# time, trial, channel, unit, output: sizes that fill whole tiles, and sizes that do not
SHAPES = [(20, 5, 7, 24, 3), (37, 13, 21, 33, 17), (30, 32, 85, 256, 33), (12, 64, 85, 100, 33), (1, 1, 1, 1, 1)]


def _weights(shape: tuple[int, ...], rng: np.random.Generator, cell: str = "leaky_rnn") -> dict[str, np.ndarray]:
    _, _, i, n, o = shape
    if cell == "leaky_gru":
        drawn = {
            "w_gates": rng.normal(0, (i + n) ** -0.5, (i + n, 2 * n)),
            "b_gates": rng.normal(0.5, 0.1, 2 * n),
            "w_candidate": rng.normal(0, (i + n) ** -0.5, (i + n, n)),
            "b_candidate": rng.normal(0, 0.1, n),
        }
    else:
        drawn = {
            "w_in": rng.normal(0, i**-0.5, (i, n)),
            "w_rec": 0.3 * np.eye(n) + rng.normal(0, 0.1 * n**-0.5, (n, n)),
            "b_rec": rng.normal(0, 0.1, n),
        }
    drawn |= {"w_out": rng.normal(0, n**-0.5, (n, o)), "b_out": rng.normal(0, 0.1, o)}
    return {name: array.astype(np.float32) for name, array in drawn.items()}


def _batch(shape: tuple[int, ...], softmax: bool, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n_time, n_trial, n_input, _, n_output = shape
    mask = rng.integers(0, 3, (n_time,) if softmax else (n_time, n_output)).astype(np.float32)
    mask[: n_time // 5] = 0
    target = rng.random((n_time, n_trial, n_output)).astype(np.float32)
    return {"x": rng.normal(0, 1, (n_time, n_trial, n_input)).astype(np.float32), "target": target, "mask": mask}


def _reference(
    sequence: native.NativeSequence,
    weights: dict[str, np.ndarray],
    batch: dict[str, np.ndarray],
    noise: tuple[np.ndarray, np.ndarray],
) -> tuple[float, float, dict[str, np.ndarray], torch.Tensor, torch.Tensor]:
    """Loss, penalty, gradients, outputs and rates by autograd in float64."""
    w = {name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in weights.items()}
    x, target, mask = (torch.tensor(batch[name], dtype=torch.float64) for name in ("x", "target", "mask"))
    x = x + sequence.noise_x * torch.tensor(noise[0], dtype=torch.float64)
    inside = sequence.noise_rec * torch.tensor(noise[1], dtype=torch.float64)
    h = torch.zeros(x.shape[1], len(w["w_out"]), dtype=torch.float64)
    f, states = FUNCTIONS[sequence.activation], []
    for x_t, noise_t in zip(x, inside, strict=True):
        update = 1.0
        if sequence.cell == "leaky_gru":
            reset, update = torch.sigmoid(torch.cat([x_t, h], 1) @ w["w_gates"] + w["b_gates"]).chunk(2, 1)
            drive = torch.cat([x_t, reset * h], 1) @ w["w_candidate"] + w["b_candidate"]
        else:
            drive = x_t @ w["w_in"] + h @ w["w_rec"] + w["b_rec"]
        h = h + sequence.alpha * update * (f(drive + noise_t) - h)
        states.append(h)
    rates = torch.stack(states)
    z = rates @ w["w_out"] + w["b_out"]
    if sequence.softmax:
        log_p = torch.log_softmax(z, -1)
        loss, outputs = -(mask[:, None] * (target * log_p).sum(-1)).mean(), log_p.exp()
    else:
        outputs = torch.sigmoid(z)
        loss = (mask[:, None] * (outputs - target)).square().mean()
    penalty = sequence.l1_rates * rates.abs().mean() + sequence.l2_rates * 0.5 * rates.square().sum()
    found = torch.autograd.grad(loss + penalty, list(w.values()))
    gradients = {name: g.numpy() for name, g in zip(w, found, strict=True)}
    return loss.item(), penalty.item(), gradients, outputs.detach(), rates.detach()


def _errors(found: dict[str, np.ndarray], exact: dict[str, np.ndarray]) -> list[float]:
    assert found.keys() == exact.keys()
    return [_error(found[name], exact[name]) for name in exact]


def _error(found: np.ndarray, exact: np.ndarray) -> float:
    scale = np.linalg.norm(exact)
    return float(np.linalg.norm(found - exact) / scale) if scale else float(np.abs(found).max())


@pytest.mark.skipif(shutil.which("c++") is None or not variants(), reason="no C++ compiler, or no variant for it")
def test_a_compiler_makes_a_kernel_that_runs() -> None:
    """Otherwise the tests below would be skipped where the kernel should have been built and was not."""
    unsuited = all(problem == "not for this processor" for _, problem in kernels._state())
    assert native.find_kernel() is not None or unsuited, native.report()


@needs_kernel
@pytest.mark.parametrize("name", BUILT)
@pytest.mark.parametrize("cell", native.CELLS)
@pytest.mark.parametrize("activation", native.ACTIVATIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_float32_agrees_with_autograd_in_float64(name: str, cell: str, activation: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    kernel = native.find_kernel(name)
    sequence = native.NativeSequence(kernel, activation, 0.2, cell, 0.02, 0.1, l1_rates=1e-2, l2_rates=1e-4)
    weights, batch = _weights(shape, rng, cell), _batch(shape, False, rng)
    noise = noise_of(kernel, 9, *shape[:4])
    loss, penalty, gradients, outputs, rates = _reference(sequence, weights, batch, noise)
    found = sequence.run(weights, **batch, seed=9, n_outputs=min(3, shape[0]), gradients=True, rates=True)
    assert found.loss == pytest.approx(loss, rel=1e-6)
    assert found.rate_penalty == pytest.approx(penalty, rel=1e-5)
    assert max(_errors(found.gradients, gradients)) < 1e-5
    np.testing.assert_allclose(found.rates, rates, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.outputs, outputs[-len(found.outputs) :], atol=1e-6)


@needs_kernel
@pytest.mark.parametrize("name", BUILT)
def test_cross_entropy_agrees_with_autograd(name: str) -> None:
    rng = np.random.default_rng(2)
    kernel, shape = native.find_kernel(name), SHAPES[1]
    sequence = native.NativeSequence(kernel, "softplus", 0.4, "leaky_rnn", 0.02, 0.1, softmax=True)
    weights, batch = _weights(shape, rng), _batch(shape, True, rng)
    loss, _, gradients, outputs, _ = _reference(sequence, weights, batch, noise_of(kernel, 3, *shape[:4]))
    found = sequence.run(weights, **batch, seed=3, n_outputs=shape[0], gradients=True)
    assert found.loss == pytest.approx(loss, rel=1e-6)
    assert max(_errors(found.gradients, gradients)) < 1e-5
    np.testing.assert_allclose(found.outputs, outputs, atol=1e-6)


@pytest.mark.skipif(not OTHERS, reason="no bfloat16 products on this processor")
@pytest.mark.parametrize("name, precision", OTHERS)
@pytest.mark.parametrize("cell", native.CELLS)
@pytest.mark.parametrize("shape", SHAPES[:4], ids=str)
def test_products_of_bfloat16_numbers_are_near_float64(
    name: str, precision: str, cell: str, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(3)
    kernel = native.find_kernel(name)
    sequence = native.NativeSequence(kernel, "softplus", 0.2, cell, 0.02, 0.1, precision=precision, l1_rates=1e-2)
    weights, batch = _weights(shape, rng, cell), _batch(shape, False, rng)
    loss, _, gradients, _, rates = _reference(sequence, weights, batch, noise_of(kernel, 5, *shape[:4]))
    found = sequence.run(weights, **batch, seed=5, gradients=True, rates=True)
    assert found.loss == pytest.approx(loss, rel=1e-6 if precision == "mixed" else 1e-5)
    np.testing.assert_allclose(found.rates, rates, atol=1e-5 if precision == "mixed" else 1e-4)
    errors = _errors(found.gradients, gradients)
    low, high = ERRORS[precision]
    assert low < max(errors) < high, errors


@needs_kernel
def test_split_precision_runs_everywhere_and_mixed_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BUILT:
        monkeypatch.setenv("REPLICORTEX_KERNEL", name)
        offered = native.find_kernel().precisions
        path = path_of(_experiment(precision="split"), architecture_of(_experiment()), rx.tasks.Coding())
        assert path.name == f"native {name} {'split' if 'split' in offered else 'float32'}"
        if "mixed" not in offered:
            with pytest.raises(ConfigError, match="reference.training.precision"):
                path_of(_experiment(precision="mixed"), architecture_of(_experiment()), rx.tasks.Coding())


@needs_kernel
def test_noise_is_normal_and_the_same_for_every_variant() -> None:
    drawn = {name: noise_of(native.find_kernel(name), 11, 100, 64, 85, 256)[1] for name in BUILT}
    first = next(iter(drawn.values())).ravel().astype(np.float64)
    n = len(first)
    assert abs(first.mean()) < 4 / n**0.5
    assert abs(first.var() - 1) < 4 * (2 / n) ** 0.5
    assert abs((first**3).mean()) < 4 * (15 / n) ** 0.5
    assert abs((first**4).mean() - 3) < 4 * (96 / n) ** 0.5
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 4 / n**0.5
    for other in drawn.values():
        np.testing.assert_allclose(other.ravel(), first, atol=1e-5)


@needs_kernel
def test_same_seed_same_bits_whatever_ran_before() -> None:
    rng = np.random.default_rng(4)
    kernel, shape, longer = native.find_kernel(), (20, 8, 7, 40, 3), (60, 33, 7, 40, 3)
    weights, batch = _weights(shape, rng), _batch(shape, False, rng)
    used = native.NativeSequence(kernel, "softplus", 0.2, "leaky_rnn", 0.02, 0.1)
    used.run(weights, **_batch(longer, False, rng), seed=1, gradients=True)
    again = [s.run(weights, **batch, seed=2, gradients=True, n_outputs=2) for s in (used, dataclasses.replace(used))]
    assert again[0].loss == again[1].loss
    first, second = ([*result.gradients.values(), result.outputs] for result in again)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    forward = used.run(weights, **batch, seed=2, n_outputs=2)
    np.testing.assert_array_equal(forward.outputs, again[0].outputs)


@needs_kernel
@pytest.mark.parametrize("what, array", [("w_in", np.zeros((6, 40))), ("b_out", np.zeros(4))])
def test_arrays_that_do_not_fit_are_named(what: str, array: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    shape = (20, 8, 7, 40, 3)
    weights = {**_weights(shape, rng), what: array.astype(np.float32)}
    with pytest.raises(ValueError, match=f"{what}: shape"):
        native.NativeSequence(native.find_kernel(), "softplus", 0.2).run(weights, **_batch(shape, False, rng))


def _experiment(**training: object) -> "rx.config.Experiment":
    experiment = rx.load_config("config.yaml", scale="smoke")["reference"]
    return experiment.model_copy(update={"training": experiment.training.model_copy(update=training)})


@needs_kernel
@pytest.mark.parametrize("experiment", ["reference", "distributed_rules", "pretraining", "tanh_gru"])
def test_both_paths_have_the_same_gradient(experiment: str) -> None:
    """Without noise the paths differ by rounding alone, penalties and separate inputs included."""
    settings = rx.load_config("config.yaml", scale="smoke")[experiment].members()[0].experiment
    penalties = {"l1_rates": 1e-2, "l2_rates": 1e-5, "l1_weights": 1e-2, "l2_weights": 1e-3}
    settings = settings.model_copy(
        update={
            "network": settings.network.model_copy(update={"sigma_rec": 0.0}),
            "tasks": settings.tasks.model_copy(update={"sigma_x": 0.0}),
            "regularisers": settings.regularisers.model_copy(update=penalties),
        }
    )
    found = []
    for path in ("native", "torch"):
        chosen = settings.model_copy(update={"training": settings.training.model_copy(update={"path": path})})
        trainer = Trainer(chosen, "seed0")
        assert isinstance(trainer.path, NativePath if path == "native" else TorchPath)
        found.append(trainer.gradient(3))
    assert found[0].loss == pytest.approx(found[1].loss, rel=1e-5)
    assert found[0].penalty == pytest.approx(found[1].penalty, rel=1e-5)
    assert found[0].weights.keys() == found[1].weights.keys()
    for name, gradient in found[1].weights.items():
        assert _error(found[0].weights[name].numpy(), gradient.numpy()) < 1e-4, name


@needs_kernel
def test_a_whole_training_gives_the_same_bits_under_every_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    for name in BUILT:
        monkeypatch.setenv("REPLICORTEX_KERNEL", name)
        learner = Trainer(_experiment(path="native", precision="float32"), "seed0")
        for _ in range(30):
            learner.advance()
        found[name] = {weight: w.detach().numpy().tobytes() for weight, w in learner.weights.items()}
    first = found[BUILT[0]]
    assert all(bits == first for bits in found.values())
    untrained = Trainer(_experiment(path="native", precision="float32"), "seed0")
    assert all(bits != untrained.weights[name].detach().numpy().tobytes() for name, bits in first.items())


def test_without_a_kernel_pytorch_trains_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_built", lambda name: None)
    experiment = _experiment()
    path = path_of(experiment, architecture_of(experiment), rx.tasks.Coding())
    assert isinstance(path, TorchPath) and "make env" in path.about
    for setting, field in (({"path": "native"}, "training.path"), ({"precision": "mixed"}, "training.precision")):
        asked = _experiment(**setting)
        with pytest.raises(ConfigError, match=f"reference.{field}"):
            path_of(asked, architecture_of(asked), rx.tasks.Coding())


@needs_kernel
def test_a_library_of_another_source_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_text", lambda library, function: "0123456789abcdef")
    assert native.find_kernel() is None
    assert "another version of its source" in native.report()


def test_an_unknown_variant_is_an_error() -> None:
    with pytest.raises(ValueError, match="kernel"):
        native.find_kernel("avx513")


def test_the_code_hash_covers_the_kernel() -> None:
    sources = {f"file {path.name}" for pattern in ("*.cpp", "*.h") for path in FOLDER.glob(pattern)}
    reached = rx.provenance.SourceGraph().meanings("replicortex.training.job:train")
    assert sources and sources - {"file probe.cpp"} <= reached.keys()
