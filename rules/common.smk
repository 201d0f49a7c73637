# Where things are, which networks there are, and what makes a job run again.
import atexit
import hashlib
import json
import os
import re
import shlex
import sys
import time
from pathlib import Path

from replicortex import names_read, summary, targets, workplace
from replicortex.figures.force import FIGURES as SPIKING_FIGURES
from replicortex.figures.force.registry import TEACHING
from replicortex.pipeline import Reruns, require_claims, tables_of_claims
from replicortex.pipeline.reruns import SPIKING_FIGURES as SPIKING_REGISTRY

BEGUN = time.monotonic()
RESULTS = STUDY.folder.as_posix()
FIGURES = STUDY.figures.as_posix()
NETWORK = f"{RESULTS}/networks/{{experiment}}/{{network}}.safetensors"
HISTORY = f"{RESULTS}/networks/{{experiment}}/{{network}}.history.parquet"
MOMENTS = f"{RESULTS}/moments/{{experiment}}/{{network}}.safetensors"
TABLE = f"{RESULTS}/tables/{{experiment}}/{{table}}.parquet"
PART = f"{RESULTS}/tables/{{experiment}}/parts/{{shard}}/{{table}}.parquet"
SPIKING_TABLE = f"{RESULTS}/force/tables/{{experiment}}/{{table}}.parquet"
SPIKING_CARD = f"{RESULTS}/scorecard/force.parquet"
LOG = f"{RESULTS}/logs"
BENCHMARK = f"{RESULTS}/benchmarks"

# The pages that show what became of the claims, and what each is drawn from.
OF_CLAIMS = {
    "scorecard": f"{RESULTS}/scorecard/scorecard.parquet",
    "figS_samples": f"{RESULTS}/scorecard/sample_size.parquet",
}

# Hashes of the code behind each job, in which comments, layout and what is not used do not count.
RERUNS = Reruns(STUDY, BASE / "workflow_scripts", Path(".snakemake/code.json"))
atexit.register(RERUNS.graph.save)

# Experiment -> the tables that the claims of the scorecard are tested on.
CLAIMED, SPIKING_CLAIMED = tables_of_claims(RERUNS.graph, Path(".snakemake/claims.json"))
# Networks that only figures on request show are not trained for a claim: it is judged once they have been.
ON_REQUEST = set.difference(
    {name for entry in ENTRIES.values() if entry.on_request for name in (*entry.tables, *entry.beside)},
    {name for entry in ENTRIES.values() if not entry.on_request for name in (*entry.tables, *entry.beside)},
)
CLAIMED = {
    name: names
    for name, names in CLAIMED.items()
    if name not in ON_REQUEST
    or STUDY.absent(name)
    or STUDY.pretrained
    or Path(TABLE.format(experiment=name, table="history")).exists()
}
try:
    names_read.check(STUDY, [*CLAIMED, *SPIKING_CLAIMED])
except rx.errors.ConfigError as error:
    sys.exit(str(error))


# By name, each network of an experiment in the order in which figures show them.
MEMBERS = {name: {member.label: member for member in experiment.members()} for name, experiment in STUDY.of_kind("rate").items()}


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

# Experiments whose tables rules of their own make.
APART = "|".join(map(re.escape, STUDY.primer))


wildcard_constraints:
    experiment=rf"(?!(?:{APART})/)[^/]+" if APART else "[^/]+",
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


def gathered(wildcards):
    """Names of the parts of a table, and their path with {} for the name.

    A shell takes no command of more than 128 KiB, which the whole paths of 2300 networks reach.
    """
    networks = list(members(wildcards.experiment))
    if wildcards.table == "history":
        return networks, HISTORY.format(experiment=wildcards.experiment, network="{}")
    return list(SHARDS[wildcards.experiment]), PART.format(**wildcards, shard="{}")


def code(script):
    """Hash of the code behind a job that is about the networks of its experiment."""
    return lambda wildcards: RERUNS.code(script, wildcards.experiment)


def shown_code(script):
    """The same for a figure: of all figures its own counts, and of the tasks those of the experiments that it shows."""

    def of_figure(wildcards):
        entry = ENTRIES[wildcards.figure]
        drawn_by = f"replicortex.figures.{entry.module}:{entry.function}"
        return RERUNS.drawing(script, wildcards.figure, drawn_by, *drawn_from(wildcards.figure))

    return of_figure


def spiking_code(script):
    """The same for a figure of spiking networks."""

    def of_figure(wildcards):
        entry = SPIKING_FIGURES[wildcards.figure]
        drawn_by = f"replicortex.figures.force.{entry.module}:figure"
        shown_here = spiking_read(wildcards.figure)
        return RERUNS.drawing(script, wildcards.figure, drawn_by, *shown_here, registry=SPIKING_REGISTRY)

    return of_figure


