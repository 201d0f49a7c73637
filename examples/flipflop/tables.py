"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table
from replicortex.pipeline.tables import OF_TRAINING, table

_PLACE = "pc1:float pc2:float pc3:float"
_NONE = " A network that has none has one row, with point -1."

TABLES: tuple[Table, ...] = (
    *OF_TRAINING,
    table(
        "held_out",
        "network:text squared_error:float largest_error:float right:float",
        "Errors of the outputs in 1000 fresh trials, and the share of steps in which all signs are right.",
    ),
    table("trial", "network:text bit:int step:int input:float target:float output:float", "A step of one trial."),
    table(
        "points",
        f"network:text point:int n_unstable:int memory:int bit_1:float bit_2:float bit_3:float distance:float {_PLACE}",
        "A fixed point: its unstable directions, its memory, its outputs, its distance to the nearest visited state in "
        "units of the extent of all of these, and its place along the principal components of the visited states.",
    ),
    table(
        "modes",
        "network:text point:int n_unstable:int mode:int real:float imag:float",
        "An eigenvalue of the Jacobian at a fixed point.",
    ),
    table(
        "cube",
        "network:text explained_1:float explained_2:float explained_3:float share:float shortest_edge:float "
        "longest_edge:float",
        "Variance of the visited states along their first three principal components, the share of the variance of the "
        "stable points within these, and distances of stable points whose memories are one bit apart.",
    ),
    table(
        "visited",
        f"network:text trial:int step:int memory:int {_PLACE}",
        "A state of a trial with few pulses.",
    ),
    table(
        "ways",
        f"network:text point:int n_unstable:int direction:int side:int step:int {_PLACE}",
        "A state on the way from a saddle to a stable point." + _NONE,
    ),
    table(
        "saddles",
        "network:text point:int memory_1:int memory_2:int bits_apart:int",
        "A saddle of index 1 and the memories that it joins, 0 where states arrive nowhere; bits between them." + _NONE,
    ),
    table(
        "linear",
        "network:text point:int side:int steps:int error:float path:float",
        "Error of the linear model of a saddle of index 1 after some steps, and the length of the path." + _NONE,
    ),
)
