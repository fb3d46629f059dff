rule make_splits:
    input:
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        keep=[ancient(CONFIG.splits.keep)] if CONFIG.splits.keep else [],
    output:
        folds=f"{RESULTS}/splits/folds.csv",
        rows=[f"{RESULTS}/splits/fold{fold}.csv" for fold in PLAN.folds],
    log:
        f"{RESULTS}/logs/make_splits.log",
    benchmark:
        f"{RESULTS}/benchmarks/make_splits.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        settings=canonical(PLAN.settings.splits()),
        paths=lambda wildcards, input: canonical(PLAN.paths.splits()),
        columns=lambda wildcards: planned(PLAN.fingerprint.fold_columns),
        keep=lambda wildcards: planned(PLAN.fingerprint.kept_folds),
        code=PLAN.code("make_splits"),
    shell:
        "canopy make_splits --settings {params.settings:q} --paths {params.paths:q} "
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} --folds {output.folds:q} "
        "--fold-rows {output.rows:q} 2>&1 | tee {log:q}"
