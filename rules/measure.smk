# From seeds to weights and tables: a rule for each kind of training and each step of the papers.
MAKERS = pipeline.Trainings, pipeline.Measurements, pipeline.Collections

for each in (one for maker in MAKERS for one in maker(*GIVEN).every()):

    rule:
        name:
            each.name
        input:
            each.inputs,
        output:
            *each.outputs,
        log:
            f"{LOG}/{each.place}.log",
        threads: each.threads
        resources:
            **each.resources(),
        params:
            code=each.code,
            basis=each.basis,
            arguments=each.call,
        message:
            each.message
        shell:
            COMMAND
