UNRECORDED = (
    "results",
    "notify",
    "recordings",
    "package",
    "detection",
    "review",
    "example",
    "search",
    "export",
)  # what a run's own results do not depend on


rule record_provenance:
    output:
        config=f"{RESULTS}/provenance/config.json",
        versions=f"{RESULTS}/provenance/versions.csv",
    log:
        f"{RESULTS}/logs/record_provenance.log",
    conda:
        CONDA
    resources:
        mem_mb=growing(500),
        runtime=5,
    params:
        settings=canonical({"config": CONFIG.model_dump(mode="json", exclude=set(UNRECORDED))}),
        code=PLAN.code("record_provenance"),
        installed=installed(),
    shell:
        "canopy record_provenance --settings {params.settings:q} --config {output.config:q} "
        "--versions {output.versions:q} 2>&1 | tee {log:q}"


REPORT = f"{RESULTS}/report"
PICTURES = ["fold_balance", "training_curves", "species_scores", "ensemble_weights", "examples", "cost"]


MORE = {
    "comparisons-oof": f"{ENSEMBLE}/oof/comparisons.csv",
    "calibration": f"{ENSEMBLE}/calibration.csv",
    "thresholds": f"{ENSEMBLE}/thresholds.csv",
    "reliability": f"{ENSEMBLE}/reliability.csv",
    "findings": f"{RESULTS}/data/findings.csv",
    "checks": f"{RESULTS}/data/checks.csv",
    **({"comparisons-test": f"{ENSEMBLE}/test/comparisons.csv"} if PLAN.dataset.truth_known else {}),
    **({"pseudo-labels": f"{RESULTS}/pseudo_labels.csv"} if PLAN.teachers.compared else {}),
}


rule report:
    input:
        more=list(MORE.values()),
        folds=f"{RESULTS}/splits/folds.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        train=f"{RESULTS}/recordings/train.csv",
        test=[f"{RESULTS}/recordings/test.csv"] if PLAN.dataset.has_test else [],
        shards=lambda wildcards: [
            path
            for suffix in (".npy", ".csv")
            for path in shard_arrays(PLAN.experiments[EXPERIMENTS[0]].features, "train", suffix)
        ],
        history=[
            f"{RESULTS}/experiments/{experiment}/fold{fold}/history.csv"
            for experiment in EXPERIMENTS
            for fold in PLAN.folds
        ],
        networks=per_experiment("fold0/model.weights.h5"),
        oof=per_experiment("oof/metrics.csv") + [f"{ENSEMBLE}/oof/metrics.csv"],
        ensemble=[f"{ENSEMBLE}/oof/{name}" for name in ("scores.csv", "framewise.npy", "framewise.csv")],
        test_scores=[f"{ENSEMBLE}/test/scores.csv"] if PLAN.dataset.truth_known else [],
        truth=dataset_files(TABLES.test_truth) if PLAN.dataset.truth_known else [],
        test_metrics=(
            per_experiment("test/metrics.csv") + [f"{ENSEMBLE}/test/metrics.csv"] if PLAN.dataset.truth_known else []
        ),
        weights=f"{ENSEMBLE}/weights.csv",
        submission=[f"{RESULTS}/submission.csv"] if PLAN.dataset.has_test else [],
        config=f"{RESULTS}/provenance/config.json",
        versions=f"{RESULTS}/provenance/versions.csv",
    output:
        page=report(
            f"{REPORT}/index.html", category="Summary", caption="../report/report.rst", labels={"what": "the report"}
        ),
        summary=report(
            f"{RESULTS}/summary.txt", category="Summary", caption="../report/summary.rst", labels={"what": "figures"}
        ),
        pictures=[
            report(
                f"{REPORT}/{name}.png",
                category="Pictures",
                caption=f"../report/{name}.rst",
                labels={"what": name.replace("_", " ")},
            )
            for name in PICTURES
        ],
        tables=[
            report(
                f"{REPORT}/{name}.csv",
                category="Tables",
                caption=f"../report/{name}.rst",
                labels={"what": f"scores by {what}"},
            )
            for name, what in (("experiments", "experiment"), ("species", "species"))
        ],
    log:
        f"{RESULTS}/logs/report.log",
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=30,
    params:
        settings=canonical(PLAN.settings.report()),
        code=PLAN.code("make_report"),
        truth=lambda wildcards: planned(PLAN.fingerprint.truth) if PLAN.dataset.truth_known else "",
        truth_table=lambda wildcards, input: ["--truth", PLAN.dataset.truth_table] if PLAN.dataset.truth_known else [],
        more=lambda wildcards, input: [text for option, path in MORE.items() for text in (f"--{option}", path)],
        results=lambda wildcards, output: os.path.dirname(output.summary),
        tested=lambda wildcards, input: (
            ["--recordings-test", str(input.test), "--submission", str(input.submission)]
            if PLAN.dataset.has_test
            else []
        ),
    shell:
        "canopy make_report --settings {params.settings:q} --folds {input.folds:q} "
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} "
        "--recordings-train {input.train:q} {params.tested:q} "
        "--experiments-folder {params.results:q}/experiments --features-folder {params.results:q}/features "
        "--ensemble-folder {params.results:q}/ensemble --weights {input.weights:q} "
        "--benchmarks {params.results:q}/benchmarks --config {input.config:q} --versions {input.versions:q} "
        "{params.truth_table:q} {params.more:q} --output {output.page:q} --pictures {params.results:q}/report "
        "--summary {output.summary:q} 2>&1 | tee {log:q}"
