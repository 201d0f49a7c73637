# Where things are, which networks there are, and what makes a job run again.
import hashlib
import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

RESULTS = STUDY.folder.as_posix()
FIGURES = STUDY.figures.as_posix()
NETWORK = f"{RESULTS}/networks/{{experiment}}/{{network}}.safetensors"
HISTORY = f"{RESULTS}/networks/{{experiment}}/{{network}}.history.parquet"
TABLE = f"{RESULTS}/tables/{{experiment}}/{{table}}.parquet"
PART = f"{RESULTS}/tables/{{experiment}}/parts/{{network}}/{{table}}.parquet"
LOG = f"{RESULTS}/logs"
BENCHMARK = f"{RESULTS}/benchmarks"

# By name, each network of an experiment in the order in which figures show them.
MEMBERS = {
    name: {member.label: member for member in experiment.members()} for name, experiment in STUDY.items()
}

# Jobs run under the interpreter that runs Snakemake, whether or not its environment was activated.
shell.prefix(f"PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; ")


wildcard_constraints:
    experiment="[^/]+",
    network="[^/]+",
    table="[^/]+",
    figure="[^/]+",


def members(experiment):
    """The networks of an experiment; a request for none is an error, not an empty table."""
    if not MEMBERS.get(experiment):
        known = ", ".join(name for name in MEMBERS if MEMBERS[name])
        raise WorkflowError(
            f"experiment {experiment!r} has no networks at scale {STUDY.scale!r}; those with: {known}"
        )
    return MEMBERS[experiment]


def code(*scripts):
    """Hash of scripts and of the package modules they import: a job runs again when it changes.

    The modules that read the configuration are left out. What they make of the file enters a rule as the fingerprint
    of the settings it uses; a new figure's name or a better error message must not retrain a network.
    """
    files = rx.provenance.reached(*(Path(workflow.basedir, "workflow_scripts", script) for script in scripts))
    read = {name: path for name, path in files.items() if not name.startswith("module replicortex.config")}
    contents = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in read.items()}
    return rx.provenance.fingerprint(contents)


def settings(wildcards):
    """Fingerprint of the settings that determine one network."""
    return members(wildcards.experiment)[wildcards.network].experiment.fingerprint()


def start(wildcards):
    """The trained network that this one starts from, if any."""
    source = members(wildcards.experiment)[wildcards.network].source
    return [] if source is None else NETWORK.format(experiment=source[0], network=source[1])
