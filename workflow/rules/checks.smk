rule check_data:
    input:
        train=f"{RESULTS}/recordings/train.csv",
        test=[f"{RESULTS}/recordings/test.csv"] if PLAN.dataset.has_test else [],
        folds=f"{RESULTS}/splits/folds.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        classes=f"{RESULTS}/annotations/classes.csv",
        train_shards=lambda wildcards: checked_shards("train", ".npy"),
        train_indexes=lambda wildcards: checked_shards("train", ".csv"),
        test_shards=lambda wildcards: checked_shards("test", ".npy") if PLAN.dataset.has_test else [],
        test_indexes=lambda wildcards: checked_shards("test", ".csv") if PLAN.dataset.has_test else [],
    output:
        findings=f"{RESULTS}/data/findings.csv",
        checks=f"{RESULTS}/data/checks.csv",
    log:
        f"{RESULTS}/logs/check_data.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_data.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(planned(PLAN.settings.checks)),
        paths=lambda wildcards, input: canonical(planned(PLAN.paths.checks)),
        test=lambda wildcards, input: f"--test {shlex.quote(str(input.test))}" if input.test else "",
        columns=lambda wildcards: planned(PLAN.fingerprint.checked_groups),
        train_shards=lambda wildcards, input: numbered(input.train_shards),
        test_shards=lambda wildcards, input: numbered(input.test_shards),
        code=PLAN.code("check_data"),
    shell:
        "canopy check_data --settings {params.settings:q} --paths {params.paths:q} --train {input.train:q} "
        "{params.test} --folds {input.folds:q} --annotations {input.annotations:q} --classes {input.classes:q} "
        "--train-shards {params.train_shards} --test-shards {params.test_shards} --findings {output.findings:q} "
        "--checks {output.checks:q} 2>&1 | tee {log:q}"
