"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table
from replicortex.pipeline.tables import MEMBERS, table

TABLES: tuple[Table, ...] = (
    table("summary", "network:text seed:int status:text task:text method:text units:int noise:float hint:bool "
          "train_start_s:float train_stop_s:float nmse:float median_nmse:float unit_nmse:float rate_hz:float "
          "response_nmse:float participation:float directions:int",
          "A network and the measures of its test (docs/full_force.md); status is ok, or why there are none."),
    MEMBERS,
    table("course", "network:text trial:int error:float", "Error of a trial, the first ones with clamped outputs."),
    table("responses", "network:text interval_s:float produced_s:float",
          "An interval that was asked for in the test, and the one produced; none in other tasks.", per="experiment"),
    # of the networks of the first seed
    table("traces", "network:text time_s:float value:float target:float",
          "Output and target in the last trials of the test.", per="experiment"),
    table("units", "network:text unit:int time_s:float value:float teacher:float",
          "Rate of a unit, or spikes of a neuron in a step, beside the teacher's unit of this number.",
          per="experiment"),
    table("eigenvalues", "network:text phase:text real:float imag:float",
          "An eigenvalue of the recurrent weights, the teacher's (before) or the network's (after); none of neurons.",
          per="experiment"),
)  # fmt: skip
