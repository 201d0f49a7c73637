# In place of training: the weights shipped with the repository, each checked against its checksum.


rule unpack_network:
    output:
        network=NETWORK,
        history=HISTORY,
    log:
        f"{LOG}/unpack_network/{{experiment}}/{{network}}.log",
    benchmark:
        f"{BENCHMARK}/unpack_network/{{experiment}}/{{network}}.tsv"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("unpack_network.py"),
        manifest=manifest,
        folder=shipped_folder,
    message:
        "unpack {wildcards.network} of {wildcards.experiment}"
    shell:
        command(
            "unpack_network.py",
            "{params.folder:q} --network {wildcards.network:q}"
            " --output {output.network:q} --history {output.history:q}",
        )
