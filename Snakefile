# replicortex: papers on task-trained recurrent networks, run again from code, configuration and seeds.
#   snakemake --cores 8 figures/fig2.pdf        train what Figure 2 needs, measure it, draw it
#   snakemake --cores 8                         every figure and the scorecard
#   snakemake --cores 2 --config scale=smoke    the same in minutes, with meaningless numbers
#   snakemake --cores 2 --config pretrained=true -- gallery     every figure that the shipped networks suffice for
#   snakemake --cores 8 --configfile mine.yaml -- figures/fig2.pdf    with other settings: docs/settings.md
#
# Settings: config.yaml. Options of every call (keep going, when to run again): profiles/default/config.yaml.
import sys

try:
    import replicortex as rx
    from replicortex import pretrained
    from replicortex.figures import FIGURES as ENTRIES
except ImportError as error:
    sys.exit(
        f"{error}. Set up and run with `make figures/fig2.pdf`; "
        "or `conda env create -f environment.yml`, `conda activate replicortex`, and call snakemake again."
    )

# The configuration is checked as a whole before any job is planned: one line for each problem. On top of config.yaml
# come the files of --configfile, which say only what differs, and single settings such as --config results=mine.
ON_TOP = rx.config.of_snakemake(workflow.config_settings)
try:
    STUDY = rx.load_config("config.yaml", **ON_TOP)
    SHIPPED = pretrained.available(STUDY.scale) if STUDY.pretrained else {}
    STUDY = pretrained.shipped_study(STUDY, SHIPPED) if STUDY.pretrained else STUDY
    if not STUDY.pretrained and any(experiment.imported for experiment in STUDY.values()):
        rx.training.check_imported(STUDY)
except (ValueError, OSError) as error:
    sys.exit(str(error))


include: "rules/common.smk"
include: "rules/common_marks.smk"
include: "rules/pretrained.smk" if STUDY.pretrained else "rules/train.smk"
include: "rules/shipped.smk" if STUDY.pretrained and not STUDY.remeasure else "rules/measure.smk"
include: "rules/multitask.smk"
include: "rules/primer.smk"
include: "rules/force.smk"
include: "rules/scorecard.smk"


localrules:
    all,
    gallery,


rule all:
    default_target: True
    input:
        lambda wildcards: whole(),


rule gallery:
    input:
        pages(GALLERY),
