"""Many networks at once on torch's CPU device: the same as one trainer each, whatever the padding and the company."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from tiny_ensembles import CPU, LABELS, difference, experiment_of
from torch.utils._python_dispatch import TorchDispatchMode

import replicortex as rx
from replicortex.networks.activations import ACTIVATIONS
from replicortex.networks.sequence import Lengths, leaky_sequence
from replicortex.training.draws import BUCKET, Request, Sampler, requests
from replicortex.training.ensemble import EnsembleTrainer
from replicortex.training.graphs import Recorder
from replicortex.training.source import Source
from replicortex.training.trainer import Trainer

torch.set_num_threads(1)


def _trainers(experiment: Any, dtype: torch.dtype = torch.float32) -> list[Trainer]:
    found = [Trainer(experiment, label) for label in LABELS]
    for trainer in found:
        trainer.weights = {name: weight.to(dtype) for name, weight in trainer.weights.items()}
    return found


def _learn_together(members: list[Trainer], updates: int) -> EnsembleTrainer:
    trainer = EnsembleTrainer(members, CPU)
    trainer.networks.moving.fill_(True)
    sequence = (Request(update) for update in range(updates))
    with Source(trainer.sampler, lambda: sequence, CPU, workers=0) as source:
        for update in range(updates):
            trainer.networks.advance(source.take(Request(update)), update)
    return trainer


VARIANTS: list[dict[str, Any]] = [
    {},
    {"network": {"sigma_rec": 0.0, "activation": "tanh"}, "tasks": {"sigma_x": 0.0, "loss": "cross_entropy"}},
    {"network": {"input": "separate", "mix_rule": True, "activation": "relu"}, "training": {"trainable": "input"}},
    {
        "tasks": {"cost_mask": "paper"},
        "network": {"activation": "retanh"},
        "regularisers": {
            "l1_rates": 1e-3,
            "l2_rates": 1e-5,
            "l1_weights": 1e-3,
            "l2_weights": 1e-3,
            "l2_weights_from_start": 1e-2,
            "plastic_fraction": 0.5,
        },
    },
    {"network": {"activation": "power"}},
]


@pytest.mark.parametrize("changes", VARIANTS, ids=["fused", "entropy", "separate", "regularised", "power"])
def test_networks_learn_together_what_each_learns_alone(changes: dict[str, Any]) -> None:
    """In double precision, with the noise of the CPU's trainer; trials of unequal length are padded."""
    experiment = experiment_of(**changes)
    together = _learn_together(_trainers(experiment, torch.float64), 12)
    for m, alone in enumerate(_trainers(experiment, torch.float64)):
        start = {name: weight.clone() for name, weight in alone.weights.items()}
        for _ in range(12):
            alone.advance()
        for name in alone.trained:
            moved = alone.weights[name] - start[name]
            assert float(moved.detach().norm()) > 0
            assert difference(together.networks.weights[name][m] - start[name], moved) < 1e-7, name
        frozen = set(alone.weights) - set(alone.trained)
        assert all(torch.equal(together.networks.weights[name][m], start[name]) for name in frozen)
        assert float(together.networks.penalty[m]) == pytest.approx(alone._last_penalty, rel=1e-6)


def test_networks_go_on_together_from_trainings_of_unequal_length() -> None:
    """Each with its own moments, and with the bias corrections of its own number of updates."""
    experiment = experiment_of()

    def going_on() -> list[Trainer]:
        before = _trainers(experiment, torch.float64)
        for updates, trainer in zip((1, 3, 6), before, strict=True):
            for _ in range(updates):
                trainer.advance()
        return [Trainer(experiment, one.label, one.ensemble({}), one.moments) for one in before]

    together = _learn_together(going_on(), 8)
    for m, alone in enumerate(going_on()):
        start = {name: weight.clone() for name, weight in alone.weights.items()}
        for _ in range(8):
            alone.advance()
        for name in alone.trained:
            moved = alone.weights[name] - start[name]
            assert difference(together.networks.weights[name][m] - start[name], moved) < 1e-7, name


def test_a_network_does_not_depend_on_who_trains_beside_it() -> None:
    """But for rounding: here it is alone, and nothing is padded beyond its own bucket."""
    experiment = experiment_of()
    three = _learn_together(_trainers(experiment, torch.float64), 10)
    alone = EnsembleTrainer(_trainers(experiment, torch.float64)[1:2], CPU)
    alone.networks.moving.fill_(True)
    with Source(alone.sampler, lambda: iter(()), CPU, workers=0) as source:
        for update in range(10):
            alone.networks.advance(source.take(Request(update)), update)
    for name, weight in alone.networks.weights.items():
        assert difference(three.networks.weights[name][1], weight[0]) < 1e-7


