# Where things are, which networks there are, and what makes a job run again.
import hashlib
import json
import os
import shlex
import sys
from pathlib import Path

RESULTS = STUDY.folder.as_posix()
FIGURES = STUDY.figures.as_posix()
NETWORK = f"{RESULTS}/networks/{{experiment}}/{{network}}.safetensors"
HISTORY = f"{RESULTS}/networks/{{experiment}}/{{network}}.history.parquet"
TABLE = f"{RESULTS}/tables/{{experiment}}/{{table}}.parquet"
PART = f"{RESULTS}/tables/{{experiment}}/parts/{{network}}/{{table}}.parquet"
LOG = f"{RESULTS}/logs"
BENCHMARK = f"{RESULTS}/benchmarks"

# Modules that say what is wrong, how far a job is or where a result came from, and the configuration; see `code`.
WITHOUT_EFFECT = tuple(f"module replicortex.{name}" for name in ("config", "errors", "provenance", "status"))

# By name, each network of an experiment in the order in which figures show them.
MEMBERS = {name: {member.label: member for member in experiment.members()} for name, experiment in STUDY.items()}

# Experiments whose networks train on a GPU, all seeds of a condition in one job; the others' have a job each.
ON_GPU = [
    name
    for name, networks in MEMBERS.items()
    if any(member.experiment.training.device == "cuda" for member in networks.values())
]

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
        sys.exit(f"experiment {experiment!r} has no networks at scale {STUDY.scale!r}; those with: {known}")
    return MEMBERS[experiment]


def code(*scripts, leave_out=()):
    """Hash of scripts and of the package modules they import: a job runs again when it changes.

    Left out are the modules that read the configuration, since what they make of the file enters a rule as the
    fingerprint of the settings it uses, and those that cannot change a result. A new figure's name or a better error
    message must not retrain a network.
    """
    files = rx.provenance.reached(*(Path(workflow.basedir, "workflow_scripts", script) for script in scripts))
    contents = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if path not in leave_out and not name.startswith(WITHOUT_EFFECT)
    }
    return rx.provenance.fingerprint(contents)


def drawing(script, *sources):
    """The same for a script that draws: the figures that it does not draw do not matter to it."""
    others = {entry.source for entry in ENTRIES.values()} - set(sources)
    return code(script, *sources, leave_out=others)


def settings(wildcards):
    """Fingerprint of the settings that determine one network."""
    return members(wildcards.experiment)[wildcards.network].experiment.fingerprint()


def derived(wildcards):
    """Fingerprint of what the training takes from the settings by way of computations of the configuration."""
    return derived_from(members(wildcards.experiment)[wildcards.network].experiment)


def derived_from(experiment):
    """The same of the settings themselves."""
    blocks = experiment.sequential and experiment.sequential.block_trials(experiment.training.trials)
    tasks = {"probabilities": experiment.tasks.probabilities, "coding": experiment.tasks.coding}
    return rx.provenance.fingerprint({"updates": experiment.updates, "blocks": blocks, **tasks})


def conditions(experiment):
    """The networks of an experiment by condition: a condition's members, under its name in the labels and "together"."""
    found = {}
    for member in MEMBERS[experiment].values():
        name = member.label.removesuffix(f"seed{member.seed}") + "together"
        found.setdefault(name, []).append(member)
    return found


def coding(experiment):
    """How the trials of an experiment, or of the first of a grid, are coded: fields of tasks.Coding as JSON."""
    first = next(iter(members(experiment).values()))
    return json.dumps(first.experiment.tasks.coding, sort_keys=True)


def start(wildcards):
    """The trained network that this one starts from, if any."""
    return starts([members(wildcards.experiment)[wildcards.network]])


def starts(networks):
    """The trained networks that these start from."""
    sources = [member.source for member in networks if member.source is not None]
    return [NETWORK.format(experiment=experiment, network=network) for experiment, network in sources]


def required(figure):
    """The experiments that a figure shows, or the end of the run if one has no networks at this scale."""
    try:
        return STUDY.require(figure)
    except rx.errors.ConfigError as error:
        sys.exit(str(error))


def tables(figure, names):
    """The named tables of every experiment that a figure shows."""
    return expand(TABLE, experiment=required(figure), table=names)


def populations(figure):
    """Options of the drawing script: the tables of each experiment, under its name and that of its schedule."""
    groups = [
        ["--population", f"{name} ({shown.schedule.name})", *expand(TABLE, experiment=name, table=drawn_from(figure))]
        for name, shown in required(figure).items()
    ]
    return " ".join(map(shlex.join, groups))


def drawn_from(figure):
    """Names of the tables that a figure is drawn from."""
    return ENTRIES[figure].tables


def footer(figure):
    """Options of the drawing scripts for what a figure's last line says of its networks."""
    experiments = list(required(figure).values())
    names = ",".join(experiment.name for experiment in experiments)
    schedules = ",".join(dict.fromkeys(experiment.schedule.name for experiment in experiments))
    units = experiments[0].network.units
    return f"--scale {STUDY.scale} --experiment {names} --schedule {schedules} --units {units}"


# A figure named on the command line that does not exist, or has no networks at this scale, stops the run here.
for target in map(Path, sys.argv[1:]):
    if target.parent == STUDY.figures and target.suffix in (".pdf", ".png"):
        required(target.stem)
