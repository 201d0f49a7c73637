"""Tasks of the primer: what is shown when, noise as stated, the same trials for the same seed."""

import numpy as np
import pytest
from scipy.stats import norm

from replicortex import primer
from replicortex.config.primer_schema import TASK_SETTINGS
from replicortex.primer.images import HELD_OUT, features
from replicortex.primer.job import Trained, experiment_on
from replicortex.primer.measure import classics
from replicortex.primer.meta_rl_tasks import EPISODIC
from replicortex.primer.network import Run
from replicortex.primer.tasks import TASKS

EVERY = [kind() for kind in TASKS.values()]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("task", EVERY, ids=lambda task: type(task).__name__)
def test_shapes_and_the_same_trials_for_the_same_seed(task):
    trials, again, other = (task.draw(7, rng(seed)) for seed in (1, 1, 2))
    n = trials.inputs.shape[0]
    assert trials.inputs.shape == (n, 7, len(task.input_lines)) and trials.inputs.dtype == np.float32
    assert trials.targets.shape == (n, 7, len(task.output_lines)) and trials.targets.dtype == np.float32
    assert np.array_equal(trials.inputs, again.inputs) and np.array_equal(trials.truth, again.truth)
    assert not np.array_equal(trials.inputs, other.inputs)
    assert set(trials.truth) <= set(range(isinstance(task, primer.GoNoGo) ^ 1, 1 + len(task.alternatives)))
    assert np.array_equal(trials.actions, np.where(trials.during("decision"), trials.truth, 0))
    assert all(values.shape == (7,) for values in trials.conditions.values())


@pytest.mark.parametrize("task", EVERY, ids=lambda task: type(task).__name__)
def test_a_network_that_gives_the_targets_is_always_right(task):
    trials = task.draw(40, rng())
    assert np.array_equal(task.choices(trials.targets, trials), trials.truth)
    assert (trials.truth == 1).sum() not in (0, 40) or len(task.alternatives) == 1


def test_settings_of_the_configuration_are_those_of_the_classes():
    assert TASK_SETTINGS.keys() == (TASKS | EPISODIC).keys() | {"own"}
    for name, settings in TASK_SETTINGS.items():
        assert name == "own" or set(settings) <= set((TASKS | EPISODIC)[name].__dataclass_fields__), name


def test_perceptual_decision_is_neurogyms_before_fixation_went_off_with_the_stimulus():
    """Numbers of PerceptualDecisionMaking-v0 before commit f27b510a: dt 20, 100 + 2000 + 0 + 100 ms, no noise."""
    task = primer.PerceptualDecision(sigma=0, stimulus=2000)
    trials = task.draw(2, rng(), coherence=[51.2, 25.6], choice=[1, 2])
    assert trials.inputs.shape == (110, 2, 3)
    assert np.array_equal(trials.inputs[:, 0, 0], [1] * 105 + [0] * 5)  # on while the stimulus is
    assert np.allclose(trials.inputs[5:105, 0, 1:], [0.756, 0.244]) and np.all(trials.inputs[:5, :, 1:] == 0)
    assert np.allclose(trials.inputs[5:105, 1, 1:], [0.372, 0.628]) and np.all(trials.inputs[105:, :, 1:] == 0)
    assert np.array_equal(trials.actions[:, 1], [0] * 105 + [2] * 5)
    assert np.array_equal(trials.targets[-1], [[0, 1, 0], [0, 0, 1]])


def test_texts_stimulus_of_one_second_makes_sixty_steps_and_five_coherences():
    trials = primer.PerceptualDecision().draw(5000, rng())
    assert len(trials.inputs) == 60 and trials.during("stimulus")[:, 0].sum() == 50
    values, counts = np.unique(trials.conditions["coherence"], return_counts=True)
    assert list(values) == [0, 6.4, 12.8, 25.6, 51.2] and counts.min() > 900
    assert (trials.truth == 1).mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("sigma", "per_step"), [(1.0, 0.22360680), (0.3, 0.06708204)])
