"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table
from replicortex.pipeline.tables import MEMBERS, table

_TEST = " ".join(
    f"{test}_nrmse:float {test}_aligned:float {test}_bias_2:float {test}_variance:float {test}_ran:bool"
    for test in ("lif", "rate", "lif_swapped", "rate_swapped")
)

TABLES: tuple[Table, ...] = (
    table("summary", "network:text seed:int cells:int gain:float feedback:float inverse:float per_step:float "
          "status:text rate_bounded:bool train_start_s:float train_stop_s:float repetitions:int correlation:float "
          + _TEST,
          "A spiking network beside its rate network: P0 over dt (per_step), whether both learnt with bounded outputs, "
          "the correlation of their decoders, and tests of both with their own and with each other's decoders. Errors "
          "are over the target's s.d., bias and variance over its variance."),
    MEMBERS,
    # of the networks of the first seed at (Q, G) = (20, 0.125)
    table("cycles", "network:text model:text output:int time_s:float target:float mean:float spread:float",
          "Mean and s.d. over repetitions at a time after the target's peak.", per="experiment"),
    table("repetitions", "network:text model:text output:int repetition:int time_s:float value:float",
          "Output in one of eight repetitions.", per="experiment"),
    table("decoders", "network:text cell:int output:int lif:float rate:float",
          "Decoders of a neuron in both networks.", per="experiment"),
)  # fmt: skip
