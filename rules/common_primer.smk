# Where the networks of the primer are, and what makes their jobs run again.
PRIMER = f"{RESULTS}/primer/{{primer}}/{{part}}"


def primer_parts(name):
    """The files of weights of an experiment of the primer."""
    return expand(f"{PRIMER}.safetensors", primer=name, part=STUDY.primer[name].shards())


def primer_settings(wildcards):
    """Fingerprint of the settings that determine the networks of a job, and of their names."""
    members = STUDY.primer[wildcards.primer].shards()[wildcards.part]
    return rx.provenance.fingerprint({member.label: member.experiment.fingerprint() for member in members})