@pytest.mark.parametrize("request_", [Request(7), Request(40, "delaydm2", 1)])
@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_rendered_trials_are_those_of_the_single_trainer(request_: Request, loss: str) -> None:
    experiment = experiment_of(tasks={"loss": loss, "sigma_x": 0.0})
    members = _trainers(experiment)
    together = EnsembleTrainer(members, CPU)
    sequence = [Request(40, "delaydm2", 0), request_] if request_.task else [request_]
    with Source(together.sampler, lambda: iter(sequence), CPU, workers=0) as source:
        batch = [source.take(one) for one in sequence][-1]
        together.networks._render(batch)
    n_trial = batch.y_loc.shape[1]
    assert batch.n_time % BUCKET == 0 and batch.n_time - max(batch.lengths) < BUCKET
    b = {name: tensor.numpy() for name, tensor in together.networks._buffers(batch.n_time, n_trial).items()}
    assert batch.lengths == sorted(batch.lengths, reverse=True) and sorted(batch.order) == [0, 1, 2]
    for place, m in enumerate(batch.order):
        member = members[m]
        if request_.task is None:
            rows, rng = member.draw(request_.update)
            trial = rows.repeated()
        else:
            rng = member.stream("evaluation", 40, request_.task)
            for _ in range(2):
                trial = rx.tasks.generate(request_.task, batch=6, rng=rng, noise=False, coding=member.coding)
                last = rng.integers(2**63)
        n = len(trial.x)
        assert batch.lengths[place] == n
        np.testing.assert_array_equal(b["x"][place, :n], trial.x)
        np.testing.assert_array_equal(b["target"][place, :n], trial.y)
        np.testing.assert_array_equal(batch.y_loc[m], trial.y_loc[-1])
        assert batch.seeds[place] == (last if request_.task else rng.integers(2**63))
        share = batch.n_time / n
        scale = share if loss == "cross_entropy" else share**0.5
        mask = np.broadcast_to(b["mask"][place, :n], trial.mask.shape)
        np.testing.assert_allclose(mask, trial.mask * scale, rtol=1e-6)
        assert not b["x"][place, n:].any() and not b["mask"][place, n:].any() and not b["leak"][place, n:].any()