def test_noise_per_step_is_sigma_over_the_root_of_dt(sigma, per_step):
    task = primer.PerceptualDecision(sigma=sigma)
    trials = task.draw(2000, rng(), coherence=0.0)
    seen = trials.inputs[trials.during("stimulus")][:, 1:] - 0.5
    assert task.noise_per_step == pytest.approx(per_step)
    assert seen.std() == pytest.approx(per_step, rel=0.01)
    assert np.all(trials.inputs[..., 0] % 1 == 0)  # none on fixation


@pytest.mark.parametrize(("sigma", "ceiling"), [(0.3, 0.900), (1.0, 0.884)])
def test_ideal_observer_by_simulation_and_as_written_down(sigma, ceiling):
    task = primer.PerceptualDecision(sigma=sigma)
    assert task.ceiling == pytest.approx(ceiling, abs=0.0005)
    trials = task.draw(20000, rng(3))
    difference = (trials.inputs[..., 1] - trials.inputs[..., 2])[trials.during("stimulus")[:, 0]].sum(0)
    right = np.where(difference > 0, 1, 2) == trials.truth
    assert right.mean() == pytest.approx(ceiling, abs=0.008)
    weak = trials.conditions["coherence"] == 6.4
    assert right[weak].mean() == pytest.approx(task.ideal(6.4), abs=0.02)


def test_ideal_observer_without_noise_is_right_unless_there_is_nothing_to_see():
    task = primer.PerceptualDecision(sigma=0)
    assert [task.ideal(c) for c in (0.0, 6.4)] == [0.5, 1.0]


def test_checkerboard_by_a_plain_loop():
    task = primer.Checkerboard()
    fixed = {"coherence": 0.8, "colour": [1, -1, 1, -1], "layout": [0, 0, 1, 1]}
    trials = task.draw(4, rng(), target_onset=[400, 410, 899, 500], board_onset=[1200, 1210, 1799, 1300], **fixed)
    assert trials.inputs.shape == (100, 4, 12)
    assert list(trials.truth) == [2, 1, 1, 2]  # left where the colour's index is the layout's
    for trial, (shown, asked, layout) in enumerate(zip([20, 21, 45, 25], [60, 61, 90, 65], [0, 0, 1, 1], strict=True)):
        for t in range(100):
            assert trials.inputs[t, trial, layout] == (t >= shown) and trials.inputs[t, trial, 1 - layout] == 0
            wanted = [0, 0]
            wanted[trials.truth[trial] - 1] = int(t >= asked)
            assert list(trials.targets[t, trial]) == wanted


def test_checkerboard_colour_lines_and_onsets():
    trials = primer.Checkerboard().draw(4000, rng(), coherence=0.5)
    board = trials.during("decision")
    signs = trials.conditions["colour"]
    after = (trials.inputs[..., 2:] * signs[:, None])[board]
    assert after.mean() == pytest.approx(0.5, abs=0.005) and after.std() == pytest.approx(1, abs=0.01)
    before = trials.inputs[..., 2:][~board]
    assert before.mean() == pytest.approx(0, abs=0.005) and before.std() == pytest.approx(1, abs=0.01)
    start = {name: trials.periods[name][0] * 20 for name in ("targets", "decision")}
    for name, low, high in (("targets", 400, 900), ("decision", 1200, 1800)):
        assert start[name].min() >= low and start[name].max() <= high
        assert abs(start[name].mean() - (low + high) / 2 - 10) < 15


def test_decision_time_is_the_first_crossing_after_the_checkerboard():
    task = primer.Checkerboard()
    trials = task.draw(3, rng(), board_onset=1200)
    outputs = np.zeros((100, 3, 2), np.float32)
    outputs[50, 0, 0] = 1.0  # before the board: does not count
    outputs[70:, 0, 1] = 0.7
    outputs[60:, 1, 0] = 0.6
    choice, time = primer.decisions(outputs, trials, 0.6)
    assert list(choice) == [2, 1, 0] and list(time[:2]) == [200, 0] and np.isnan(time[2])


