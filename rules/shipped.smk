# In place of measuring: the tables shipped beside the networks, each checked against its checksum.


rule unpack_table:
    input:
        packed=SHIPPED_TABLE,
        manifest=manifest,
    output:
        table=TABLE,
    log:
        f"{LOG}/unpack_table/{{experiment}}/{{table}}.log",
    benchmark:
        f"{BENCHMARK}/unpack_table/{{experiment}}/{{table}}.tsv"
    wildcard_constraints:
        table="|".join(pretrained.TABLES),
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("unpack_table.py"),
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
    message:
        "unpack table {wildcards.table} of {wildcards.experiment}"
    shell:
        "python workflow_scripts/unpack_table.py {params.folder:q} --table {wildcards.table:q}"
        " --output {output.table:q} > {log:q} 2>&1"
