# From tables to figures, sounds, claims and pages; and what `snakemake --report` shows beside what it knows of itself.
from replicortex.report.rules import Drawing


report: "report/run.rst"


DRAWING = Drawing(*GIVEN)

for each in DRAWING.every():

    rule:
        name:
            each.name
        input:
            each.inputs,
        output:
            *(
                report(path, **DRAWING.in_report(path)) if path.endswith((".png", ".html")) else path
                for path in each.outputs
            ),
        log:
            f"{LOG}/{each.place}.log",
        resources:
            **each.resources(),
        params:
            code=each.code,
            basis=each.basis,
            arguments=each.call,
            caption=each.caption,
        message:
            each.message
        shell:
            COMMAND
