# The papers' claims and what became of them.
from replicortex.methods import methods


rule scorecard:
    input:
        lambda wildcards: tables("scorecard"),
    output:
        rows=OF_CLAIMS.values(),
        csv=f"{RESULTS}/scorecard/scorecard.csv",
        markdown=f"{RESULTS}/scorecard/scorecard.md",
        samples=f"{RESULTS}/scorecard/sample_size.csv",
    log:
        f"{LOG}/scorecard/claims.log",
    benchmark:
        f"{BENCHMARK}/scorecard/claims.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=lambda wildcards: RERUNS.code("scorecard.py", *CLAIMED),
        wanted=lambda wildcards: wanted(drawn_from("scorecard")),
        scale=STUDY.scale,
        absent=shlex.join(
            word for name in CLAIMED if STUDY.absent(name) for word in ("--absent", name, STUDY.absent(name))
        ),
    message:
        f"test the claims at scale {STUDY.scale}"
    shell:
        command(
            "scorecard.py",
            "{input:q} {params.absent} --scale {params.scale}"
            " --csv {output.csv:q} --markdown {output.markdown:q} --samples {output.samples:q} --wanted {params.wanted}",
        )


rule scorecard_figure:
    input:
        rows=lambda wildcards: cards(wildcards.figure),
    output:
        pdf=f"{FIGURES}/{{figure}}.pdf",
        png=report(
            f"{FIGURES}/{{figure}}.png", caption="report/figure.rst", category=wing, labels={"figure": "{figure}"}
        ),
    log:
        f"{LOG}/scorecard/{{figure}}.log",
    benchmark:
        f"{BENCHMARK}/scorecard/{{figure}}.tsv"
    wildcard_constraints:
        figure="|".join(OF_CLAIMS),
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=lambda wildcards: RERUNS.code("scorecard_figure.py", *CLAIMED),
        wanted=lambda wildcards: wanted_cards(wildcards.figure),
        caption=lambda wildcards: CAPTIONS[wildcards.figure],
    message:
        f"draw {{wildcards.figure}} at scale {STUDY.scale}"
    shell:
        command(
            "scorecard_figure.py",
            "{wildcards.figure} --rows {input.rows:q} --output {output.pdf:q} --wanted {params.wanted}",
        )


rule scorecard_page:
    input:
        rows=cards("scorecard"),
        figures=expand(f"{FIGURES}/{{figure}}.png", figure=[name for name in SHOWN if name not in OF_CLAIMS]),
    output:
        html=report(f"{FIGURES}/scorecard.html", caption="report/start.rst", category="Start page"),
    log:
        f"{LOG}/scorecard/page.log",
    benchmark:
        f"{BENCHMARK}/scorecard/page.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=lambda wildcards: RERUNS.code("scorecard_page.py", *CLAIMED),
        wanted=lambda wildcards: wanted_cards("scorecard"),
        settings=rx.provenance.fingerprint(methods(STUDY)),
        switches=SWITCHES,
        scale=STUDY.scale,
        on_top=on_top,
        benchmarks=BENCHMARK,
    message:
        "every claim beside its figure"
    shell:
        command(
            "scorecard_page.py",
            "--rows {input.rows:q} --figures {input.figures:q}"
            " --scale {params.scale} {params.switches} --settings {params.settings} --benchmarks {params.benchmarks:q}"
            " {params.on_top} --output {output.html:q} --wanted {params.wanted}",
        )