def test_context_tells_which_modality_is_judged():
    task = primer.ContextDecision(sigma=0)
    trials = task.draw(4, rng(), motion=[0.5, 0.5, -0.05, -0.05], colour=[-0.5, -0.5, 0.15, 0.15], context=[1, 2, 1, 2])
    assert list(trials.truth) == [1, 2, 2, 1]
    assert np.allclose(
        trials.inputs[20, :, 1:], [[0.5, -0.5, 1, 0], [0.5, -0.5, 0, 1], [-0.05, 0.15, 1, 0], [-0.05, 0.15, 0, 1]]
    )
    assert set(primer.ContextDecision(contexts=(2,)).draw(30, rng()).conditions["context"]) == {2}
    drawn = task.draw(2000, rng()).conditions
    assert abs(np.corrcoef(drawn["motion"], drawn["colour"])[0, 1]) < 0.1


def test_match_is_a_match_in_half_of_the_trials():
    task = primer.DelayedMatch(sigma=0)
    trials = task.draw(2000, rng())
    same = trials.conditions["sample"] == trials.conditions["test"]
    assert np.array_equal(same, trials.truth == 1) and same.mean() == pytest.approx(0.5, abs=0.05)
    assert np.all(trials.inputs[trials.during("delay")][:, 1:] == 0)
    shown = trials.inputs[6, :, 1:].argmax(1)
    assert np.array_equal(shown, trials.conditions["sample"])


def test_digits_are_held_out_from_training():
    train, test = (primer.DigitParity(held_out=held).draw(500, rng()).conditions["image"] for held in (False, True))
    edge = len(features()[0]) - HELD_OUT
    assert train.max() < edge <= test.min()
    assert features()[0].shape[1] == 128 and features()[0].min() >= 0
    trials = primer.DigitParity().draw(50, rng())
    assert np.array_equal(trials.truth, 1 + trials.conditions["digit"] % 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: primer.task("perceptal"), "task: 'perceptal' is not one of .*did you mean 'perceptual'"),
        (lambda: primer.task("perceptual", sigmma=1), "setting of task 'perceptual': 'sigmma' .*did you mean 'sigma'"),
        (lambda: EVERY[0].draw(3, rng(), coherense=1), "condition: 'coherense' .*did you mean 'coherence'"),
        (
            lambda: EVERY[0].draw(3, rng(), coherence=[1, 2]),
            r"coherence: shape \(2,\); give one number, or one for each",
        ),
        (lambda: EVERY[0].draw(3, rng()).during("stimulous"), "period: 'stimulous' .*did you mean 'stimulus'"),
        (lambda: primer.batches(EVERY[0], batch=0), "batch: 0 must be at least 1"),
        (lambda: primer.batches(EVERY[0], targets="int"), "targets: 'int' is not one of onehot, integers"),
        (lambda: primer.batches(primer.Checkerboard(), targets="integers"), "Checkerboard has no output for waiting"),
        (lambda: primer.batches(primer.Bandit()), r"Bandit: is played, .*use primer.environment\(task\)"),
        (lambda: EVERY[0].draw(0, rng()), "n_trials: 0 must be at least 1"),
        (lambda: EVERY[0].draw(3, rng(), choice=0), "choice: 0 is not one of 1, 2"),
        (lambda: EVERY[0].draw(3, rng(), choice=3), "choice: 3 is not one of 1, 2"),
        (lambda: EVERY[0].draw(3, rng(), coherence=-1), "coherence: -1 is not a number from 0 to 100"),
        (lambda: EVERY[0].draw(3, rng(), coherence=float("nan")), "coherence: nan is not a number from 0 to 100"),
        (lambda: primer.Checkerboard().draw(3, rng(), layout=2), "layout: 2 is not one of 0, 1"),
        (lambda: primer.Checkerboard().draw(3, rng(), colour=0), "colour: 0 is not one of -1, 1"),
        (lambda: primer.Checkerboard().draw(3, rng(), board_onset=2500), "board_onset: 2500 is not a number from 0 to"),
        (lambda: primer.Checkerboard(board_onset=(1200, 2500)), r"board_onset: \(1200, 2500\) must lie from 0"),
        (lambda: primer.Checkerboard(onset_rounding="floor"), "onset_rounding: 'floor' is not one of up, down"),
        (lambda: primer.ContextDecision().draw(3, rng(), context=3), "context: 3 is not one of 1, 2"),
        (lambda: primer.ContextDecision(contexts=(3,)), r"contexts: \(3,\) must be some of 1"),
        (lambda: primer.DelayedMatch().draw(3, rng(), sample=8), "sample: 8 is not one of 0, 1"),
        (lambda: primer.DigitParity().draw(3, rng(), image=1e6), r"image: 1e\+06 is not one of"),
        (lambda: primer.PerceptualDecision(decision=0), "decision: 0 ms is shorter than a step of 20 ms"),
        (lambda: primer.PerceptualDecision(delay=-1), "delay: -1 is not a duration in ms"),
        (lambda: primer.PerceptualDecision(dt=0), "dt: 0 is not a step in ms"),
        (lambda: primer.PerceptualDecision(sigma=-1), "sigma: -1 is not a standard deviation"),
        (lambda: primer.PerceptualDecision(dim_ring=1), "dim_ring: 1 must be at least 2"),
        (lambda: primer.PerceptualDecision(stim_scale=3), "coherences: .* times stim_scale 3 must be 0 to 100"),
        (lambda: primer.PerceptualDecision(dim_ring=4).ceiling, "ideal: is known for two directions"),
        (lambda: primer.PerceptualDecision(delay_range=(5, 1)), r"delay_range: \(5, 1\) with mean 0"),
        (lambda: primer.ReadySetGo(tolerance=0), "tolerance: 0 is not a part of the interval"),
    ],
)
def test_wrong_names_and_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_ideal_observer_formula_against_scipy():
    task = primer.PerceptualDecision(sigma=1.0)
    sums = norm(loc=0.064 * 50, scale=(2 * 50) ** 0.5 * 1 / 20**0.5)
    assert task.ideal(6.4) == pytest.approx(sums.sf(0))


