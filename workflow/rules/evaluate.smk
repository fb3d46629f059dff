EXPERIMENT = f"{RESULTS}/experiments/{{experiment}}"


rule merge_oof:
    input:
        folds=f"{RESULTS}/splits/folds.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        scores=per_fold("oof/scores.csv"),
        framewise=per_fold("oof/framewise.npy"),
        indexes=per_fold("oof/framewise.csv"),
    output:
        scores=f"{EXPERIMENT}/oof/scores.csv",
        framewise=f"{EXPERIMENT}/oof/framewise.npy",
        index=f"{EXPERIMENT}/oof/framewise.csv",
        metrics=f"{EXPERIMENT}/oof/metrics.csv",
    log:
        f"{RESULTS}/logs/merge_oof/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/merge_oof/{{experiment}}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=30,
    params:
        settings=lambda wildcards: canonical(PLAN.settings.merge(wildcards.experiment)),
        paths=lambda wildcards, input: canonical(planned(PLAN.paths.bootstrap)),
        groups=lambda wildcards: planned(PLAN.fingerprint.groups, "train"),
        code=PLAN.code("merge_oof"),
    shell:
        "canopy merge_oof --settings {params.settings:q} --paths {params.paths:q} --folds {input.folds:q} "
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} --scores {input.scores:q} "
        "--framewise {input.framewise:q} --output-scores {output.scores:q} "
        "--output-framewise {output.framewise:q} --metrics {output.metrics:q} 2>&1 | tee {log:q}"


rule merge_test:
    input:
        scores=per_fold("test/scores.csv"),
        framewise=per_fold("test/framewise.npy"),
        indexes=per_fold("test/framewise.csv"),
    output:
        scores=f"{EXPERIMENT}/test/scores.csv",
        framewise=f"{EXPERIMENT}/test/framewise.npy",
        index=f"{EXPERIMENT}/test/framewise.csv",
    log:
        f"{RESULTS}/logs/merge_test/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/merge_test/{{experiment}}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=30,
    params:
        code=PLAN.code("merge_test"),
    shell:
        "canopy merge_test --scores {input.scores:q} --framewise {input.framewise:q} "
        "--output-scores {output.scores:q} --output-framewise {output.framewise:q} 2>&1 | tee {log:q}"


if PLAN.dataset.truth_known:

    rule evaluate_test:
        input:
            scores=f"{EXPERIMENT}/test/scores.csv",
            framewise=f"{EXPERIMENT}/test/framewise.npy",
            index=f"{EXPERIMENT}/test/framewise.csv",
            truth=dataset_files(TABLES.test_truth),
        output:
            f"{EXPERIMENT}/test/metrics.csv",
        log:
            f"{RESULTS}/logs/evaluate_test/{{experiment}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/evaluate_test/{{experiment}}.tsv"
        conda:
            CONDA
        resources:
            mem_mb=growing(2000),
            runtime=30,
        params:
            settings=canonical(PLAN.settings.evaluation()),
            paths=lambda wildcards, input: canonical(planned(PLAN.paths.bootstrap)),
            groups=lambda wildcards: planned(PLAN.fingerprint.groups, "test"),
            truth=lambda wildcards: planned(PLAN.fingerprint.truth),
            table=lambda wildcards, input: PLAN.dataset.truth_table,
            code=PLAN.code("evaluate_test"),
        shell:
            "canopy evaluate_test --settings {params.settings:q} --paths {params.paths:q} "
            "--scores {input.scores:q} --framewise {input.framewise:q} --truth {params.table:q} --metrics {output:q} 2>&1 | tee {log:q}"
