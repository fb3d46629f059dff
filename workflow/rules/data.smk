# Snakemake removes a job's outputs before it runs. So no output is a folder, or a file, that a person can name: the demo
# lies in a folder of its own, which `canopy.runtime.owned` has looked at before anything is planned.

if GENERATED:

    rule generate_demo:
        output:
            [f"{DATA}/{name}" for name in DEMO_TABLES],
        log:
            f"{RESULTS}/logs/generate_demo.log",
        benchmark:
            f"{RESULTS}/benchmarks/generate_demo.tsv"
        conda:
            CONDA
        resources:
            mem_mb=growing(1000),
            runtime=20,
        params:
            settings=canonical(CONFIG.demo),
            code=PLAN.code("generate_demo"),
            folder=lambda wildcards, output: os.path.dirname(output[0]),
        shell:
            "canopy generate_demo --settings {params.settings:q} --output {params.folder:q} 2>&1 | tee {log:q}"


rule download:
    log:
        f"{RESULTS}/logs/download.log",
    conda:
        CONDA
    params:
        settings=canonical({"competition": CONFIG.competition, "folder": DATA}),
    shell:
        "canopy download_dataset --settings {params.settings:q} 2>&1 | tee {log:q}"


rule list_recordings:
    input:
        lambda wildcards: [f"{DATA}/truth/{wildcards.subset}_events.csv"] if GENERATED else [],
    output:
        f"{RESULTS}/recordings/{{subset}}.csv",
    log:
        f"{RESULTS}/logs/list_recordings/{{subset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/list_recordings/{{subset}}.tsv"
    conda:
        CONDA
    threads: 2
    resources:
        mem_mb=growing(1000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(PLAN.settings.listing(wildcards.subset)),
        audio=lambda wildcards: planned(PLAN.fingerprint.listing, wildcards.subset),
        content=lambda wildcards: planned(PLAN.recordings.content, wildcards.subset),
        script=lambda wildcards: PLAN.scripts.listing(wildcards.subset),
        code=lambda wildcards: PLAN.code(PLAN.scripts.listing(wildcards.subset)),
    shell:
        "canopy {params.script} --settings {params.settings:q} --content={params.content:q} --threads {threads} "
        "--output {output:q} 2>&1 | tee {log:q}"


rule read_annotations:
    input:
        tables=dataset_files(TABLES.true_positives, TABLES.false_positives, TABLES.sample_submission),
        recordings=ancient(f"{RESULTS}/recordings/train.csv"),
    output:
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        classes=f"{RESULTS}/annotations/classes.csv",
    log:
        f"{RESULTS}/logs/read_annotations.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_annotations.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        settings=canonical(PLAN.settings.annotations()),
        paths=lambda wildcards, input: canonical(PLAN.paths.annotations()),
        tables=lambda wildcards: planned(PLAN.fingerprint.labels),
        audio=lambda wildcards: planned(PLAN.fingerprint.annotated_audio),
        script=PLAN.scripts.annotations,
        code=PLAN.code(PLAN.scripts.annotations),
    shell:
        "canopy {params.script} --settings {params.settings:q} --paths {params.paths:q} "
        "--recordings {input.recordings:q} --annotations {output.annotations:q} "
        "--train-recordings {output.recordings:q} --classes {output.classes:q} 2>&1 | tee {log:q}"
