"""Many networks of one experiment on a device: their weights and moments, one update of all, their performance.

Products are batched over networks, each on trials of its own.  A batch holds them in the order of falling length, so
that those whose trials have ended can be left out of the rest; each loss is a mean over its own steps, so that the
little padding that is left changes nothing but the time it takes.  On a GPU an update is a CUDA graph, one for each
pattern of lengths.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from replicortex.networks import leaky
from replicortex.networks.cells import Parameters
from replicortex.networks.sequence import Lengths, Span, Workspace
from replicortex.tasks import score
from replicortex.training.draws import Request, Sampler, spans
from replicortex.training.evaluation import Performance
from replicortex.training.graphs import Recorder
from replicortex.training.loss import Regulariser, masked_loss
from replicortex.training.optimiser import folded_rate, learning_rate, step_many
from replicortex.training.paths import input_noise_sd
from replicortex.training.source import Batch
from replicortex.training.trainer import Trainer

Spans = tuple[Span, ...]


class BatchedNetworks:
    """Weights and moments of many networks, and what is done to all of them at once.

    Parameters
    ----------
    members
        The trainers of the single networks, in the state from which to go on.
    sampler
        Draws their trials.
    device
        Where to compute.

    Attributes
    ----------
    weights, first, second
        Weights and Adam's moments by name, (network, ...).
    moving
        (network,) bool: takes part in updates, and loss and gradient have been finite so far.
    count
        (network,) number of updates done.
    penalty
        (network,) penalty of the last batch.
    """

    def __init__(self, members: Sequence[Trainer], sampler: Sampler, device: torch.device) -> None:
        self.device = device
        self.sampler = sampler
        self.experiment, self.arch, self.coding = sampler.experiment, members[0].arch, sampler.coding
        self._trained = members[0].trained
        self._load(members)
        self._regulariser = Regulariser.stacked([member.regulariser for member in members], device)
        n, like = len(members), self.weights["w_out"]
        self.moving = torch.zeros(n, dtype=torch.bool, device=device)
        self.count = torch.tensor([member.update for member in members], device=device)
        self.penalty = torch.full((n,), float("nan"), dtype=like.dtype, device=device)
        self._earlier = [member.earlier for member in members]
        self._rate = torch.zeros(n, dtype=like.dtype, device=device)
        self._length = torch.ones(n, dtype=torch.int64, device=device)
        self._each = torch.arange(n, device=device)
        self._order, self._place = self._each.clone(), self._each.clone()  # of the batch: network by place, and back
        self._generator = torch.Generator(device=device)
        self._work = Workspace()
        self._recorder = Recorder(device)
        if device.type == "cuda":
            self._reserve()

    def _load(self, members: Sequence[Trainer]) -> None:
        """Weights and moments of all members as arrays (network, ...) on the device."""

        def stacked(each: Sequence[Tensor]) -> Tensor:
            return torch.stack([tensor.detach() for tensor in each]).to(self.device)

        def moments(each: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
            # Without an entry before the first update.
            none = {name: torch.zeros_like(members[0].weights[name]) for name in self._trained}
            return {name: stacked([found.get(name, none[name]) for found in each]) for name in self._trained}

        self.weights = {name: stacked([m.weights[name] for m in members]) for name in members[0].weights}
        for name in self._trained:
            self.weights[name].requires_grad_()
        self.first = moments([member.optimiser.group("first") for member in members])
        self.second = moments([member.optimiser.group("second") for member in members])

    def _reserve(self) -> None:
        """Bring the buffers to the size of the longest batch: recorded graphs rely on their addresses."""
        longest = self.sampler.longest
        for work, batch in (
            (self._gradients, self.experiment.schedule.batch),
            (self._answer, self.experiment.training.evaluation_trials.batch),
        ):
            for tensor in self._buffers(longest, batch).values():
                tensor.zero_()
            work(((0, longest, len(self.sampler.labels)),), batch)

    def _buffers(self, n_time: int, batch: int) -> dict[str, Tensor]:
        """What a batch is rendered into: views of buffers that stay where they are."""
        n, arch = len(self.sampler.labels), self.arch
        channels = () if self.coding.loss == "cross_entropy" else (arch.n_output,)
        shapes = {
            "x": (n, n_time, batch, arch.n_input),
            "pre": (n, n_time, batch, arch.units),
            "target": (n, n_time, batch, arch.n_output),
            "mask": (n, n_time, 1, *channels),
            "leak": (n, n_time, 1, 1),
            "counted": (n, n_time),
            "last": (n, batch, arch.n_output),
            "loss": (n,),
        }
        return {name: self._work.take(name, shape, like=self.weights["w_out"]) for name, shape in shapes.items()}

    def _render(self, batch: Batch) -> None:
        """Input with noise, recurrent noise, targets and masks of a batch, into the buffers."""
        rows, n_time, n_trial = batch.rows, batch.n_time, batch.y_loc.shape[1]
        b = self._buffers(n_time, n_trial)
        sd = input_noise_sd(self.arch, self.coding)
        for place, (length, seed) in enumerate(zip(batch.lengths, batch.seeds, strict=True)):
            # In the order of the CPU's trainer, and as many numbers: who trains beside a network changes none of them.
            self._generator.manual_seed(seed)
            b["x"][place, :length].normal_(0.0, sd, generator=self._generator)
            b["x"][place, length:].zero_()
            b["pre"][place, length:].zero_()
            if self.arch.noise_sd > 0:
                b["pre"][place, :length].normal_(0.0, self.arch.noise_sd, generator=self._generator)
        periods, phases = rows["period"][:, :n_time].reshape(-1), rows["phase"][:, :n_time].reshape(-1)
        b["x"].add_(rows["x"].flatten(0, 1).index_select(0, periods).view(b["x"].shape))
        b["target"].copy_(rows["y"].flatten(0, 1).index_select(0, phases).view(b["target"].shape))
        b["mask"].copy_(rows["mask"][:, :n_time].reshape(b["mask"].shape))
        self._length.copy_(rows["length"])
        self._order.copy_(rows["order"])
        self._place[self._order] = self._each
        going = torch.arange(n_time, device=self.device) < self._length[:, None]
        b["counted"].copy_(going)
        torch.mul(b["counted"][..., None, None], self.arch.alpha, out=b["leak"])

    def _run_sequence(self, weights: Parameters, when: Spans, batch: int) -> tuple[Tensor, Tensor, Tensor]:
        """Rates, loss of each network and outputs for what has been rendered; all in the order of the batch."""
        b = self._buffers(when[-1][1], batch)
        noise = b["pre"] if self.arch.noise_sd > 0 else None
        rates = leaky.sequence(weights, self.arch, b["x"], noise, self._work, Lengths(b["leak"], when))
        loss, outputs = masked_loss(weights, rates, b["target"], b["mask"], self.coding.loss, self._work)
        return rates, loss, outputs

    def _in_order(self) -> dict[str, Tensor]:
        """Weights in the order of the batch."""
        with torch.no_grad():
            weights = {name: weight.index_select(0, self._order) for name, weight in self.weights.items()}
        for name in self._trained:
            weights[name].requires_grad_()
        return weights

    def _gradients(self, when: Spans, batch: int) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Gradient, task loss and penalty of each network for what has been rendered."""
        weights = self._in_order()
        rates, loss, _ = self._run_sequence(weights, when, batch)
        counted = self._buffers(when[-1][1], batch)["counted"]
        penalty = self._regulariser.in_order(self._order)(weights, rates, counted)
        cost = (loss if penalty is None else loss + penalty).sum()
        found = torch.autograd.grad(cost, [weights[name] for name in self._trained])
        back = partial(torch.index_select, dim=0, index=self._place)
        extra = torch.zeros_like(loss) if penalty is None else penalty
        grads = {name: back(grad) for name, grad in zip(self._trained, found, strict=True)}
        return grads, back(loss.detach()), back(extra.detach())

    def _learn(self, when: Spans, batch: int) -> None:
        """One update of the networks that move; one whose loss or gradient is not finite stops before it."""
        grads, loss, penalty = self._gradients(when, batch)
        with torch.no_grad():
            total = loss + torch.stack([grad.flatten(1).sum(1) for grad in grads.values()]).sum(0)
            self.moving.logical_and_(torch.isfinite(total))
            self.penalty.copy_(penalty)
            for name, grad in grads.items():
                weight, first, second = self.weights[name], self.first[name], self.second[name]
                step_many(self.experiment.schedule, weight, first, second, grad, self._rate, self.moving)
            self.count.add_(self.moving)

    @torch.no_grad()
    def _answer(self, when: Spans, batch: int) -> None:
        """Outputs at the last step of each network's trials, and its loss, into buffers."""
        _, loss, outputs = self._run_sequence(self._in_order(), when, batch)
        b = self._buffers(when[-1][1], batch)
        b["last"].copy_(outputs[self._each, self._length - 1][self._place])
        b["loss"].copy_(loss[self._place])

    def advance(self, batch: Batch, update: int) -> None:
        """Update number ``update`` (from 0) of the networks that take part."""
        self._set_rates(update)
        self._render(batch)
        size = spans(batch.lengths, batch.n_time), batch.y_loc.shape[1]
        self._recorder.run(("learn", size), partial(self._learn, *size), partial(self._gradients, *size))

    def _set_rates(self, update: int) -> None:
        """The rate of each network, which depends on the updates of all its life."""
        schedule = self.experiment.schedule
        rate = learning_rate(schedule, update, self.experiment.updates)
        folded = [folded_rate(schedule, rate, earlier + update + 1) for earlier in self._earlier]
        if len(set(folded)) == 1:
            self._rate.fill_(folded[0])  # unlike a copy from the host, waits for nothing
        else:
            self._rate.copy_(torch.tensor(folded, dtype=self._rate.dtype))

    def evaluate(self, update: int, take: Callable[[Request], Batch]) -> list[dict[str, Performance]]:
        """Performance and loss of every network on every trained task.

        Parameters
        ----------
        update
            Number of updates done.
        take
            Function that gives the batch that is asked for.
        """
        trials = self.experiment.training.evaluation_trials
        n, n_tasks = len(self.sampler.labels), len(self.sampler.tasks)
        last, losses, y_loc = [], [], []
        for repetition in range(trials.repetitions):
            for task in self.sampler.tasks:
                batch = take(Request(update, task, repetition))
                self._render(batch)
                # All do the same task: nearly equal lengths, for which more graphs would not pay.
                size = ((0, batch.n_time, n),), trials.batch
                self._recorder.run(("answer", size), partial(self._answer, *size), partial(self._answer, *size))
                b = self._buffers(batch.n_time, trials.batch)
                last.append(b["last"].clone())
                losses.append(b["loss"].clone())
                y_loc.append(batch.y_loc)
        # (repetition, task, network, trial, output), scored as the trials of one long batch
        outputs = torch.stack(last).cpu().numpy()
        right = score(outputs.reshape(1, -1, outputs.shape[-1]), np.stack(y_loc).reshape(1, -1))
        right = right.reshape(trials.repetitions, n_tasks, n, trials.batch)
        loss = torch.stack(losses).cpu().double().numpy().reshape(trials.repetitions, n_tasks, n)
        return [
            {
                task: Performance(float(np.mean(right[:, k, m])), float(np.mean(loss[:, k, m])))
                for k, task in enumerate(self.sampler.tasks)
            }
            for m in range(n)
        ]
