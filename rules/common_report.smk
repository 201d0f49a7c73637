# What `snakemake --report` shows beside what it knows of itself: start page, figures and their captions.
from replicortex.figures.captions import captions

CAPTIONS = captions()


report: "report/run.rst"


def wing(wildcards):
    """The part of the report that a figure stands in."""
    named = wildcards.figure.split("_")[0]
    wings = {"force": "Spiking networks (Nicola & Clopath 2017)", "primer": "Primer", "scorecard": "Start page"}
    return wings.get(named, "Twenty tasks (Yang et al. 2019)")
