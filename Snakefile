# replicortex: papers on task-trained recurrent networks, run again from code, configuration and seeds.
#   snakemake --cores 8 figures/fig2.pdf        train what Figure 2 needs, measure it, draw it
#   snakemake --cores 8                         every figure and the scorecard
#   snakemake --cores 2 --config scale=smoke    the same in minutes, with meaningless numbers
#   snakemake --cores 2 --config pretrained=true -- gallery     every figure that the shipped networks suffice for
#   snakemake --cores 8 --configfile mine.yaml -- figures/fig2.pdf    with other settings: docs/settings.md
#   snakemake -s <this folder>/Snakefile --cores 8 figures/fig2.pdf   in any folder, or as a module: docs/settings.md
#
# Settings: config.yaml. Options of every call (keep going, when to run again): profiles/default/config.yaml.
import sys

try:
    import replicortex as rx
    from replicortex import pipeline, pretrained
except ImportError as error:
    sys.exit(
        f"{error}. Set up and run with `make figures/fig2.pdf`; "
        "or `conda env create -f environment.yml`, `conda activate replicortex`, and call snakemake again."
    )


include: "rules/configuration.smk"
include: "rules/calls.smk"
include: "rules/measure.smk"
include: "rules/draw.smk"


localrules:
    all,
    gallery,


rule all:
    input:
        lambda wildcards: PLAN.whole(),


rule gallery:
    input:
        PLAN.pages(PLAN.gallery),
