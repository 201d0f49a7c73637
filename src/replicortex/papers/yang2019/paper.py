"""The paper as the workflow finds it."""

from replicortex.config.needs import twenty_tasks
from replicortex.papers.yang2019.figures import FIGURES
from replicortex.papers.yang2019.steps import STEPS
from replicortex.papers.yang2019.tables import TABLES
from replicortex.pipeline.paper import Factors, Paper

PAPER = Paper(
    name="yang2019",
    title="Task representations in neural networks trained to perform many cognitive tasks",
    citation="Yang, Joglekar, Song, Newsome & Wang (2019), Nature Neuroscience 22:297-306",
    doi="10.1038/s41593-018-0310-2",
    kinds=("rate",),
    tables=TABLES,
    steps=STEPS,
    figures=FIGURES,
    claims="replicortex.papers.yang2019.claims:CLAIMS",
    needs=(twenty_tasks("reference"), twenty_tasks("distributed_rules")),
    named={
        "pretraining": {"tasks.train": ("A", "B")},
        "posttraining": {"pretrained.member": ("A", "B"), "tasks.train": ("delayanti", "contextdelaydm1")},
    },
    recipes={
        "reference": "Adam",
        "published_schedule": "Adam, published schedule",
        "small_batches": "Adam, small batches",
        "rotated_units": "Adam, rotated units",
        "orthogonal_steps": "Muon",
        "momentum": "SGD with momentum",
        "other_optimiser": "SOAP",
        "diagonal": "Adam, diagonal matrix",
        "robust": "128 units",
        "robust_rotated": "128, rotated units",
        "robust_sgd": "128, SGD",
        "robust_muon": "128, Muon",
        "robust_soap": "128, SOAP",
        "robust_published": "128, published schedule",
        "robust_activation": "128, other activations",
        "robust_noise": "128, other noise",
        "robust_l1_rates": "128, L1 on rates",
        "robust_l2_rates": "128, L2 on rates",
        "robust_l1_weights": "128, L1 on weights",
        "robust_l2_weights": "128, L2 on weights",
        "robust_init": "128, other initial weights",
        "robust_step": "128, other time steps",
        "robust_cell": "128, other cells",
    },
    factors=Factors(
        "robust",
        {
            "schedule.optimiser": "optimiser",
            "schedule.decay": "schedule",
            "network.activation": "activation",
            "network.cell": "cell",
            "network.init": "initial weights",
            "network.sigma_rec": "noise",
            "tasks.dt": "time step",
            "regularisers.l1_rates": "L1 on rates",
            "regularisers.l2_rates": "L2 on rates",
            "regularisers.l1_weights": "L1 on weights",
            "regularisers.l2_weights": "L2 on weights",
        },
    ),
    order=1,
)
