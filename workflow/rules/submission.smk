rule write_submission:
    input:
        scores=f"{ENSEMBLE}/test/scores.csv",
        recordings=ancient(f"{RESULTS}/recordings/test.csv"),
        sample=dataset_files(TABLES.sample_submission),
    output:
        report(
            f"{RESULTS}/submission.csv",
            category="Tables",
            caption="../report/submission.rst",
            labels={"what": "the submission"},
        ),
    log:
        f"{RESULTS}/logs/write_submission.log",
    benchmark:
        f"{RESULTS}/benchmarks/write_submission.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        settings=canonical(PLAN.settings.submission()),
        paths=lambda wildcards, input: canonical(PLAN.paths.submission()),
        sample=lambda wildcards: planned(PLAN.fingerprint.sample_submission),
        code=PLAN.code("write_submission"),
    shell:
        "canopy write_submission --settings {params.settings:q} --paths {params.paths:q} "
        "--scores {input.scores:q} --recordings {input.recordings:q} --output {output:q} 2>&1 | tee {log:q}"
