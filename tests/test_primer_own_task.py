"""A task of one's own, from its class to trained networks, pictures and slow points, without a line in the package."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import replicortex as rx
from replicortex import primer
from replicortex.analysis import fixed_points as fp
from replicortex.analysis.fits import fit_choices
from replicortex.analysis.modules import held_step
from replicortex.primer.learning import Learner

FAST = {"units": 12, "updates": 6, "evaluate_every": 3, "evaluation_trials": 20, "batch": 8, "log": lambda line: None}


@dataclass(frozen=True)
class Louder:
    """Which of two lines is larger?"""

    difference: float = 0.5
    dt: float = 20.0
    input_lines = ("left", "right")
    output_lines = ("wait", "left", "right")
    alternatives = ("left", "right")

    def draw(self, n_trials, rng, **fixed):
        truth = rng.integers(1, 3, n_trials)
        inputs = np.ones((12, n_trials, 2), np.float32)
        inputs[:, np.arange(n_trials), truth - 1] += self.difference
        periods, _ = primer.in_sequence({"fixation": 8, "decision": 4}, n_trials)
        signed = np.where(truth == 1, self.difference, -self.difference)
        return primer.answered(inputs, truth, periods, {"signed": signed}, self.dt, 3)

    def choices(self, outputs, trials):
        return primer.last_choice(outputs)


@pytest.fixture(scope="module")
def one() -> primer.Trained:
    return primer.train(Louder(), **{**FAST, "updates": 60, "evaluate_every": 20}, seeds=1)["seed0"]


def test_an_own_task_is_trained_by_the_librarys_trainer(one):
    assert one.task == Louder() and one.experiment.network.units == 12 and one.experiment.name == "Louder"
    assert one.history["performance"].iloc[-1] > 0.7 and len(one.curve) == 60
    learner = Learner(one.experiment, "seed0", stages=[Louder()])
    learner.run()
    for name, weight in learner.network.weights().items():
        assert torch.equal(weight, one.network.weights()[name])


def test_its_conditions_and_grid_are_those_of_a_file():
    nets = primer.train(Louder(), **FAST, conditions={"a": {}, "b": {"network.cell": "gru"}}, seeds=2)
    assert list(nets) == ["a,seed0", "a,seed1", "b,seed0", "b,seed1"]
    assert list(primer.train(Louder(), **FAST, grid={"training.rate": [0.1, 0.01]})) == [
        "rate=0.1,seed0",
        "rate=0.01,seed0",
    ]


def test_its_files_are_read_with_the_task_in_hand(one, tmp_path):
    kept = primer.train(Louder(), **{**FAST, "updates": 60, "evaluate_every": 20}, results=tmp_path)["seed0"]
    path = tmp_path / "primer" / "Louder" / "part0.safetensors"
    read = primer.load(path, task=Louder())["seed0"]
    for found in (kept, read):
        assert torch.equal(found.network.w_rec, one.network.w_rec)
    assert read.curve.equals(one.curve) and read.history.equals(one.history)
    with pytest.raises(ValueError, match=r"'own' is a task that primer.train was given.*load\(path, task=...\)"):
        primer.load(path)


def test_a_checkpoint_is_of_the_same_task(tmp_path):
    whole = primer.train(Louder(0.4), **FAST)["seed0"]
    leave_checkpoint(tmp_path, Louder())
    again = primer.train(Louder(0.4), **FAST, results=tmp_path)["seed0"]
    assert torch.equal(whole.network.w_rec, again.network.w_rec)  # not that of the other task


def leave_checkpoint(folder, task) -> None:
    """As an interruption does."""
    from replicortex.primer import job

    experiment = job.experiment_on(task, **{k: v for k, v in FAST.items() if k != "log"})
    learner = Learner(experiment, "seed0", stages=[task])
    learner.advance()
    job.save(learner, job._checkpoint(folder, experiment.members()[0], [task]))


def broken(**changes):
    return type("Broken", (Louder,), changes)()


@pytest.mark.parametrize(
    ("task", "error", "message"),
    [
        (object(), TypeError, "object: has no 'dt', which a task needs; docs/tour"),
        (broken(draw=lambda self, n, rng: 3), TypeError, "Broken.draw: returns int; return primer.Trials"),
        (broken(input_lines=("one",)), ValueError, r"inputs have the shape \(12, 2, 2\); two trials need \(12, 2, 1\)"),
        (broken(output_lines=("a", "b")), ValueError, r"targets have the shape \(12, 2, 3\); two trials need"),
        (broken(choices=lambda self, o, t: o), ValueError, r"choices: gives the shape \(12, 2, 3\)"),
        (
            broken(draw=lambda self, n, rng: replace(Louder().draw(n, rng), periods={"fixation": (0, 8)})),
            ValueError,
            "has no period 'decision', in which the answer is due; it has fixation",
        ),
    ],
)
def test_what_a_task_lacks_is_named_when_it_is_handed_over(task, error, message):
    pytest.importorskip("gymnasium")
    for take in (lambda: primer.train(task, **FAST), lambda: primer.environment(task), lambda: primer.check_task(task)):
        with pytest.raises(error, match=message):
            take()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"unit": 5}, ValueError, "setting: 'unit' is not one of .*did you mean 'units'"),
        ({"optimiser": "adamm"}, ValueError, "training.optimiser: 'adamm' is not one of adam, rmsprop, sgd"),
        ({"cell": "gru", "excitatory": 0.8}, ValueError, "network.excitatory: not for 'gru'; choose a cell of leaky"),
        ({"tau": 10}, ValueError, "network.tau: 10 ms is shorter than a step"),
        ({"trainable": "output", "frozen": ["w_in"]}, ValueError, "training.frozen: cannot go with"),
    ],
)
def test_wrong_settings_are_named(settings, error, message):
    with pytest.raises(error, match=message):
        primer.train(Louder(), **{**FAST, **settings})


def test_a_part_that_there_is_not_and_settings_of_an_experiment(one):
    with pytest.raises(ValueError, match="part of Louder: 'part7' is not one of part0"):
        primer.train(one.experiment, "part7")
    with pytest.raises(ValueError, match="'units' goes with a task; an experiment has its settings"):
        primer.train(one.experiment, units=3)


def test_a_file_cannot_name_an_own_task():
    config = {"schedules": {"paper": {}}, "experiments": {"o": {}}, "primer": {"mine": {"task": {"name": "own"}}}}
    with pytest.raises(rx.errors.ConfigError, match=r"primer.mine.task.name: 'own' is for primer.train\(task\)"):
        rx.load_config(config)


def test_pictures_return_axes_with_what_they_show(one):
    axes = primer.plot_trial(one)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["left", "right", "wait", "left", "right"]
    assert len(axes.lines) == 5 + 3 and len(primer.plot_trial(Louder()).lines) == 5
    axes = primer.plot_learning(one)
    assert list(axes.lines[0].get_ydata()) == list(one.curve["accuracy"])
    axes = primer.plot_state_space(one, n_trials=7)
    assert len(axes.lines) == 7 + 1
    points = primer.slow_points(one, [1, 1])
    axes = primer.plot_state_space(one, n_trials=7, points=points, by="choice", dimensions=3)
    assert len(axes.lines) == 7 + 2 and len(axes.lines[-1].get_data_3d()[0]) == points.converged.sum()
    drawn = primer.plot_connections(one).images[0].get_array()
    assert sorted(np.ravel(drawn)) == sorted(np.ravel(one.network.w_rec.detach().numpy()))
    placed = primer.plot_connections(one, by="place").images[0].get_array()
    order = np.argsort(one.network.positions[:, 0].numpy())
    assert placed[0, 1] == one.network.w_rec[order[0], order[1]]
    mine = primer.plot_trial(Louder())
    assert primer.plot_psychometric(one, mine) is mine


def test_pictures_refuse_names_that_there_are_not(one):
    with pytest.raises(ValueError, match="condition: 'coherence' is not one of signed"):
        primer.plot_psychometric(one, by="coherence")
    with pytest.raises(ValueError, match="by: 'colour' is not one of truth, choice, signed"):
        primer.plot_state_space(one, by="colour")
    with pytest.raises(ValueError, match="seed0 has no curve; keep <part>.curve.parquet"):
        primer.plot_learning(replace(one, curve=None))


def test_step_of_a_network_is_its_own_update_held(one):
    run = one.network.run(np.full((5, 1, 2), 0.5, np.float32))
    step, h = primer.step_of(one, [0.5, 0.5]), torch.zeros(1, 12, dtype=torch.float64)
    quiet = one.experiment.network.sigma
    assert quiet > 0  # the run above had no generator, so no noise
    for rates in run.rates:
        h = step(h)
        assert np.allclose(h.numpy(), rates, atol=1e-6)
    with pytest.raises(ValueError, match=r"held: shape \(3,\); the task has the lines left, right"):
        primer.step_of(one, [1, 1, 1])


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("form", ["", "Cell"])
def test_slow_points_of_pytorchs_modules_in_float32(kind, form):
    torch.manual_seed(0)
    module = getattr(torch.nn, kind + form)(3, 6)
    size = 12 if kind == "LSTM" else 6
    points = fp.slow_points(held_step(module, [1.0, 0.0, 0.0]), np.zeros((4, size)), rate=0.03)
    assert points.converged.all() and next(module.parameters()).dtype == torch.float32
    h = torch.tensor(points.states[:, :6], dtype=torch.float32)
    c = (h, torch.tensor(points.states[:, 6:], dtype=torch.float32)) if kind == "LSTM" else h
    x = torch.tensor([1.0, 0.0, 0.0]).expand(4, 3)
    if form:
        later = module(x, c)
        later = later[0] if kind == "LSTM" else later
    else:
        later = module(x[None], tuple(e[None] for e in c) if kind == "LSTM" else c[None])[0][0]
    assert torch.allclose(later, h, atol=2e-3)
    fixed = fp.fixed_points(held_step(module, [1.0, 0.0, 0.0]), points.states)
    assert fixed.converged.all() and fixed.speed.max() <= 1e-20


def test_points_that_are_not_slow_are_flagged_and_one_state_will_do():
    def step(h):
        return h + 1.0 + h.square()  # stands still nowhere

    points = fp.slow_points(step, [0.3, 0.1], steps=20)
    assert points.states.shape == (1, 2) and not points.converged.any()
    assert not fp.fixed_points(step, [0.3, 0.1]).converged.any()
    assert len(points.where(points.converged).states) == 0


def test_a_module_of_ones_own_and_modules_that_will_not_do():
    class Rates(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = torch.nn.Linear(5, 4)

        def forward(self, x, h):
            return "outputs", torch.tanh(self.inside(torch.cat([x, h], dim=1)))

    assert held_step(Rates(), [0.0])(torch.zeros(3, 4, dtype=torch.float64)).shape == (3, 4)
    for layer in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM):
        steps, states = [], torch.randn(5, 8 if layer is torch.nn.LSTM else 4, dtype=torch.float64)
        for first in (False, True):
            torch.manual_seed(0)
            steps.append(held_step(layer(3, 4, batch_first=first), [1.0, 0.0, 0.5])(states))
        torch.testing.assert_close(*steps)
    with pytest.raises(ValueError, match="held: 2 values; GRUCell has 3 input lines"):
        held_step(torch.nn.GRUCell(3, 4), [1, 2])
    with pytest.raises(ValueError, match="GRU: has several levels"):
        held_step(torch.nn.GRU(3, 4, num_layers=2), [1, 2, 3])
    with pytest.raises(TypeError, match=r"Bilinear: module\(inputs, states\) gives \(3, 2\) for states of shape"):
        held_step(torch.nn.Bilinear(1, 4, 2), [1.0])(torch.zeros(3, 4, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"starts: shape \(2, 2, 2\); give states \(point, state\)"):
        fp.slow_points(lambda h: h, np.zeros((2, 2, 2)))


@pytest.mark.parametrize("sigma", [0.06, 0.09])
def test_choices_are_fitted_without_bins(sigma):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 3000)
    fits = [fit_choices(x, rng.normal(x - 0.02, sigma) > 0) for _ in range(10)]
    assert np.mean([fit.sigma for fit in fits]) == pytest.approx(sigma, abs=0.005)
    assert np.mean([fit.mu for fit in fits]) == pytest.approx(0.02, abs=0.005)
    assert np.std([fit.sigma for fit in fits]) == pytest.approx(fits[0].sigma_error, rel=0.6)


def test_a_fit_maximises_the_likelihood_and_is_nan_where_there_is_none():
    from scipy.optimize import minimize
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, 200)
    chosen = rng.normal(x, 0.3) > 0
    cost = lambda p: -norm.logcdf(np.where(chosen, 1, -1) * (x - p[0]) / np.exp(p[1])).sum()  # noqa: E731
    best = minimize(cost, [0.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    fit = fit_choices(x, chosen)
    assert [fit.mu, fit.sigma] == pytest.approx([best.x[0], np.exp(best.x[1])], abs=1e-5)
    for alike in (x > 2, x < 2, x > 0, x < 0):
        assert np.isnan(fit_choices(x, alike).sigma)
    levels = np.repeat([-1.0, 0.0, 1.0], 4)  # mixed at one value alone: the likelihood grows as sigma falls to 0
    mixed = (levels > 0) | ((levels == 0) & (np.arange(12) % 2 == 0))
    assert np.isnan(fit_choices(levels, mixed).sigma) and np.isnan(fit_choices(np.zeros(12), mixed).sigma)
    mixed[0] = True
    assert fit_choices(levels, mixed).sigma > 0
