"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table

_PLACE = dict.fromkeys(("pc1", "pc2", "pc3"), "float")
_POINT = {"network": "text", "point": "int", "n_unstable": "int"}

TABLES: tuple[Table, ...] = (
    Table(
        "held_out",
        {"network": "text", "squared_error": "float", "largest_error": "float", "right": "float"},
        about="Errors of the outputs in 1000 fresh trials, and the share of steps in which all signs are right.",
    ),
    Table(
        "trial",
        {"network": "text", "bit": "int", "step": "int", "input": "float", "target": "float", "output": "float"},
        about="One trial.",
    ),
    Table(
        "points",
        {**_POINT, "memory": "int", **dict.fromkeys(("bit_1", "bit_2", "bit_3", "distance"), "float"), **_PLACE},
        about="A fixed point: its index, its memory, its outputs, its distance to the nearest visited state in units "
        "of the extent of all of these, and its place along the principal components of the visited states.",
    ),
    Table(
        "modes",
        {**_POINT, "mode": "int", "real": "float", "imag": "float"},
        about="An eigenvalue of the Jacobian at a fixed point.",
    ),
    Table(
        "cube",
        {
            "network": "text",
            **dict.fromkeys(("explained_1", "explained_2", "explained_3"), "float"),
            **dict.fromkeys(("share", "shortest_edge", "longest_edge"), "float"),
        },
        about="Variance of the visited states along their first three principal components, the share of the variance "
        "of the stable points within these, and distances of stable points whose memories are one bit apart.",
    ),
    Table(
        "visited",
        {"network": "text", "trial": "int", "step": "int", "memory": "int", **_PLACE},
        about="A state of a trial with few pulses.",
    ),
    Table(
        "ways",
        {**_POINT, "direction": "int", "side": "int", "step": "int", **_PLACE},
        about="A state on the way from a saddle to a stable point.",
    ),
    Table(
        "saddles",
        {"network": "text", "point": "int", "memory_1": "int", "memory_2": "int", "bits_apart": "int"},
        about="A saddle of index 1 and the memories that it joins, 0 where states arrive nowhere; bits between them.",
    ),
    Table(
        "linear",
        {"network": "text", "point": "int", "side": "int", "steps": "int", "error": "float", "path": "float"},
        about="Error of the linear model of a saddle of index 1 after some steps, and the length of the path.",
    ),
)
