# Small experiments from teaching texts: a job trains a few networks one after the other, another measures them all.
include: "common_primer.smk"


rule primer_train:
    output:
        network=f"{PRIMER}.safetensors",
        history=f"{PRIMER}.history.parquet",
        curve=f"{PRIMER}.curve.parquet",
    log:
        f"{LOG}/primer_train/{{primer}}/{{part}}.log",
    benchmark:
        f"{BENCHMARK}/primer_train/{{primer}}/{{part}}.tsv"
    wildcard_constraints:
        primer="|".join(map(re.escape, STUDY.primer)) or "(?!)",
        part="part[0-9]+",
    threads: 1
    resources:
        mem_mb=1500,
        runtime=120,
    params:
        code=lambda wildcards: RERUNS.code("primer_train.py", wildcards.primer),
        settings=primer_settings,
        scale=STUDY.scale,
        on_top=on_top,
    message:
        "train {wildcards.part} of {wildcards.primer}"
    shell:
        command(
            "primer_train.py",
            "--scale {params.scale} --experiment {wildcards.primer:q}"
            " {params.on_top} --part {wildcards.part} --settings {params.settings}",
        )


for name, experiment in STUDY.primer.items():

    rule:
        name:
            f"measure_{name}"
        input:
            networks=primer_parts(name),
        output:
            expand(TABLE, experiment=name, table=rx.primer.tables_of(name)),
        log:
            f"{LOG}/primer_measure/{name}.log",
        benchmark:
            f"{BENCHMARK}/primer_measure/{name}.tsv"
        threads: 1
        resources:
            mem_mb=lambda wildcards, attempt: 1300 * 2 ** (attempt - 1),  # no profile knows these rules' names
            runtime=60,
        params:
            code=RERUNS.code("primer_measure.py", name),
            wanted=[mark(name, [member.label for member in part]) for part in experiment.shards().values()],
            settings=rx.provenance.fingerprint(experiment.member_table()),
            name=name,
            scale=STUDY.scale,
            on_top=on_top,
            folder=lambda wildcards, output: os.path.dirname(output[0]),
        message:
            f"measure the networks of {name}"
        shell:
            command(
                "primer_measure.py",
                "{input.networks:q} --scale {params.scale} {params.on_top}"
                " --experiment {params.name:q} --output {params.folder:q} --wanted {params.wanted}",
            )