def test_a_generator_is_asked_for():
    with pytest.raises(TypeError, match=r"rng: 0 is no generator; use np.random.default_rng\(0\)"):
        primer.PerceptualDecision().draw(4, 0)


def test_directions_on_a_ring_and_scaled_coherences():
    task = primer.PerceptualDecision(sigma=0, dim_ring=4, stim_scale=0.5)
    trials = task.draw(400, rng())
    assert set(trials.truth) == {1, 2, 3, 4} and set(trials.conditions["coherence"]) == {0, 3.2, 6.4, 12.8, 25.6}
    shown = trials.inputs[10, :, 1:][trials.conditions["coherence"] > 0]
    assert np.array_equal(1 + shown.argmax(1), trials.truth[trials.conditions["coherence"] > 0])
    strong = task.draw(1, rng(), coherence=100, choice=2)
    assert np.allclose(strong.inputs[10, 0, 1:], [0.5, 1.0, 0.5, 0.0])


def test_delays_of_their_own_are_truncated_exponential_and_steps_after_a_trial_do_not_count():
    task = primer.PerceptualDecision(delay=300, delay_range=(100, 600))
    trials = task.draw(4000, rng())
    start, end = trials.periods["delay"]
    length = (end - start) * 20.0
    assert length.min() >= 100 and length.max() <= 600
    x = np.linspace(100, 600, 10001)
    density = np.exp(-x / 300)
    assert length.mean() == pytest.approx((x * density).sum() / density.sum(), abs=8)
    over = trials.periods["decision"][1]
    assert np.array_equal(trials.mask.sum(0), over) and len(trials.inputs) == over.max()
    assert np.array_equal(trials.inputs[..., 0].sum(0), trials.periods["decision"][0])
    assert np.array_equal(task.choices(trials.targets, trials), trials.truth)


