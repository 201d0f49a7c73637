# replicortex: papers on task-trained recurrent networks, run again from code, configuration and seeds.
#
#   snakemake --cores 8 figures/fig2.pdf        train what Figure 2 needs, measure it, draw it
#   snakemake --cores 8                         every figure and the scorecard
#   snakemake --cores 2 --config scale=smoke    the same in minutes, with meaningless numbers
#
# Settings: config.yaml. Options of every call (keep going, when to run again): profiles/default/config.yaml.
from snakemake.exceptions import WorkflowError

try:
    import replicortex as rx

    rx.load_config  # loads what checks the configuration
except ImportError as error:
    raise WorkflowError(
        f"{error}. Set up and run with `make figures/fig2.pdf`; "
        "or `conda env create -f environment.yml`, `conda activate replicortex`, and call snakemake again."
    )

# Settings are checked as a whole before any job is planned.
try:
    if set(config) - {"scale"}:
        raise rx.errors.ConfigError(
            f"--config {' '.join(sorted(set(config) - {'scale'}))}: only scale=smoke|laptop|paper can be given here; "
            "everything else is edited in config.yaml"
        )
    STUDY = rx.load_config("config.yaml", scale=config.get("scale"))
except rx.errors.ConfigError as error:
    raise WorkflowError(*error.problems)


include: "rules/common.smk"
include: "rules/train.smk"
include: "rules/multitask.smk"
include: "rules/scorecard.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        expand(
            "{folder}/{figure}.{suffix}",
            folder=FIGURES,
            figure=[*FIGURE_TABLES, "scorecard"],
            suffix=["pdf", "png"],
        ),
        SCORECARD,
