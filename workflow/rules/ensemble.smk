ENSEMBLE = f"{RESULTS}/ensemble"


rule fit_ensemble:
    input:
        folds=f"{RESULTS}/splits/folds.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        members=per_experiment("oof/scores.csv"),
        framewise=per_experiment("oof/framewise.npy"),
        indexes=per_experiment("oof/framewise.csv"),
    output:
        weights=f"{ENSEMBLE}/weights.csv",
        scores=f"{ENSEMBLE}/oof/scores.csv",
        framewise=f"{ENSEMBLE}/oof/framewise.npy",
        index=f"{ENSEMBLE}/oof/framewise.csv",
        metrics=f"{ENSEMBLE}/oof/metrics.csv",
        comparisons=f"{ENSEMBLE}/oof/comparisons.csv",
    log:
        f"{RESULTS}/logs/fit_ensemble.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_ensemble.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=60,
    params:
        settings=canonical(PLAN.settings.ensemble()),
        paths=lambda wildcards, input: canonical(planned(PLAN.paths.bootstrap)),
        groups=lambda wildcards: planned(PLAN.fingerprint.groups, "train"),
        code=PLAN.code("fit_ensemble"),
    shell:
        "canopy fit_ensemble --settings {params.settings:q} --paths {params.paths:q} --folds {input.folds:q} "
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} --members {input.members:q} "
        "--framewise {input.framewise:q} --weights {output.weights:q} --scores {output.scores:q} "
        "--output-framewise {output.framewise:q} --metrics {output.metrics:q} "
        "--comparisons {output.comparisons:q} 2>&1 | tee {log:q}"


rule combine_test:
    input:
        weights=f"{ENSEMBLE}/weights.csv",
        members=per_experiment("test/scores.csv"),
        framewise=per_experiment("test/framewise.npy"),
        indexes=per_experiment("test/framewise.csv"),
        oof=[f"{ENSEMBLE}/oof/scores.csv"] if CONFIG.calibration.priors else [],
    output:
        scores=f"{ENSEMBLE}/test/scores.csv",
        framewise=f"{ENSEMBLE}/test/framewise.npy",
        index=f"{ENSEMBLE}/test/framewise.csv",
    log:
        f"{RESULTS}/logs/combine_test.log",
    benchmark:
        f"{RESULTS}/benchmarks/combine_test.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=30,
    params:
        settings=canonical(PLAN.settings.combination()),
        paths=lambda wildcards, input: canonical(PLAN.paths.combination()),
        oof=lambda wildcards, input: f"--oof {shlex.quote(str(input.oof))}" if input.oof else "",
        priors=lambda wildcards: planned(PLAN.fingerprint.priors),
        code=PLAN.code("combine_test"),
    shell:
        "canopy combine_test --settings {params.settings:q} --paths {params.paths:q} --weights {input.weights:q} "
        "--members {input.members:q} --framewise {input.framewise:q} {params.oof} --scores {output.scores:q} "
        "--output-framewise {output.framewise:q} 2>&1 | tee {log:q}"
