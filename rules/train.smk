# From seeds to weights: one job, and one core, per network.


rule train:
    input:
        start=start,
    output:
        network=NETWORK,
        history=HISTORY,
    log:
        f"{LOG}/train/{{experiment}}/{{network}}.log",
    benchmark:
        f"{BENCHMARK}/train/{{experiment}}/{{network}}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=720,
    params:
        code=code("train.py"),
        settings=settings,
        derived=derived,
        scale=STUDY.scale,
    message:
        "train {wildcards.network} of {wildcards.experiment}"
    shell:
        "python workflow_scripts/train.py --scale {params.scale} --experiment {wildcards.experiment:q}"
        " --network {wildcards.network:q} --settings {params.settings} > {log:q} 2>&1"
