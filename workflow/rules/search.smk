# Finding what sounds like an example: the recordings are heard once, what each window sounds like is kept, and every
# search looks at that alone. Neither a training nor, with a pretrained network, a package is needed.


rule embed_applied:
    input:
        ancient(f"{APPLIED}/found.csv"),
    output:
        array=f"{VECTORS}/{{shard}}.npy",
        index=f"{VECTORS}/{{shard}}.csv",
    log:
        f"{RESULTS}/logs/embed_applied/{APPLICATION.name}/{SEARCH.hearing}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/embed_applied/{APPLICATION.name}/{SEARCH.hearing}/{{shard}}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        gpu=1,
        mem_mb=growing(2000),
        runtime=720,
    params:
        settings=lambda wildcards: canonical(planned(SEARCH.shard_settings, int(wildcards.shard))),
        paths=lambda wildcards, output: canonical(planned(SEARCH.hearing_paths)),
        recordings=lambda wildcards: planned(APPLICATION.shard_recordings, int(wildcards.shard)),
        code=PLAN.code("embed_applied"),
        packages=lambda wildcards: planned(SEARCH.packages),
    shell:
        "canopy embed_applied --settings {params.settings:q} --paths {params.paths:q} "
        "--found {input:q} --output {output.array:q} --gpu {resources.gpu} 2>&1 | tee {log:q}"


# The clips and the table go where those of a review lie: they are the person's, and no rule's output.
rule cut_similar:
    input:
        lambda wildcards: [f"{VECTORS}/{shard}.npy" for shard in planned(APPLICATION.shards)],
    output:
        f"{APPLIED}/search.csv",
    log:
        f"{RESULTS}/logs/cut_similar/{APPLICATION.name}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cut_similar/{APPLICATION.name}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        mem_mb=growing(2000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(planned(SEARCH.settings)),
        paths=lambda wildcards, output: canonical(planned(SEARCH.paths)),
        verdicts=lambda wildcards: planned(APPLICATION.verdicts),
        arrays=lambda wildcards, input: numbered(input),
        code=PLAN.code("cut_similar"),
        packages=lambda wildcards: planned(SEARCH.packages),
    shell:
        "canopy cut_similar --settings {params.settings:q} --paths {params.paths:q} "
        "--vectors {params.arrays} --offered {output:q} 2>&1 | tee {log:q}"


rule search:
    input:
        rules.make_review.output,
