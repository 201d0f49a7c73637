# Where things of the spiking wing are, and which networks there are.
FORCE = f"{RESULTS}/force"
SPIKING = f"{FORCE}/networks/{{experiment}}/{{network}}.safetensors"
TRACES = f"{FORCE}/traces/{{experiment}}/{{network}}.safetensors"

# Tables by what they are made from: the recorded runs, the weights, and further runs of the trained networks.
RECORDED = ["summary", "members", "traces", "raster", "voltages", "decoders", "course", "maxima", "dwell", "notes"]
REPLAYED = ["replay", "frames"]
TAUGHT = ["voltages", "fi_curves", "filters"]

# Experiments of this wing, as a wildcard may name them, and those whose networks have a job each.
TRAINED = "|".join(map(re.escape, STUDY.force)) or "(?!)"
ALONE_IN_JOB = "|".join(re.escape(name) for name, each in STUDY.force.items() if each.shard == 1) or "(?!)"

# By name, each spiking network in the order in which figures show them, and the jobs that train several.
SPIKERS = {name: {member.label: member for member in each.members()} for name, each in STUDY.force.items()}
PACKED = {name: in_shards(list(SPIKERS[name]), each.shard) for name, each in STUDY.force.items() if each.shard > 1}


def spikers(experiment):
    """The networks of an experiment; a request for none ends the run."""
    if not SPIKERS.get(experiment):
        known = ", ".join(name for name in SPIKERS if SPIKERS[name])
        sys.exit(
            f"force experiment {experiment!r} has no networks at scale {STUDY.scale!r}; those with: {known or 'none'}"
        )
    return SPIKERS[experiment]


def own_files(experiment):
    """Recordings and films of one's own that an experiment is taught: files, and all of a folder."""
    given = STUDY.force[experiment].target.file
    if given is None:
        return []
    return sorted(map(str, Path(given).glob("*"))) if Path(given).is_dir() else [given]


def spiking_settings(experiment, networks):
    """Fingerprint of the settings of some networks."""
    return rx.provenance.fingerprint([spikers(experiment)[label].experiment.fingerprint() for label in networks])


def spiking_derived(experiment, networks):
    """Fingerprint of what the training takes from them beside the settings; of one's own files the content counts.

    Snakemake alone would not see that a file was exchanged for one with an older date.
    """
    files = [rx.records.sha256(file) for file in own_files(experiment) if os.path.isfile(file)]
    computed = [spikers(experiment)[label].experiment.derived() for label in networks]
    return rx.provenance.fingerprint({"files": files, "computed": computed})


def cards(page):
    """What a page of claims is drawn from; the scorecard has the rows about spiking networks too, where there are any."""
    return [OF_CLAIMS[page], *([SPIKING_CARD] if page == "scorecard" and SPIKING_DRAWN else [])]


def wanted_cards(page):
    """Marks of what a page of claims is drawn from."""
    return [*wanted(drawn_from(page)), *(wanted(spiking_claimed()) if SPIKING_CARD in cards(page) else [])]
