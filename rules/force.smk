# Spiking networks trained by FORCE (Nicola & Clopath 2017): from seeds to networks, tables, figures, sounds and claims.
include: "common_force.smk"


rule force_train:
    input:
        files=lambda wildcards: own_files(wildcards.experiment),
    output:
        network=SPIKING,
        traces=TRACES,
    log:
        f"{LOG}/force_train/{{experiment}}/{{network}}.log",
    benchmark:
        f"{BENCHMARK}/force_train/{{experiment}}/{{network}}.tsv"
    wildcard_constraints:
        experiment=ALONE_IN_JOB,
    threads: 1
    resources:
        mem_mb=2500,
        runtime=240,
    params:
        code=code("force_train.py"),
        settings=lambda wildcards: spiking_settings(wildcards.experiment, [wildcards.network]),
        derived=lambda wildcards: spiking_derived(wildcards.experiment, [wildcards.network]),
        scale=STUDY.scale,
        on_top=on_top,
    message:
        "train spiking network {wildcards.network} of {wildcards.experiment}"
    shell:
        command(
            "force_train.py",
            "--scale {params.scale} --experiment {wildcards.experiment:q}"
            " {params.on_top} --network {wildcards.network:q} --settings {params.settings}",
        )


for name, shards in PACKED.items():
    for number, (first, labels) in enumerate(shards.items()):

        rule:
            name:
                f"force_train_{name}_{number}"
            input:
                files=own_files(name),
            output:
                network=expand(SPIKING, experiment=name, network=labels),
                traces=expand(TRACES, experiment=name, network=labels),
            log:
                f"{LOG}/force_train/{name}/{first}.log",
            benchmark:
                f"{BENCHMARK}/force_train/{name}/{first}.tsv"
            threads: 1
            resources:
                mem_mb=lambda wildcards, attempt: 1400 * 2 ** (attempt - 1),  # no profile knows these rules' names
                runtime=240,
            params:
                code=RERUNS.code("force_train.py", name),
                settings=spiking_settings(name, labels),
                derived=spiking_derived(name, labels),
                scale=STUDY.scale,
                on_top=on_top,
                experiment=name,
                networks=labels,
            message:
                f"train {len(labels)} spiking networks of {name}, from {first}"
            shell:
                command(
                    "force_train.py",
                    "--scale {params.scale} --experiment {params.experiment:q}"
                    " {params.on_top} --network {params.networks:q} --settings {params.settings}",
                )


