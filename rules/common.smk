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
PART = f"{RESULTS}/tables/{{experiment}}/parts/{{shard}}/{{table}}.parquet"
SHIPPED_NETWORK = f"{pretrained.FOLDER}/{STUDY.scale}/{{experiment}}/{{network}}.safetensors.xz"
SHIPPED_TABLE = f"{pretrained.FOLDER}/{STUDY.scale}/{{experiment}}/tables/{{table}}.parquet"
MANIFEST = f"{pretrained.FOLDER}/{STUDY.scale}/{{experiment}}/manifest.json"
LOG = f"{RESULTS}/logs"
BENCHMARK = f"{RESULTS}/benchmarks"

# What the claims of the scorecard are tested on.
CLAIMED = [
    "history",
    "units",
    "task_variance",
    "epoch_variance",
    "cluster_number",
    "lesions",
    "psychometric",
    "psychometric_fit",
    "threshold",
    "memory",
    "summing_observer",
    "architecture",
]

# Modules that say what is wrong, how far a job is or where a result came from, and the configuration; see `code`.
WITHOUT_EFFECT = tuple(f"module replicortex.{name}" for name in ("config", "errors", "provenance", "status"))

# By name, each network of an experiment in the order in which figures show them.
MEMBERS = {name: {member.label: member for member in experiment.members()} for name, experiment in STUDY.items()}


def in_shards(labels, size):
    """Networks by the process that measures them; a shard is named after its first and the number of the others."""
    groups = [labels[first : first + size] for first in range(0, len(labels), size)]
    return {f"{group[0]}+{len(group) - 1}" if len(group) > 1 else group[0]: group for group in groups}


SHARDS = {name: in_shards(list(networks), STUDY.shard) for name, networks in MEMBERS.items()}

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
    shard="[^/]+",
    table="[^/]+",
    figure="[^/]+",


def members(experiment):
    """The networks of an experiment; a request for none is an error, not an empty table."""
    if not MEMBERS.get(experiment):
        known = ", ".join(name for name in MEMBERS if MEMBERS[name])
        kind = "shipped networks" if STUDY.pretrained else "networks"
        sys.exit(f"experiment {experiment!r} has no {kind} at scale {STUDY.scale!r}; those with: {known or 'none'}")
    return MEMBERS[experiment]


def shard(wildcards):
    """Weight files of the networks of a shard."""
    members(wildcards.experiment)
    known = SHARDS[wildcards.experiment]
    if wildcards.shard not in known:
        sys.exit(f"{wildcards.shard!r} is not measured by one process; shards are {', '.join(known)}")
    return expand(NETWORK, experiment=wildcards.experiment, network=known[wildcards.shard])


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


def manifest(wildcards):
    """The list of what is shipped of an experiment; a request for one that is not shipped ends the run."""
    members(wildcards.experiment)
    return MANIFEST.format(experiment=wildcards.experiment)


def required(figure):
    """The experiments that a figure shows, or the end of the run if one has no networks at this scale."""
    try:
        shown = STUDY.require(figure)
        if STUDY.pretrained and not STUDY.remeasure:
            pretrained.require_tables(figure, [SHIPPED[name] for name in shown], drawn_from(figure))
    except rx.errors.ConfigError as error:
        sys.exit(str(error))
    return shown


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
    """Names of the tables that a figure, or the scorecard, is drawn from."""
    return CLAIMED if figure == "scorecard" else ENTRIES[figure].tables


def drawable(figure):
    """Whether there are networks and tables for a figure, however many trainings that takes."""
    try:
        required(figure)
    except SystemExit:
        return False
    return True


def footer(figure):
    """Options of the drawing scripts for what a figure's last line says of its networks."""
    experiments = list(required(figure).values())
    names = ",".join(experiment.name for experiment in experiments)
    schedules = ",".join(dict.fromkeys(experiment.schedule.name for experiment in experiments))
    units = experiments[0].network.units
    source = pretrained.source(SHIPPED[name] for name in names.split(",")) if STUDY.pretrained else "trained here"
    told = {"scale": STUDY.scale, "experiment": names, "schedule": schedules, "units": units, "networks": source}
    return " ".join(f"--{option} {shlex.quote(str(value))}" for option, value in told.items())


# What the gallery shows: every figure that the shipped networks suffice for.
GALLERY = [name for name in [*ENTRIES, "scorecard"] if drawable(name)] if STUDY.pretrained else []

# A figure named on the command line that does not exist, or has no networks at this scale, stops the run here.
for target in map(Path, sys.argv[1:]):
    if target.parent == STUDY.figures and target.suffix in (".pdf", ".png"):
        required(target.stem)
if "gallery" in sys.argv[1:] and not GALLERY:
    reason = f"no networks are shipped at scale {STUDY.scale!r}" if STUDY.pretrained else "add --config pretrained=true"
    sys.exit(f"gallery: draws shipped networks; {reason}")