def settings(wildcards):
    """Fingerprint of the settings that determine one network."""
    return members(wildcards.experiment)[wildcards.network].experiment.fingerprint()


def derived(wildcards):
    """Fingerprint of what the training takes from the settings by way of computations of the configuration."""
    return derived_from(members(wildcards.experiment)[wildcards.network].experiment)


def derived_from(experiment):
    """The same of the settings themselves."""
    tasks = {"probabilities": experiment.tasks.probabilities, "coding": experiment.tasks.coding}
    imported = experiment.imported.files if experiment.imported else []
    files = {"imported": [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in imported]} if imported else {}
    counts = {"updates": experiment.updates, "blocks": experiment.block_starts}
    return rx.provenance.fingerprint({**counts, **tasks, **files})


def conditions(experiment):
    """The networks of an experiment by condition: a condition's members, under its name in the labels and "together"."""
    found = {}
    for member in MEMBERS[experiment].values():
        name = member.label.removesuffix(f"seed{member.seed}") + "together"
        found.setdefault(name, []).append(member)
    return found


def listed(experiment):
    """Fingerprint of the tables that say which networks an experiment has, and when they learn what."""
    members(experiment)
    return rx.provenance.fingerprint(STUDY[experiment].listed())


def coding(experiment):
    """How the trials of an experiment, or of the first of a grid, are coded: fields of tasks.Coding as JSON."""
    first = next(iter(members(experiment).values()))
    return json.dumps(first.experiment.tasks.coding, sort_keys=True)


def start(wildcards):
    """The trained network that this one starts from, if any."""
    return starts([members(wildcards.experiment)[wildcards.network]])


def starts(networks):
    """The files that these start from: trained networks with what Adam remembers, or weights from elsewhere."""
    files = [member.file for member in networks if member.file is not None]
    sources = [member.source for member in networks if member.source is not None]
    return files + [path.format(experiment=name, network=one) for name, one in sources for path in (NETWORK, MOMENTS)]


def manifest(wildcards):
    """SHA-256 of the list of what is shipped of an experiment; a request for one that is not shipped ends the run."""
    members(wildcards.experiment)
    return rx.records.sha256(SHIPPED[wildcards.experiment].folder / pretrained.MANIFEST)


def shipped_folder(wildcards, output):
    """The folder of what is shipped of an experiment; as a function of the output, it may move and nothing runs again."""
    return str(SHIPPED[wildcards.experiment].folder)


def required(figure):
    """The experiments that a figure shows, or the end of the run if it cannot be drawn."""
    try:
        return shown(figure)
    except rx.errors.ConfigError as error:
        sys.exit(str(error))


def shown(figure):
    """The experiments that a figure shows; raises ConfigError if networks or tables for it are missing."""
    experiments = require_claims(STUDY, CLAIMED) if figure in OF_CLAIMS else rx.figures.require(STUDY, figure)
    if STUDY.pretrained and not STUDY.remeasure:
        pretrained.require_tables(figure, SHIPPED, drawn_from(figure))
    return experiments


def drawn_from(figure):
    """Experiment -> names of the tables that a figure, or the scorecard, is drawn from.

    A figure takes what it needs, and what it shows beside that where there are networks. The scorecard takes what there is: claims on networks or tables that there are not, are not testable.
    """
    if figure not in OF_CLAIMS:
        return ENTRIES[figure].read(name for name in STUDY if not STUDY.absent(name))
    present = {name: names for name, names in CLAIMED.items() if not STUDY.absent(name)}
    if STUDY.pretrained and not STUDY.remeasure:
        present = {name: pretrained.shipped_tables(SHIPPED[name], names) for name, names in present.items()}
    return present


def tables(figure):
    """The tables that a figure is drawn from."""
    required(figure)
    return [TABLE.format(experiment=name, table=table) for name, names in drawn_from(figure).items() for table in names]


def populations(figure):
    """Options of the drawing scripts: each experiment with its tables."""
    options = [[name, *expand(TABLE, experiment=name, table=drawn_from(figure)[name])] for name in required(figure)]
    return shlex.join(word for option in options for word in ("--population", *option))


def left_out(figure):
    """Why a figure is not among those of `all`; "" if it is.

    It is left out for want of networks or of shipped tables alone: one that is there and cannot be shown is an error.
    """
    needed = CLAIMED if figure in OF_CLAIMS else ENTRIES[figure].tables
    absent = [reason for reason in map(STUDY.absent, needed) if reason]
    if absent and (figure not in OF_CLAIMS or len(absent) == len(needed)):
        return "; ".join(absent)
    try:
        shown(figure)
    except rx.errors.ConfigError as error:
        return str(error) if STUDY.pretrained else ""
    return ""


