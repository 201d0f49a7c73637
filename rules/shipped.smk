# In place of measuring: the tables shipped beside the networks, each checked against its checksum.


rule unpack_table:
    output:
        table=TABLE,
    log:
        f"{LOG}/unpack_table/{{experiment}}/{{table}}.log",
    benchmark:
        f"{BENCHMARK}/unpack_table/{{experiment}}/{{table}}.tsv"
    wildcard_constraints:
        table="|".join(pretrained.TABLES),
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("unpack_table.py"),
        manifest=manifest,
        folder=shipped_folder,
    message:
        "unpack table {wildcards.table} of {wildcards.experiment}"
    shell:
        command("unpack_table.py", "{params.folder:q} --table {wildcards.table:q} --output {output.table:q}")
