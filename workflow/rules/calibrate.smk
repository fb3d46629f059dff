rule calibrate:
    input:
        folds=f"{RESULTS}/splits/folds.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        scores=f"{ENSEMBLE}/oof/scores.csv",
        framewise=f"{ENSEMBLE}/oof/framewise.npy",
        index=f"{ENSEMBLE}/oof/framewise.csv",
        weights=f"{ENSEMBLE}/weights.csv",
        background=background(".npy"),
        background_indexes=background(".csv"),
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
        mem_mb=growing(2000),
        runtime=30,
    params:
        settings=canonical(PLAN.settings.calibration()),
        paths=lambda wildcards, input: canonical(planned(PLAN.paths.bootstrap)),
        groups=lambda wildcards: planned(PLAN.fingerprint.groups, "train"),
        code=PLAN.code("calibrate"),
    shell:
        "canopy calibrate --settings {params.settings:q} --paths {params.paths:q} --folds {input.folds:q} "
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} --scores {input.scores:q} "
        "--framewise {input.framewise:q} --weights {input.weights:q} --background {input.background:q} "
        "--calibration {output.calibration:q} --thresholds {output.thresholds:q} "
        "--reliability {output.reliability:q} 2>&1 | tee {log:q}"


if PLAN.dataset.truth_known:

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
            mem_mb=growing(2000),
            runtime=30,
        params:
            settings=canonical(PLAN.settings.ensemble_evaluation()),
            paths=lambda wildcards, input: canonical(planned(PLAN.paths.bootstrap)),
            groups=lambda wildcards: planned(PLAN.fingerprint.groups, "test"),
            truth=lambda wildcards: planned(PLAN.fingerprint.truth),
            table=lambda wildcards, input: PLAN.dataset.truth_table,
            code=PLAN.code("evaluate_ensemble"),
        shell:
            "canopy evaluate_ensemble --settings {params.settings:q} --paths {params.paths:q} "
            "--scores {input.scores:q} --framewise {input.framewise:q} --members {input.members:q} "
            "--calibration {input.calibration:q} --thresholds {input.thresholds:q} --truth {params.table:q} "
            "--metrics {output.metrics:q} --comparisons {output.comparisons:q} 2>&1 | tee {log:q}"
