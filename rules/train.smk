# From seeds to weights: one job, and one core, per network; on a GPU one job for all seeds of a condition.


rule train:
    input:
        start=start,
    output:
        network=NETWORK,
        history=HISTORY,
        moments=MOMENTS,
    log:
        f"{LOG}/train/{{experiment}}/{{network}}.log",
    benchmark:
        f"{BENCHMARK}/train/{{experiment}}/{{network}}.tsv"
    wildcard_constraints:
        experiment=rf"(?!(?:{'|'.join(map(re.escape, ON_GPU))})/)[^/]+" if ON_GPU else "[^/]+",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=720,
    params:
        code=lambda wildcards: RERUNS.training("train.py", members(wildcards.experiment)[wildcards.network].experiment),
        wanted=lambda wildcards: start_marks([members(wildcards.experiment)[wildcards.network]]),
        settings=settings,
        derived=derived,
        scale=STUDY.scale,
        on_top=on_top,
    message:
        "train {wildcards.network} of {wildcards.experiment}"
    shell:
        command(
            "train.py",
            "--scale {params.scale} --experiment {wildcards.experiment:q}"
            " {params.on_top} --network {wildcards.network:q} --settings {params.settings}"
            " --wanted {params.wanted}",
        )


for name in ON_GPU:
    for condition, networks in conditions(name).items():

        rule:
            name:
                f"train_{name}_{condition}"
            input:
                start=starts(networks),
            output:
                network=expand(NETWORK, experiment=name, network=[member.label for member in networks]),
                history=expand(HISTORY, experiment=name, network=[member.label for member in networks]),
                moments=expand(MOMENTS, experiment=name, network=[member.label for member in networks]),
            log:
                f"{LOG}/train/{name}/{condition}.log",
            benchmark:
                f"{BENCHMARK}/train/{name}/{condition}.tsv"
            threads: 13
            resources:
                gpu=1,
                mem_mb=16000,
                runtime=720,
            params:
                code=RERUNS.training("train.py", networks[0].experiment),
                wanted=start_marks(networks),
                settings=networks[0].experiment.fingerprint(),
                derived=derived_from(networks[0].experiment),
                scale=STUDY.scale,
                on_top=on_top,
                experiment=name,
                networks=[member.label for member in networks],
            message:
                f"train {len(networks)} networks of {name} together"
            shell:
                command(
                    "train.py",
                    "--scale {params.scale} --experiment {params.experiment:q}"
                    " {params.on_top} --network {params.networks:q} --settings {params.settings}"
                    " --wanted {params.wanted}",
                )