def test_onsets_may_be_rounded_down_as_in_the_text():
    up, down = (
        primer.Checkerboard(onset_rounding=way).draw(2, rng(), board_onset=[1210, 1220]).periods["decision"][0]
        for way in ("up", "down")
    )
    assert list(up) == [61, 61] and list(down) == [60, 61]


def test_checkerboards_ideal_observer_sums_the_colours():
    task = primer.Checkerboard()
    trials = task.draw(4000, rng())
    steps = 100 - trials.periods["decision"][0]
    expected = norm.cdf(trials.conditions["coherence"] * np.sqrt(10 * steps)).mean()
    right = (task.observed(trials) == trials.truth).mean()
    assert right == pytest.approx(expected, abs=0.006) and 0.97 < right < 0.99


def test_ready_set_go_counts_an_answer_within_a_fifth_of_the_interval():
    task = primer.ReadySetGo(sigma=0)
    trials = task.draw(5, rng(), interval=500)
    outputs = np.zeros((len(trials.inputs), 5, 2), np.float32)
    outputs[..., 0] = 0.5
    ready, go = 5, 5 + 50
    assert trials.periods["ready"][0][0] == ready and trials.periods["decision"][0][0] == go
    for trial, at in enumerate((go, go - 4, go + 4, go - 5, go + 5)):
        outputs[at:, trial, 1] = 1
    assert list(task.choices(outputs, trials)) == [1, 1, 1, 0, 0]
    assert list(task.choices(np.zeros_like(outputs), trials)) == [0] * 5


def test_interval_and_frequency_comparisons_show_what_they_ask():
    trials = primer.IntervalDiscrimination(sigma=0).draw(50, rng())
    first, second = (trials.inputs[..., i].sum(0) for i in (1, 2))
    assert np.array_equal(np.where(first > second, 1, 2), trials.truth) and np.all(first != second)
    trials = primer.DelayedComparison(sigma=0).draw(50, rng())
    first, second = (trials.inputs[..., 1][trials.during(name)].reshape(-1, 50).mean(0) for name in ("first", "second"))
    assert np.array_equal(np.where(first > second, 1, 2), trials.truth)
    assert set(np.round(first * 24 + 10)) <= {10, 14, 18, 22, 26, 30, 34}


def answering(kind, outputs):
    """A task of a kind and a network beside it that puts out what ``outputs`` makes of the targets."""
    drawn = []

    class Remembering(kind):
        def draw(self, n_trials, rng, **fixed):
            trials = super().draw(n_trials, rng, **fixed)
            drawn.append(outputs(trials.targets))
            return trials

    class Told:
        def run(self, inputs, noise):
            return Run(np.zeros((*inputs.shape[:2], 4), np.float32), drawn[-1])

    return Trained("seed0", Told(), experiment_on(kind()), Remembering())


@pytest.mark.parametrize("name", ["go_no_go", "comparison", "interval", "ready_set_go"])
def test_answers_in_a_classic_task_are_counted_by_what_is_shown(name):
    rows = classics.answer_rows(answering(TASKS[name], lambda targets: targets))
    assert len(rows) == {"go_no_go": 8, "comparison": 8, "interval": 20, "ready_set_go": 5}[name]
    if name == "ready_set_go":
        assert np.allclose(rows["mean"], rows["at"]) and (rows["sd"] == 0).all()
    else:
        assert (rows["mean"] == (rows["signal"] == "go" if name == "go_no_go" else rows["at"] > 0)).all()
    waiting = classics.answer_rows(
        answering(TASKS[name], lambda targets: np.eye(targets.shape[-1])[0 * targets.argmax(-1)])
    )
    assert len(waiting) == len(rows)
    if name == "ready_set_go":  # as a network that never goes
        assert waiting["mean"].isna().all() and (waiting["n_trials"] == 0).all()
    else:
        assert (waiting["mean"] == 0).all()


def test_what_networks_answer_is_measured_in_the_four_classics_alone():
    with pytest.raises(ValueError, match="seed0: learnt Remembering, which is none of the four classics"):
        classics.answer_rows(answering(primer.PerceptualDecision, lambda targets: targets))