def test_gradients_with_a_network_axis_agree_with_autograd() -> None:
    """Unequal lengths included; float64."""
    rng = np.random.default_rng(0)

    def array(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return torch.from_numpy(scale * rng.standard_normal(shape))

    n, time_, trials, units, channels, alpha = 3, 9, 4, 6, 5, 0.3
    x, noise = array(n, time_, trials, channels), array(n, time_, trials, units, scale=0.1)
    w_in, w_rec, bias = array(n, channels, units), array(n, units, units, scale=0.3), array(n, units)
    weights = [weight.requires_grad_() for weight in (w_in, w_rec, bias)]
    lengths = torch.tensor([9, 6, 4])
    going = (torch.arange(time_) < lengths[:, None]).double()
    readout = array(n, time_, trials, units) * going[..., None, None]
    ends = Lengths(alpha * going[..., None, None], ((0, 5, 3), (5, 7, 2), (7, 9, 1)))
    f = ACTIVATIONS["softplus"]
    rates = leaky_sequence(x, w_in, w_rec, bias, alpha=alpha, activation=f, noise=noise.clone(), lengths=ends)
    found = torch.autograd.grad((readout * rates.square()).sum(), weights)
    for m, length in enumerate(lengths.tolist()):
        h, plain = x.new_zeros(trials, units), []
        for t in range(length):
            h = (1 - alpha) * h + alpha * f.apply(x[m, t] @ w_in[m] + h @ w_rec[m] + bias[m] + noise[m, t])
            plain.append(h)
        expected = torch.autograd.grad((readout[m, :length] * torch.stack(plain).square()).sum(), weights)
        assert difference(rates[m, :length], torch.stack(plain)) < 1e-12
        for ours, theirs in zip(found, expected, strict=True):
            assert difference(ours[m], theirs[m]) < 1e-9


def test_shared_timing_gives_all_networks_one_task_and_nothing_to_pad() -> None:
    experiment = experiment_of(training={"timing": "shared"})
    sampler = Sampler(experiment, LABELS)
    lengths = set()
    with Source(sampler, lambda: iter(()), CPU, workers=0) as source:
        for update in range(12):
            batch = source.take(Request(update))
            assert set(batch.lengths) == {batch.n_time}
            rules = batch.rows["x"][:, 0, 0, -20:].numpy()
            assert (rules == rules[0]).all() and rules.sum() == 3
            x = batch.rows["x"].numpy()
            assert not np.array_equal(x[0], x[1])  # conditions are each network's own
            lengths.add(batch.n_time)
    assert len(lengths) > 3


def test_batches_drawn_by_other_processes_are_the_same() -> None:
    experiment = experiment_of()
    sampler = Sampler(experiment, LABELS)
    wanted = list(requests(experiment, 38, evaluate_first=False))
    assert len(wanted) == 2 + 8 + 1 + 8 and [r.update for r in wanted if r.task is None] == [38, 39, 40]
    with (
        Source(sampler, lambda: requests(experiment, 38, False), CPU, workers=2) as ahead,
        Source(sampler, lambda: requests(experiment, 38, False), CPU, workers=0) as here,
    ):
        for request in wanted:
            a, b = ahead.take(request), here.take(request)
            assert a.seeds == b.seeds and a.lengths == b.lengths and a.n_time == b.n_time
            assert all(torch.equal(a.rows[name], b.rows[name]) for name in a.rows)


def test_batches_out_of_order_are_noticed() -> None:
    with Source(Sampler(experiment_of(), LABELS), lambda: map(Request, (0, 2)), CPU, workers=1) as source:
        source.take(Request(0))
        with pytest.raises(RuntimeError, match="another batch is next"):
            source.take(Request(1))


def test_a_dead_process_is_noticed() -> None:
    experiment = experiment_of()
    with Source(Sampler(experiment, LABELS), lambda: iter([Request(0)]), CPU, workers=1) as source:
        source.take(Request(0))
        with pytest.raises(RuntimeError, match="draws trials has died"):
            source.take(Request(1))  # never drawn: its process has come to the end


class _NothingForTheHost(TorchDispatchMode):
    """Fails on operations for which a host waits for its device: none of them can be recorded in a graph."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        assert name not in ("_local_scalar_dense", "nonzero", "masked_select", "_unique2", "item"), name
        if name == "index":  # by a mask it would have to count
            assert all(index is None or index.dtype != torch.bool for index in args[1])
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("changes", VARIANTS, ids=["fused", "entropy", "separate", "regularised", "power"])
def test_an_update_can_be_recorded(changes: dict[str, Any]) -> None:
    """It asks the host for nothing, and what it works on stays where it is in memory."""
    experiment = experiment_of(**changes)
    together = EnsembleTrainer(_trainers(experiment), CPU)
    networks = together.networks
    networks._reserve()
    networks.moving.fill_(True)

    def addresses() -> list[int]:
        named = (networks.weights, networks.first, networks.second, networks._work._memory)
        single = (networks.moving, networks.count, networks.penalty, networks._rate, networks._length)
        every = [*single, networks._order, networks._place, *(tensor for group in named for tensor in group.values())]
        return [tensor.data_ptr() for tensor in every]

    before, run = addresses(), networks._recorder.run

    def watched(key: Any, work: Any, rehearsal: Any) -> None:
        with _NothingForTheHost():
            rehearsal()
            work()

    networks._recorder.run = watched  # type: ignore[method-assign]
    with Source(together.sampler, lambda: iter(()), CPU, workers=0) as source:
        for update in range(6):
            networks.advance(source.take(Request(update)), update)
        networks.evaluate(20, source.take)
    assert addresses() == before and run is not watched
    assert networks.count.tolist() == [6, 6, 6] and networks.moving.all()


def test_noise_has_the_spread_of_the_configuration() -> None:
    experiment = experiment_of(tasks={"sigma_x": 0.3}, network={"sigma_rec": 0.2})
    together = EnsembleTrainer(_trainers(experiment), CPU)
    with Source(together.sampler, lambda: iter(()), CPU, workers=0) as source:
        batch = source.take(Request(3))
    networks = together.networks
    networks._render(batch)
    b = networks._buffers(batch.n_time, 8)
    clean = batch.rows["x"].flatten(0, 1)[batch.rows["period"][:, : batch.n_time]]
    for place, length in enumerate(batch.lengths):
        factor = (2 / 0.2) ** 0.5
        assert float((b["x"] - clean)[place, :length].std()) == pytest.approx(0.3 * factor, rel=0.03)
        assert float(b["pre"][place, :length].std()) == pytest.approx(0.2 * factor, rel=0.05)


def test_a_piece_is_rehearsed_and_recorded_once_and_replayed_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins for the parts of torch.cuda that need a GPU."""
    told: list[str] = []

    class Stream:
        def __init__(self, *_: object) -> None: ...

        def wait_stream(self, _: object) -> None: ...

    class Graph:
        def replay(self) -> None:
            told.append("replay")

        def pool(self) -> str:
            return "pool"

    @contextmanager
    def recording(graph: Graph, pool: str | None) -> Iterator[None]:
        told.append(f"record in {pool}")
        yield

    for name, part in {"Stream": Stream, "CUDAGraph": Graph, "graph": recording}.items():
        monkeypatch.setattr(torch.cuda, name, part)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    recorder = Recorder(torch.device("cuda"))
    for length in (60, 60, 90):
        recorder.run(("learn", length), lambda: told.append("work"), lambda: told.append("rehearsal"))
    assert told == [
        *("rehearsal", "record in None", "work", "replay"),
        "replay",
        *("rehearsal", "record in pool", "work", "replay"),
    ]
