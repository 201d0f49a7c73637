"""An update of many networks as one CUDA graph: a thousand small kernels launched as one.

A recorded graph reads and writes fixed addresses and has a fixed length, so there is one for each length of a batch,
and everything that changes from update to update is written into buffers that stay where they are.
"""

from collections.abc import Callable, Hashable
from typing import Any

import torch


class Recorder:
    """Runs pieces of work, each as a CUDA graph recorded when it first comes up; on another device, as it is.

    What a piece reads from and writes to outside of itself must not move in memory.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._graphs: dict[Hashable, torch.cuda.CUDAGraph] = {}
        self._pool: Any = None

    def run(self, key: Hashable, work: Callable[[], object], rehearsal: Callable[[], object]) -> None:
        """Do a piece of work.

        Parameters
        ----------
        key
            Name of the piece, e.g. with the length of the batch.
        work
            The piece; no value of it may depend on the host having waited for the device.
        rehearsal
            The same work without any change of state, so that libraries can set themselves up before recording.
        """
        if self._device.type != "cuda":
            work()
            return
        if key not in self._graphs:
            self._graphs[key] = self._record(work, rehearsal)
        self._graphs[key].replay()

    def _record(self, work: Callable[[], object], rehearsal: Callable[[], object]) -> torch.cuda.CUDAGraph:
        beside, now = torch.cuda.Stream(self._device), torch.cuda.current_stream(self._device)
        beside.wait_stream(now)
        with torch.cuda.stream(beside):
            rehearsal()
        now.wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        # One pool for all: they run one after the other and hand nothing on inside it.
        with torch.cuda.graph(graph, pool=self._pool):
            work()
        self._pool = graph.pool()
        return graph
