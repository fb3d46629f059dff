rule extract_spectrograms:
    input:
        ancient(f"{RESULTS}/recordings/{{subset}}.csv"),
    output:
        array=f"{RESULTS}/features/{{features}}/{{subset}}/{{shard}}.npy",
        index=f"{RESULTS}/features/{{features}}/{{subset}}/{{shard}}.csv",
    log:
        f"{RESULTS}/logs/extract_spectrograms/{{features}}/{{subset}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/extract_spectrograms/{{features}}/{{subset}}/{{shard}}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1500),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(PLAN.settings.shard(wildcards.features, int(wildcards.shard))),
        paths=lambda wildcards, input: canonical(PLAN.paths.shard(wildcards.features, wildcards.subset)),
        recordings=lambda wildcards: planned(PLAN.fingerprint.shard, wildcards.subset, int(wildcards.shard)),
        script=lambda wildcards: PLAN.scripts.extraction(wildcards.features),
        code=lambda wildcards: PLAN.code(PLAN.scripts.extraction(wildcards.features)),
        packages=lambda wildcards: PLAN.fingerprint.feature_packages(wildcards.features),
    shell:
        "canopy {params.script} --settings {params.settings:q} --paths {params.paths:q} "
        "--recordings {input:q} --output {output.array:q} 2>&1 | tee {log:q}"