rule force_measure:
    input:
        networks=lambda wildcards: expand(SPIKING, network=spikers(wildcards.experiment), **wildcards),
        traces=lambda wildcards: expand(TRACES, network=spikers(wildcards.experiment), **wildcards),
    output:
        expand(SPIKING_TABLE, table=RECORDED, allow_missing=True),
    log:
        f"{LOG}/force_measure/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/force_measure/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("force_measure.py"),
        wanted=lambda wildcards: each_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "measure the recorded runs of {wildcards.experiment}"
    shell:
        command("force_measure.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule force_eigenvalues:
    input:
        network=lambda wildcards: expand(SPIKING, network=next(iter(spikers(wildcards.experiment))), **wildcards),
    output:
        expand(SPIKING_TABLE, table="eigenvalues", allow_missing=True),
    log:
        f"{LOG}/force_eigenvalues/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/force_eigenvalues/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code("force_eigenvalues.py"),
        wanted=lambda wildcards: first_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "eigenvalues of the weights of {wildcards.experiment}"
    shell:
        command("force_eigenvalues.py", "{input.network:q} --output {params.folder:q} --wanted {params.wanted}")


rule force_replay:
    input:
        networks=lambda wildcards: expand(SPIKING, network=spikers(wildcards.experiment), **wildcards),
        files=lambda wildcards: own_files(wildcards.experiment),
    output:
        expand(SPIKING_TABLE, table=REPLAYED, allow_missing=True),
    log:
        f"{LOG}/force_replay/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/force_replay/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=code("force_replay.py"),
        wanted=lambda wildcards: each_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "replay {wildcards.experiment} at other speeds"
    shell:
        command("force_replay.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule force_lesions:
    input:
        networks=lambda wildcards: expand(SPIKING, network=spikers(wildcards.experiment), **wildcards),
        files=lambda wildcards: own_files(wildcards.experiment),
    output:
        expand(SPIKING_TABLE, table="lesions", allow_missing=True),
    log:
        f"{LOG}/force_lesions/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/force_lesions/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=code("force_lesions.py"),
        wanted=lambda wildcards: each_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "lesions of {wildcards.experiment}"
    shell:
        command("force_lesions.py", "{input.networks:q} --output {params.folder:q} --wanted {params.wanted}")


rule force_classify:
    input:
        networks=lambda wildcards: expand(SPIKING, network=spikers(wildcards.experiment), **wildcards),
    output:
        expand(SPIKING_TABLE, table="points", allow_missing=True),
    log:
        f"{LOG}/force_classify/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/force_classify/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=code("force_classify.py"),
        wanted=lambda wildcards: each_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
        points=20 if STUDY.scale == "smoke" else 1000,
    message:
        "fresh points for {wildcards.experiment}"
    shell:
        command(
            "force_classify.py",
            "{input.networks:q} --points {params.points}" " --output {params.folder:q} --wanted {params.wanted}",
        )


rule force_teaching:
    input:
        [],
    output:
        expand(SPIKING_TABLE, experiment="teaching", table=TAUGHT),
    log:
        f"{LOG}/force_teaching.log",
    benchmark:
        f"{BENCHMARK}/force_teaching.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=lambda wildcards: RERUNS.code("force_teaching.py"),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "single neurons and synapses"
    shell:
        command("force_teaching.py", "--output {params.folder:q}")


rule force_sound:
    input:
        network=lambda wildcards: expand(
            SPIKING,
            experiment=SPIKING_FIGURES[wildcards.figure].sound,
            network=next(iter(spikers(SPIKING_FIGURES[wildcards.figure].sound))),
        ),
        traces=lambda wildcards: SPIKING_TABLE.format(
            experiment=SPIKING_FIGURES[wildcards.figure].sound, table="traces"
        ),
    output:
        wav=f"{FIGURES}/{{figure}}.wav",
        target=f"{FIGURES}/{{figure}}_target.wav",
    log:
        f"{LOG}/force_sound/{{figure}}.log",
    benchmark:
        f"{BENCHMARK}/force_sound/{{figure}}.tsv"
    wildcard_constraints:
        figure="|".join(name for name, entry in SPIKING_FIGURES.items() if entry.sound),
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=lambda wildcards: RERUNS.code("force_sound.py"),
        wanted=lambda wildcards: [one(SPIKING_FIGURES[wildcards.figure].sound) for one in (first_mark, mark)],
    message:
        "sound of {wildcards.figure}"
    shell:
        command(
            "force_sound.py",
            "{input.network:q} --traces {input.traces:q}"
            " --output {output.wav:q} --target {output.target:q} --wanted {params.wanted}",
        )


rule force_figure:
    input:
        lambda wildcards: spiking_tables(spiking_read(wildcards.figure)),
    output:
        pdf=f"{FIGURES}/{{figure}}.pdf",
        png=report(
            f"{FIGURES}/{{figure}}.png", caption="report/figure.rst", category=wing, labels={"figure": "{figure}"}
        ),
    log:
        f"{LOG}/force_figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARK}/force_figure/{{figure}}.tsv"
    wildcard_constraints:
        figure="|".join(SPIKING_FIGURES),
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=spiking_code("force_figure.py"),
        wanted=lambda wildcards: wanted(spiking_read(wildcards.figure)),
        populations=lambda wildcards: spiking_populations(spiking_read(wildcards.figure)),
        scale=STUDY.scale,
        caption=lambda wildcards: CAPTIONS[wildcards.figure],
    message:
        f"draw {{wildcards.figure}} at scale {STUDY.scale}"
    shell:
        command(
            "force_figure.py",
            "{wildcards.figure} {params.populations} --scale {params.scale}"
            " --output {output.pdf:q} --wanted {params.wanted}",
        )


rule force_scorecard:
    input:
        spiking_tables(spiking_claimed()),
    output:
        rows=SPIKING_CARD,
        csv=f"{RESULTS}/scorecard/force.csv",
        markdown=f"{RESULTS}/scorecard/force.md",
    log:
        f"{LOG}/scorecard/force.log",
    benchmark:
        f"{BENCHMARK}/scorecard/force.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=lambda wildcards: RERUNS.code("force_scorecard.py", *spiking_claimed()),
        wanted=lambda wildcards: wanted(spiking_claimed()),
        scale=STUDY.scale,
        populations=spiking_populations(spiking_claimed()),
        absent=shlex.join(
            word
            for name in SPIKING_CLAIMED
            if name not in spiking_claimed()
            for word in ("--absent", name, spiking_absent(name))
        ),
    message:
        f"test the claims about spiking networks at scale {STUDY.scale}"
    shell:
        command(
            "force_scorecard.py",
            "{params.populations} {params.absent} --scale {params.scale}"
            " --csv {output.csv:q} --markdown {output.markdown:q} --wanted {params.wanted}",
        )
