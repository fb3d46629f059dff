rule calibrate:
    input:
        folds=f"{RESULTS}/splits/folds.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        scores=f"{ENSEMBLE}/oof/scores.csv",
        framewise=f"{ENSEMBLE}/oof/framewise.npy",
        index=f"{ENSEMBLE}/oof/framewise.csv",
    output:
        calibration=f"{ENSEMBLE}/calibration.csv",
        thresholds=f"{ENSEMBLE}/thresholds.csv",
        reliability=f"{ENSEMBLE}/reliability.csv",
    log:
        f"{RESULTS}/logs/calibrate.log",
    benchmark:
        f"{RESULTS}/benchmarks/calibrate.tsv"
    conda:
        CONDA
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=canonical(PLAN.calibration_settings()),
        paths=lambda wildcards, input: canonical(planned(PLAN.bootstrap_paths)),
        groups=lambda wildcards: planned(PLAN.clusters, "train"),
        code=PLAN.code("calibrate"),
    shell:
        'python "$CANOPY/calibrate.py" --settings {params.settings:q} --paths {params.paths:q} --folds {input.folds:q} '
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} --scores {input.scores:q} "
        "--framewise {input.framewise:q} --calibration {output.calibration:q} --thresholds {output.thresholds:q} "
        "--reliability {output.reliability:q} 2>&1 | tee {log:q}"


if PLAN.truth_known:

    rule evaluate_ensemble:
        input:
            scores=f"{ENSEMBLE}/test/scores.csv",
            framewise=f"{ENSEMBLE}/test/framewise.npy",
            index=f"{ENSEMBLE}/test/framewise.csv",
            members=per_experiment("test/scores.csv"),
            calibration=f"{ENSEMBLE}/calibration.csv",
            thresholds=f"{ENSEMBLE}/thresholds.csv",
            truth=dataset_files(TABLES.test_truth),
        output:
            metrics=f"{ENSEMBLE}/test/metrics.csv",
            comparisons=f"{ENSEMBLE}/test/comparisons.csv",
        log:
            f"{RESULTS}/logs/evaluate_ensemble.log",
        benchmark:
            f"{RESULTS}/benchmarks/evaluate_ensemble.tsv"
        conda:
            CONDA
        resources:
            mem_mb=2000,
            runtime=30,
        params:
            settings=canonical({"experiments": EXPERIMENTS, "bootstrap": BOOTSTRAP, "classes": CONFIG.classes}),
            paths=lambda wildcards, input: canonical(planned(PLAN.bootstrap_paths)),
            groups=lambda wildcards: planned(PLAN.clusters, "test"),
            truth=lambda wildcards: planned(PLAN.truth),
            table=lambda wildcards, input: PLAN.file(TABLES.test_truth),
            code=PLAN.code("evaluate_ensemble"),
        shell:
            'python "$CANOPY/evaluate_ensemble.py" --settings {params.settings:q} --paths {params.paths:q} '
            "--scores {input.scores:q} --framewise {input.framewise:q} --members {input.members:q} "
            "--calibration {input.calibration:q} --thresholds {input.thresholds:q} --truth {params.table:q} "
            "--metrics {output.metrics:q} --comparisons {output.comparisons:q} 2>&1 | tee {log:q}"
