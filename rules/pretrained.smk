# In place of training: the weights shipped with the repository, each checked against its checksum.


rule unpack_network:
    input:
        packed=SHIPPED_NETWORK,
        history=SHIPPED_TABLE.format(experiment="{experiment}", table="history"),
        manifest=manifest,
    output:
        network=NETWORK,
        history=HISTORY,
    log:
        f"{LOG}/unpack_network/{{experiment}}/{{network}}.log",
    benchmark:
        f"{BENCHMARK}/unpack_network/{{experiment}}/{{network}}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("unpack_network.py"),
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
    message:
        "unpack {wildcards.network} of {wildcards.experiment}"
    shell:
        "python workflow_scripts/unpack_network.py {params.folder:q} --network {wildcards.network:q}"
        " --output {output.network:q} --history {output.history:q} > {log:q} 2>&1"