def spiking_absent(name):
    """Why there are no spiking networks of an experiment, in a few words; "" if there are some."""
    if name not in STUDY.force:
        return f"experiment {name!r} is not in force.experiments of config.yaml"
    return "" if STUDY.force[name].seeds else f"experiment {name!r} has no networks at scale {STUDY.scale!r}"


def spiking_read(figure):
    """Experiment -> tables that a figure of spiking networks is drawn from; the end of the run if there are none."""
    entry = SPIKING_FIGURES[figure]
    read = entry.read(name for name in entry.tables if not spiking_absent(name))
    if not read:
        sys.exit("; ".join(f"{figure}: {spiking_absent(name)}" for name in entry.tables))
    return read


def spiking_claimed():
    """The same of the claims about spiking networks, and about single neurons, which need no networks."""
    return {name: names for name, names in SPIKING_CLAIMED.items() if name == TEACHING or not spiking_absent(name)}


def spiking_tables(read):
    """Files of these tables."""
    return [SPIKING_TABLE.format(experiment=name, table=table) for name, names in read.items() for table in names]


def spiking_populations(read):
    """The same as options of the scripts: each experiment with its tables."""
    options = [[name, *expand(SPIKING_TABLE, experiment=name, table=names)] for name, names in read.items()]
    return shlex.join(word for option in options for word in ("--population", *option))


# Figures of spiking networks that there is something to show in; none are shipped.
SPIKING_DRAWN = [
    name
    for name, entry in SPIKING_FIGURES.items()
    if not STUDY.pretrained and entry.read(experiment for experiment in entry.tables if not spiking_absent(experiment))
]


# Every figure but those that are drawn when asked for by name, and which of them there are networks for.
EVERY = [*(name for name, entry in ENTRIES.items() if not entry.on_request), *OF_CLAIMS]
DRAWN = [name for name in EVERY if not left_out(name)]


def whole():
    """The figures of `all`; says which are left out and why, and ends the run if all are."""
    if not DRAWN:
        required(EVERY[0])
    for name in EVERY:
        if name not in DRAWN:
            print(f"{name} is not drawn: {left_out(name)}", file=sys.stderr)
    sounds = [
        name
        for name in SPIKING_DRAWN
        if SPIKING_FIGURES[name].sound and not spiking_absent(SPIKING_FIGURES[name].sound)
    ]
    return [*pages([*DRAWN, *SPIKING_DRAWN]), *expand(f"{FIGURES}/{{figure}}.wav", figure=sounds)]


def pages(figures):
    """The files of these figures, and the scorecard's page if it is one of them."""
    files = expand(f"{FIGURES}/{{figure}}.pdf", figure=figures)
    return [*files, f"{FIGURES}/scorecard.html"] if "scorecard" in figures else files


# What the gallery shows: every figure that the shipped networks suffice for.
GALLERY = [name for name in [*ENTRIES, *OF_CLAIMS] if not left_out(name)] if STUDY.pretrained else []

# The figures beside the claims on the scorecard's page.
SHOWN = GALLERY if STUDY.pretrained else [*DRAWN, *SPIKING_DRAWN]

# A figure named on the command line that does not exist, or has no networks at this scale, stops the run here.
SOUNDS = [f"{name}.wav" for name, entry in SPIKING_FIGURES.items() if entry.sound]
ALL_FIGURES = [*ENTRIES, *OF_CLAIMS, *SPIKING_FIGURES]
# As a module of another workflow, whose targets are its own, this one is not asked by the command line.
WORDS = [] if AS_MODULE else targets.of_call(sys.argv[1:])
try:
    ASKED = targets.check(WORDS, STUDY.figures, ALL_FIGURES, ["scorecard.html", *SOUNDS], ["all", "gallery"])
except rx.errors.ConfigError as error:
    sys.exit(str(error))
for name in ASKED:
    spiking_read(name) if name in SPIKING_FIGURES else required(name)
if "gallery" in WORDS and not (STUDY.pretrained and SHIPPED):
    reason = f"no networks are shipped at scale {STUDY.scale!r}" if STUDY.pretrained else "add --config pretrained=true"
    sys.exit(f"gallery: draws shipped networks; {reason}")


onstart:
    try:
        workplace.check_writable([RESULTS, FIGURES])
        remarks = [workplace.other_temporary(os.environ), workplace.other_versions(BASE / "requirements.lock")]
    except OSError as error:
        sys.exit(str(error))
    for remark in filter(None, remarks):
        print(remark, file=sys.stderr)
    workplace.end_with_jobs()
    workplace.sweep([RESULTS], [FIGURES])
    if late := workplace.settle_times([RESULTS], [FIGURES]):
        print(
            f"{late} results were dated in the future, by a clock that was wrong; they are dated now",
            file=sys.stderr,
        )


onsuccess:
    summary.tell(workflow, BEGUN, STUDY.folder / "logs/summary.txt")


onerror:
    summary.tell(workflow, BEGUN, STUDY.folder / "logs/summary.txt")
