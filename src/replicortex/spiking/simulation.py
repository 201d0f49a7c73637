"""A spiking network with its state: the compiled steps, and the rates made up from the spikes between them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from replicortex.spiking import kernel, products
from replicortex.spiking.kernel import TILE, External, Log, State, Wiring
from replicortex.spiking.lesions import Lesion
from replicortex.spiking.neurons import Array
from replicortex.spiking.protocols import Drive, Ints, Stimulus
from replicortex.spiking.recorder import Recorder
from replicortex.spiking.reservoir import Reservoir

CHUNK = 4096  # steps; nothing from outside is asked for further ahead


class Simulation:
    """A network at some step.

    Attributes
    ----------
    i
        The last step that was made, 0 before any.
    state
        State of the neurons and outputs.
    r, h
        Filtered rates (N,) at ``i``, once `advance` has returned.
    cells, steps
        Spikes since the log was emptied.
    recent
        Number of these spikes before the last block of steps.
    """

    def __init__(self, reservoir: Reservoir, dt: float, decoders: Array | None = None, lesion: Lesion | None = None):
        settings = reservoir.settings
        settings.check_step(dt)
        n, k, dtype = settings.units, settings.outputs, np.dtype(settings.dtype)
        self._dtype = dtype
        self.decoders = np.zeros((n, k), dtype) if decoders is None else np.array(decoders, dtype, order="C")
        self._filter = settings.synapse.filter(dt, settings.neuron.unit)
        self.powers = self._filter.powers(CHUNK)
        self._to_r, self._to_h = self.powers.spike_r.astype(dtype), self.powers.spike_h.astype(dtype)
        self.wiring = self._wire(reservoir, dt, lesion or Lesion())
        tiles = -(-n // TILE)
        v, u, ipsc, h = np.zeros((4, tiles, TILE), dtype)
        self.state = State(v, u, np.zeros((tiles, TILE), np.int32), ipsc, h, *np.zeros((3, k), dtype))
        v.reshape(-1)[:] = settings.neuron.reset
        v.reshape(-1)[:n] = reservoir.voltages
        self.r, self.h = np.zeros((2, n), dtype)
        self.i = self.recent = self._spikes = 0
        room = max(4 * n, 1 << 16) + n
        self._cells, self._steps = np.zeros(room, np.int32), np.zeros(room, np.int64)

    def _wire(self, reservoir: Reservoir, dt: float, lesion: Lesion) -> Wiring:
        settings, dtype = reservoir.settings, self._dtype
        lesion.check(settings.units, settings.outputs)
        model, constants = kernel.neuron_constants(settings.neuron, dt)
        encoders, static = reservoir.encoders.copy(), reservoir.static
        encoders[list(lesion.outputs)] = 0
        if lesion.scales:  # by the sign of the sum, which then takes the place of both
            dense = static.toarray().astype(np.float64) + encoders.T.astype(np.float64) @ self.decoders.T
            static = sparse.csc_array(dense * np.where(dense > 0, lesion.excitation, lesion.inhibition))
            encoders = encoders[:0]
        self._replaced = static if lesion.scales else None
        heard = np.ones(settings.units, bool)
        heard[list(lesion.silenced)] = False
        return Wiring(
            model,
            np.array(constants, dtype),
            np.array(self._filter, dtype),
            self._filter.single,
            kernel.by_tiles(encoders),
            self.decoders,
            static.indptr.astype(np.int32),
            static.indices.astype(np.int32),
            (static.data * self._filter.jump).astype(dtype),
            heard,
            kernel.by_tiles(reservoir.drive_encoders),
            kernel.by_tiles(reservoir.input_encoders),
        )

    def external(self, count: int, drive: Drive | None, stimulus: Stimulus | None) -> External:
        """What comes from outside in the next ``count`` steps."""
        first = self.i + 1
        component, height = drive.values(first, count) if drive is not None else (np.zeros(0, np.int64), np.zeros(0))
        inputs = stimulus.values(first, count) if stimulus is not None else np.zeros((0, 0))
        return External(
            np.ascontiguousarray(component, np.int64),
            np.ascontiguousarray(height, self._dtype),
            np.ascontiguousarray(inputs, self._dtype),
        )

    @property
    def outputs(self) -> Array:
        """z (k,) of the last step."""
        return self.state.fed_back

    @property
    def cells(self) -> NDArray[np.int32]:
        """Neurons of the spikes in the log."""
        return self._cells[: self._spikes]

    @property
    def steps(self) -> Ints:
        """Their steps, in order."""
        return self._steps[: self._spikes]

    def advance(self, stop: int, external: External, offset: int, recorder: Recorder) -> None:
        """Make steps up to ``stop``, or up to where the log is full; at most ``CHUNK``.

        Parameters
        ----------
        stop
            Last step to make.
        external, offset
            What comes from outside; its row ``offset`` belongs to the next step.
        recorder
            Receives outputs and voltages; the window of voltages must not change on the way.
        """
        first, watched, voltages = recorder.voltage_window(self.i + 1)
        log = Log(
            self._cells, self._steps, recorder.z, recorder.recording.trace_every,
            watched, voltages, recorder.held, recorder.recording.voltage_every, first,
        )  # fmt: skip
        self.recent = self._spikes
        done, self._spikes = kernel.advance(
            self.i + 1, stop - self.i, self._spikes, self.state, self.wiring, external, offset, log
        )
        self.i += done
        self._settle(done)

    def _settle(self, done: int) -> None:
        """Bring the rates up to date."""
        fade, decay, carry = (self._dtype.type(power[done]) for power in self.powers[:3])
        cells = self.cells[self.recent :]
        products.settle(self.r, self.h, cells, self.ages(), self._to_r, self._to_h, fade, carry, decay)

    def ages(self) -> NDArray[np.int32]:
        """Steps since each spike of the last block."""
        return (self.i - self.steps[self.recent :]).astype(np.int32)

    def empty_log(self) -> None:
        """Forget the spikes in the log."""
        self._spikes = self.recent = 0

    def named(self) -> dict[str, NDArray[Any]]:
        """Views of the state: of neurons (N,), of outputs (k,)."""
        return {
            name: value.reshape(-1)[: len(self.r)] if value.ndim == 2 else value
            for name, value in self.state._asdict().items()
        }

    def memory(self) -> dict[str, NDArray[Any]]:
        """Everything that the steps to come depend on."""
        return self.named() | {"r": self.r, "rate_h": self.h, "decoders": self.decoders, "i": np.array([self.i])}

    def recall(self, memory: dict[str, NDArray[Any]]) -> None:
        """Take up a `memory`, decoders included."""
        for name, value in self.named().items():
            value[:] = memory[name]
        self.r[:], self.h[:], self.decoders[:] = memory["r"], memory["rate_h"], memory["decoders"]
        self.i = int(memory["i"][0])
        if self._replaced is not None:  # the current is then all that feeds back, from the first step on
            named = self.named()
            named["ipsc"][:], named["h"][:] = self._replaced @ self.r, self._replaced @ self.h
