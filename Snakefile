# replicortex: papers on task-trained recurrent networks, run again from code, configuration and seeds.
#
#   snakemake --cores 8 figures/fig2.pdf        train what Figure 2 needs, measure it, draw it
#   snakemake --cores 8                         every figure and the scorecard
#   snakemake --cores 2 --config scale=smoke    the same in minutes, with meaningless numbers
#
# Settings: config.yaml. Options of every call (keep going, when to run again): profiles/default/config.yaml.
import sys

try:
    import replicortex as rx
    from replicortex.config import FIGURES as EXPERIMENTS_OF
    from replicortex.figures import FIGURES as ENTRIES
except ImportError as error:
    sys.exit(
        f"{error}. Set up and run with `make figures/fig2.pdf`; "
        "or `conda env create -f environment.yml`, `conda activate replicortex`, and call snakemake again."
    )

# The configuration is checked as a whole before any job is planned: one line for each problem.
try:
    STUDY = rx.load_config("config.yaml", scale=config.get("scale"))
except rx.errors.ConfigError as error:
    sys.exit(str(error))
if set(config) - {"scale"}:
    sys.exit("--config takes scale=smoke|laptop|paper alone; everything else is edited in config.yaml")


include: "rules/common.smk"
include: "rules/train.smk"
include: "rules/multitask.smk"
include: "rules/scorecard.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        expand(rules.figure.output, figure=FIGURE_NAMES),
        rules.scorecard.output,
        rules.scorecard_figure.output,
