# The marks by which files of other networks than those that the configuration asks for are refused.
import functools

from replicortex import origin

FROM_FIRST = [
    "sample_trials",
    "fine_trial",
    "unit_trace",
    "weights",
    "eigenvalues",
]  # made from the first network alone


@functools.cache
def fingerprints(experiment):
    """Label -> fingerprint of settings and seed, of each network of an experiment."""
    return origin.of_members(experiment, STUDY.scale, STUDY[experiment].members()).networks


def mark(experiment, labels=None):
    """What files carry that were made from these networks, or from all of an experiment; see replicortex.origin."""
    known = fingerprints(experiment)
    return origin.Origin(experiment, STUDY.scale, known if labels is None else {one: known[one] for one in labels}).mark


def each_mark(experiment):
    """The same of each network by itself."""
    return [mark(experiment, [label]) for label in fingerprints(experiment)]


def first_mark(experiment):
    """The same of the first network, which is the example."""
    return mark(experiment, list(fingerprints(experiment))[:1])


def start_marks(networks):
    """Marks of the trained networks that these start from."""
    return sorted({mark(name, [label]) for name, label in (one.source for one in networks if one.source is not None)})


def wanted_of_shard(wildcards):
    """Marks of the weights and tables that a process reads which measures the networks of a shard."""
    labels = SHARDS[wildcards.experiment][wildcards.shard]
    return list(dict.fromkeys(mark(wildcards.experiment, some) for some in [*([one] for one in labels), labels]))


def wanted_parts(wildcards):
    """Marks of the parts that a table is gathered from."""
    if wildcards.table == "history":
        return each_mark(wildcards.experiment)
    return [mark(wildcards.experiment, labels) for labels in SHARDS[wildcards.experiment].values()]


def table_mark(experiment, table):
    """Mark of a table of a whole experiment."""
    if experiment == TEACHING:
        return origin.Origin(experiment).mark
    if table == "recordings_ftv":
        return origin.of_basis("", STUDY.recordings and str(STUDY.recordings)).mark
    if table in OBSERVERS:
        return origin.of_basis(experiment, json.loads(coding(experiment))).mark
    return first_mark(experiment) if table in FROM_FIRST and experiment not in STUDY.primer else mark(experiment)


def wanted(read):
    """Marks of tables, given as experiment -> their names."""
    return sorted({table_mark(name, table) for name, tables in read.items() for table in tables})
