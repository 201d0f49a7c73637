"""The steps of this paper, from networks to tables."""

from __future__ import annotations

from replicortex.pipeline.paper import RUNS, Step

TEACHING = "teaching"  # the tables that no network is trained for
RECORDED = ("summary", "members", "traces", "raster", "voltages", "decoders", "course", "maxima", "dwell", "notes")

STEPS: tuple[Step, ...] = (
    Step(
        "force_measure",
        "replicortex.spiking.job:measured",
        RECORDED,
        reads=(RUNS,),
        per="experiment",
        minutes=30,
        about="measure the recorded runs of",
    ),
    Step(
        "force_eigenvalues",
        "replicortex.spiking.perturbations:eigenvalues",
        ("eigenvalues",),
        per="example",
        minutes=30,
        about="eigenvalues of the weights of",
    ),
    Step(
        "force_replay",
        "replicortex.spiking.perturbations:replays",
        ("replay", "frames"),
        per="experiment",
        minutes=120,
        about="replay at other speeds",
    ),
    Step(
        "force_lesions",
        "replicortex.spiking.perturbations:lesions",
        ("lesions",),
        per="experiment",
        minutes=120,
        megabytes=1100,
        about="lesions of",
    ),
    Step(
        "force_classify",
        "replicortex.spiking.perturbations:points",
        ("points",),
        per="experiment",
        minutes=120,
        options={"number": {"smoke": 20, "": 1000}},  # fresh points for each network
        about="fresh points for",
    ),
    Step(
        "force_teaching",
        "replicortex.spiking.single_neurons:tables",
        ("noisy_neurons", "fi_curves", "filters"),
        reads=(),
        per="study",
        experiments=(TEACHING,),
        about="single neurons and synapses,",
    ),
)
