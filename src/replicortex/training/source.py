"""Batches on the device in the order in which they are needed, drawn ahead by other processes.

Drawing the trials of forty networks costs a core longer than the update costs a GPU.  So several processes draw, each
the updates that are its own, into memory that they share with the trainer; two counts per process, of free and of
filled places, are all that they tell each other.  Nothing that is drawn depends on how many there are.
"""

import contextlib
import mmap
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from replicortex.training.draws import Request, Sampler

PLACES = 3  # batches that a process may be ahead: one in use, one on its way, one being drawn
_PATIENCE = 2.0  # seconds between looks whether the other side still lives


@dataclass(frozen=True)
class Batch:
    """One batch of all networks.

    Attributes
    ----------
    rows
        Arrays of `Sampler.layout` on the device.
    y_loc
        (network, trial) target direction at the end of each trial, on the host.
    order
        Index of the network at each place of the rows.
    lengths, seeds
        Steps and seed of the noise, place by place.
    n_time
        Number of steps after padding.
    """

    rows: dict[str, Tensor]
    y_loc: np.ndarray
    order: list[int]
    lengths: list[int]
    seeds: list[int]
    n_time: int


class Source:
    """Gives out the batches of a sequence of requests, in that order.

    Parameters
    ----------
    sampler
        Sampler that draws the batches.
    sequence
        Function that makes the requests; called once per process.
    device
        Device of the batches.
    workers
        Number of processes that draw; with 0, a batch is drawn in this process when it is asked for.
    """

    def __init__(
        self,
        sampler: Sampler,
        sequence: Callable[[], Iterator[Request]],
        device: torch.device,
        workers: int,
    ) -> None:
        self._sampler = sampler
        self._device = device
        self._in_use: deque[tuple[Any, Any]] = deque()  # (event after the copy, count of free places)
        self._places = [mmap.mmap(-1, sampler.size) for _ in range(max(1, workers) * PLACES)]
        self._memory = [torch.frombuffer(place, dtype=torch.uint8) for place in self._places]
        self._taken = [0] * max(1, workers)
        # Not spawned: a fork shares the memory without a name in /dev/shm, and needs no second start of the library.
        context: Any = multiprocessing.get_context("fork") if workers else None
        self._free = [context.Semaphore(PLACES) for _ in range(workers)]
        self._filled = [context.Semaphore(0) for _ in range(workers)]
        self._workers = [
            context.Process(target=self._draw_ahead, args=(worker, sequence), daemon=True) for worker in range(workers)
        ]
        for worker in self._workers:
            worker.start()
        self._pinned = [memory for memory in self._memory if device.type == "cuda" and _pin(memory)]

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the processes and let go of the memory."""
        for worker in self._workers:
            worker.kill()
            worker.join()
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)  # no copy may be under way from memory that goes
        for memory in self._pinned:
            torch.cuda.cudart().cudaHostUnregister(memory.data_ptr())
        self._in_use.clear()

    def _owner(self, request: Request) -> int:
        """Which process draws a batch: an evaluation's task stays with one, as its stream goes on."""
        number = request.update if request.task is None else self._sampler.tasks.index(request.task)
        return number % len(self._taken)

    def _place(self, owner: int) -> int:
        """The next place of a process; its places are used in turn."""
        place = owner * PLACES + self._taken[owner] % PLACES
        self._taken[owner] += 1
        return place

    def _draw_ahead(self, worker: int, sequence: Callable[[], Iterator[Request]]) -> None:
        """What a process does until it is stopped or the trainer has gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the trainer is interrupted, and stops this process
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        trainer = os.getppid()
        for request in sequence():
            if self._owner(request) != worker:
                continue
            while not self._free[worker].acquire(timeout=_PATIENCE):
                if os.getppid() != trainer:
                    return
            self._fill(request, self._place(worker))
            self._filled[worker].release()

    def _fill(self, request: Request, place: int) -> None:
        memory = np.frombuffer(self._places[place], dtype=np.uint8)
        self._sampler.fill(request, self._sampler.layout(request).arrays(memory))

    def take(self, request: Request) -> Batch:
        """The next batch, on its way to the device; ``request`` is the next of the sequence.

        Raises
        ------
        RuntimeError
            The process that should have drawn it has died, or the request is not the next.
        """
        self._let_go()
        owner = self._owner(request)
        place = self._place(owner)
        if self._workers:
            while not self._filled[owner].acquire(timeout=_PATIENCE):
                if not self._workers[owner].is_alive():
                    raise RuntimeError(f"a process that draws trials has died (exit {self._workers[owner].exitcode})")
        else:
            self._fill(request, place)
        layout = self._sampler.layout(request)
        memory = self._memory[place][: layout.size]
        here = layout.arrays(memory.numpy())
        if tuple(here["asked"]) != self._sampler.number(request):
            raise RuntimeError(f"{request} was asked for, but another batch is next in the sequence")
        batch = Batch(
            rows=layout.tensors(memory.to(self._device, non_blocking=True)),
            y_loc=here["y_loc"].copy(),
            order=here["order"].tolist(),
            lengths=here["length"].tolist(),
            seeds=here["seed"].tolist(),
            n_time=int(here["n_time"][0]),
        )
        self._in_use.append((_event(self._device), self._free[owner] if self._workers else None))
        return batch

    def _let_go(self) -> None:
        """Free the places whose batches have arrived; waiting for the last but one keeps this process in step."""
        keep = 1 if self._device.type == "cuda" else 0
        while len(self._in_use) > keep:
            event, free = self._in_use.popleft()
            if event is not None:
                event.synchronize()
            if free is not None:
                free.release()


def _event(device: torch.device) -> Any:
    if device.type != "cuda":
        return None
    event = torch.cuda.Event()
    event.record()
    return event


def _pin(memory: Tensor) -> bool:
    """Lock pages, so that copies run beside the computation; without it they are right as well, only slower."""
    if int(torch.cuda.cudart().cudaHostRegister(memory.data_ptr(), memory.numel(), 0)) == 0:
        return True
    with contextlib.suppress(RuntimeError):  # the failure would be reported by whatever runs next
        torch.zeros(1, device="cuda")
    return False
