# From weights to tables, on every network: minutes for each. A process measures the networks of a shard one by one.


include: "common_measures.smk"


# Part of the published number of trials per condition in the behavioural curves.
SHARE = 0.05 if STUDY.scale == "smoke" else 1


rule variance:
    input:
        networks=shard,
    output:
        expand(PART, table=VARIANCE, allow_missing=True),
    log:
        f"{LOG}/variance/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/variance/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30 * STUDY.shard,
    params:
        code=code("measure_variance.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "variance of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command("measure_variance.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule clusters:
    input:
        networks=shard,
        variance=expand(PART, table=VARIANCE, allow_missing=True),
    output:
        expand(PART, table=CLUSTERS, allow_missing=True),
    log:
        f"{LOG}/clusters/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/clusters/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30 * STUDY.shard,
    params:
        code=code("measure_clusters.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "clusters of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_clusters.py",
            "{input.networks:q} --variance {input.variance:q}" " --output {params.folder:q} --wanted {params.wanted}",
        )


rule best_k:
    input:
        variance=expand(PART, table="task_variance", allow_missing=True),
    output:
        expand(PART, table="best_k", allow_missing=True),
    log:
        f"{LOG}/best_k/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/best_k/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_best_k.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "number of clusters of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command("measure_best_k.py", "{input.variance:q} --output {params.folder:q} --wanted {params.wanted}")


rule ftv_histogram:
    input:
        variance=expand(PART, table="task_variance", allow_missing=True),
        rotated=expand(PART, table="rotated_variance", allow_missing=True),
    output:
        expand(PART, table="ftv_histogram", allow_missing=True),
    log:
        f"{LOG}/ftv_histogram/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/ftv_histogram/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_ftv_histogram.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "pairs of tasks in {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_ftv_histogram.py",
            "{input.variance:q} {input.rotated:q} --output {params.folder:q} --wanted {params.wanted}",
        )


rule lesions:
    input:
        networks=shard,
        units=expand(PART, table="units", allow_missing=True),
    output:
        expand(PART, table="lesions", allow_missing=True),
    log:
        f"{LOG}/lesions/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/lesions/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60 * STUDY.shard,
    params:
        code=code("measure_lesions.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "lesions of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_lesions.py",
            "{input.networks:q} --units {input.units:q} --output {params.folder:q} --wanted {params.wanted}",
        )


rule behaviour:
    input:
        networks=shard,
    output:
        expand(PART, table=BEHAVIOUR, allow_missing=True),
    log:
        f"{LOG}/behaviour/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/behaviour/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60 * STUDY.shard,
    params:
        code=code("measure_behaviour.py"),
        wanted=wanted_of_shard,
        share=SHARE,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "choices of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_behaviour.py",
            "{input.networks:q} --share {params.share} --output {params.folder:q} --wanted {params.wanted}",
        )


rule composite:
    input:
        networks=shard,
    output:
        expand(PART, table="composite", allow_missing=True),
    log:
        f"{LOG}/composite/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/composite/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60 * STUDY.shard,
    params:
        code=code("measure_composite.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "composite rules of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command("measure_composite.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule context:
    input:
        networks=shard,
        variance=expand(PART, table="task_variance", allow_missing=True),
    output:
        expand(PART, table=CONTEXT, allow_missing=True),
    log:
        f"{LOG}/context/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/context/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_context.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "context-dependent circuit of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_context.py",
            "{input.networks:q} --variance {input.variance:q}" " --output {params.folder:q} --wanted {params.wanted}",
        )


rule controls:
    input:
        networks=shard,
        sources=expand(
            PART,
            table=["task_variance", "rotated_variance", "units", "cluster_number", "lesions", "context_groups"],
            allow_missing=True,
        ),
    output:
        expand(PART, table=CONTROLS, allow_missing=True),
    log:
        f"{LOG}/controls/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/controls/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60 * STUDY.shard,
    params:
        code=code("measure_controls.py"),
        wanted=wanted_of_shard,
        batches=2 if STUDY.scale == "smoke" else 256,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "controls of lesions and clusters in {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_controls.py",
            "{input.networks:q} --sources {input.sources:q}"
            " --batches {params.batches} --output {params.folder:q} --wanted {params.wanted}",
        )


rule integration:
    input:
        networks=shard,
    output:
        expand(PART, table=LINE, allow_missing=True),
    log:
        f"{LOG}/integration/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/integration/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_integration.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "slow points of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command("measure_integration.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule anti:
    input:
        networks=shard,
        variance=expand(PART, table="task_variance", allow_missing=True),
    output:
        expand(PART, table=ANTI, allow_missing=True),
    log:
        f"{LOG}/anti/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/anti/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_anti.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "Anti units of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command(
            "measure_anti.py",
            "{input.networks:q} --variance {input.variance:q}" " --output {params.folder:q} --wanted {params.wanted}",
        )


rule condition_variance:
    input:
        networks=shard,
    output:
        expand(PART, table="condition_variance", allow_missing=True),
    log:
        f"{LOG}/condition_variance/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/condition_variance/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_conditions.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "variance over the recordings' conditions of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command("measure_conditions.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule vectors:
    input:
        networks=shard,
    output:
        expand(PART, table=VECTORS, allow_missing=True),
    log:
        f"{LOG}/vectors/{{experiment}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARK}/vectors/{{experiment}}/{{shard}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10 * STUDY.shard,
    params:
        code=code("measure_vectors.py"),
        wanted=wanted_of_shard,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "task vectors of {wildcards.shard} of {wildcards.experiment}"
    shell:
        command("measure_vectors.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule gather:
    input:
        lambda wildcards: [gathered(wildcards)[1].replace("{}", name) for name in gathered(wildcards)[0]],
    output:
        table=TABLE,
    log:
        f"{LOG}/gather/{{experiment}}/{{table}}.log",
    benchmark:
        f"{BENCHMARK}/gather/{{experiment}}/{{table}}.tsv"
    wildcard_constraints:
        table="|".join(["history", *PER_NETWORK]),
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code("gather.py"),
        wanted=wanted_parts,
        names=lambda wildcards: gathered(wildcards)[0],
        pattern=lambda wildcards: gathered(wildcards)[1],
    message:
        "table {wildcards.table} of {wildcards.experiment}"
    shell:
        command(
            "gather.py", "{params.names:q} --in {params.pattern:q} --output {output.table:q} --wanted {params.wanted}"
        )


rule architecture:
    input:
        networks=lambda wildcards: expand(NETWORK, network=members(wildcards.experiment), **wildcards),
    output:
        table=expand(TABLE, table="architecture", allow_missing=True),
    log:
        f"{LOG}/architecture/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/architecture/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        code=code("measure_architecture.py"),
        wanted=lambda wildcards: each_mark(wildcards.experiment),
        names=lambda wildcards: list(members(wildcards.experiment)),
        pattern=lambda wildcards: NETWORK.format(experiment=wildcards.experiment, network="{}"),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "sizes of the networks of {wildcards.experiment}"
    shell:
        command(
            "measure_architecture.py",
            "{params.names:q} --in {params.pattern:q} --output {params.folder:q} --wanted {params.wanted}",
        )
