# From tables to figures: the twenty-task paper (Yang et al. 2019). What is measured here takes seconds.
include: "common_report.smk"


EXAMPLE = ["sample_trials", "fine_trial", "unit_trace"]
GRID = ["outcome", "factor_shares"]
OBSERVERS = ["ideal_observer", "summing_observer"]
LISTED = ["members", "blocks"]


rule example:
    input:
        network=lambda wildcards: expand(NETWORK, network=next(iter(members(wildcards.experiment))), **wildcards),
    output:
        expand(TABLE, table=EXAMPLE, allow_missing=True),
    log:
        f"{LOG}/example/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/example/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        code=code("measure_example.py"),
        wanted=lambda wildcards: first_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "example network of {wildcards.experiment}"
    shell:
        command("measure_example.py", "{input.network:q} --output {params.folder:q} --wanted {params.wanted}")


rule weights:
    input:
        network=lambda wildcards: expand(NETWORK, network=next(iter(members(wildcards.experiment))), **wildcards),
    output:
        table=expand(TABLE, table="weights", allow_missing=True),
    log:
        f"{LOG}/weights/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/weights/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        code=code("measure_weights.py"),
        wanted=lambda wildcards: first_mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "weights of the example network of {wildcards.experiment}"
    shell:
        command("measure_weights.py", "{input.network:q} --output {params.folder:q} --wanted {params.wanted}")


rule ftv:
    input:
        variance=expand(TABLE, table="task_variance", allow_missing=True),
    output:
        table=expand(TABLE, table="ftv", allow_missing=True),
    log:
        f"{LOG}/ftv/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/ftv/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        code=code("measure_ftv.py"),
        wanted=lambda wildcards: mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "fractional task variance of {wildcards.experiment}"
    shell:
        command("measure_ftv.py", "{input.variance:q} --output {params.folder:q} --wanted {params.wanted}")


rule ftv_types:
    input:
        histogram=expand(TABLE, table="ftv_histogram", allow_missing=True),
    output:
        table=expand(TABLE, table="ftv_types", allow_missing=True),
    log:
        f"{LOG}/ftv_types/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/ftv_types/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        code=code("measure_ftv_types.py"),
        wanted=lambda wildcards: mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "kinds of pairs of tasks in {wildcards.experiment}"
    shell:
        command("measure_ftv_types.py", "{input.histogram:q} --output {params.folder:q} --wanted {params.wanted}")


rule grid:
    input:
        history=expand(TABLE, table="history", allow_missing=True),
        members=expand(TABLE, table="members", allow_missing=True),
        best_k=expand(TABLE, table="best_k", allow_missing=True),
    output:
        expand(TABLE, table=GRID, allow_missing=True),
    log:
        f"{LOG}/grid/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/grid/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        code=code("measure_grid.py"),
        wanted=lambda wildcards: mark(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "clusters by the settings of {wildcards.experiment}"
    shell:
        command(
            "measure_grid.py",
            "{input.history:q} {input.members:q} {input.best_k:q} --output {params.folder:q} --wanted {params.wanted}",
        )


rule observers:
    output:
        expand(TABLE, table=OBSERVERS, allow_missing=True),
    log:
        f"{LOG}/observers/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/observers/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        code=code("observers.py"),
        coding=lambda wildcards: coding(wildcards.experiment),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "best possible performance in the tasks of {wildcards.experiment}"
    shell:
        command(
            "observers.py",
            "--experiment {wildcards.experiment:q} --coding {params.coding:q} --output {params.folder:q}",
        )


rule recordings:
    input:
        recordings=rx.recordings.data_files(STUDY.recordings) if STUDY.recordings else [],
    output:
        table=expand(TABLE, table="recordings_ftv", allow_missing=True),
    log:
        f"{LOG}/recordings/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/recordings/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=8000 if STUDY.recordings else 500,
        runtime=60,
    params:
        code=code("measure_recordings.py"),
        recordings=f"--recordings {shlex.quote(str(STUDY.recordings))}" if STUDY.recordings else "",
        # Snakemake alone would not see that a file was exchanged for one with an older date; to read all may take minutes
        sizes=[os.path.getsize(file) for file in rx.recordings.data_files(STUDY.recordings)] if STUDY.recordings else [],
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "recordings from animals, beside {wildcards.experiment}"
    shell:
        command("measure_recordings.py", "{params.recordings} --output {params.folder:q}")


rule members:
    output:
        expand(TABLE, table=LISTED, allow_missing=True),
    log:
        f"{LOG}/members/{{experiment}}.log",
    benchmark:
        f"{BENCHMARK}/members/{{experiment}}.tsv"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("members.py"),
        scale=STUDY.scale,
        on_top=on_top,
        settings=lambda wildcards: listed(wildcards.experiment),
        switches=SWITCHES,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    message:
        "settings of the networks of {wildcards.experiment}"
    shell:
        command(
            "members.py",
            "--scale {params.scale} --experiment {wildcards.experiment:q}"
            " {params.on_top} --settings {params.settings} {params.switches} --output {params.folder:q}",
        )


rule figure:
    input:
        lambda wildcards: tables(wildcards.figure),
    output:
        pdf=f"{FIGURES}/{{figure}}.pdf",
        png=report(
            f"{FIGURES}/{{figure}}.png", caption="report/figure.rst", category=wing, labels={"figure": "{figure}"}
        ),
    log:
        f"{LOG}/figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARK}/figure/{{figure}}.tsv"
    wildcard_constraints:
        figure="|".join(ENTRIES),
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=shown_code("figure.py"),
        wanted=lambda wildcards: wanted(drawn_from(wildcards.figure)),
        populations=lambda wildcards: populations(wildcards.figure),
        caption=lambda wildcards: CAPTIONS[wildcards.figure],
    message:
        f"draw {{wildcards.figure}} at scale {STUDY.scale}"
    shell:
        command("figure.py", "{wildcards.figure} {params.populations} --output {output.pdf:q} --wanted {params.wanted}")
