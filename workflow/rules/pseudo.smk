# An experiment may learn from another one's scores: canopy/plan/teachers.py says which network labels what for which.


ANNOTATED, BARE = ("oof", "train"), ("unlabelled",)


if PLAN.teachers.students:

    rule pseudo_label:
        input:
            rows=rows_of_folds,
            classes=ancient(f"{RESULTS}/annotations/classes.csv"),
            labelled=taught_by(ANNOTATED, ".npy"),
            labelled_indexes=taught_by(ANNOTATED, ".csv"),
            unlabelled=taught_by(BARE, ".npy"),
            unlabelled_indexes=taught_by(BARE, ".csv"),
        output:
            f"{FOLD}/pseudo.csv",
        log:
            f"{RESULTS}/logs/pseudo_label/{{experiment}}/fold{{fold}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/pseudo_label/{{experiment}}/fold{{fold}}.tsv"
        wildcard_constraints:
            experiment="|".join(map(re.escape, PLAN.teachers.students)),
        conda:
            CONDA
        resources:
            mem_mb=growing(2000),
            runtime=60,
        params:
            settings=lambda wildcards: canonical(
                PLAN.settings.pseudo_labels(wildcards.experiment, held_out_folds(wildcards.fold))
            ),
            rows=lambda wildcards: planned(PLAN.fingerprint.training_rows, held_out_folds(wildcards.fold)),
            code=PLAN.code("pseudo_label"),
        shell:
            "canopy pseudo_label --settings {params.settings:q} --rows {input.rows:q} "
            "--classes {input.classes:q} --labelled {input.labelled:q} --unlabelled {input.unlabelled:q} "
            "--output {output:q} 2>&1 | tee {log:q}"


if PLAN.teachers.pairs:

    rule compare_teachers:
        input:
            annotations=f"{RESULTS}/annotations/train.csv",
            recordings=f"{RESULTS}/annotations/train_recordings.csv",
            oof=per_pair("oof/scores.csv"),
            test=per_pair("test/scores.csv") if PLAN.dataset.truth_known else [],
            truth=dataset_files(TABLES.test_truth) if PLAN.dataset.truth_known else [],
        output:
            f"{RESULTS}/pseudo_labels.csv",
        log:
            f"{RESULTS}/logs/compare_teachers.log",
        benchmark:
            f"{RESULTS}/benchmarks/compare_teachers.tsv"
        conda:
            CONDA
        resources:
            mem_mb=growing(2000),
            runtime=30,
        params:
            settings=canonical(PLAN.settings.teachers()),
            paths=lambda wildcards, input: canonical(planned(PLAN.paths.bootstrap)),
            experiments=PLAN.teachers.pairs,
            groups=lambda wildcards: [
                planned(PLAN.fingerprint.groups, subset)
                for subset in (["train", "test"] if PLAN.dataset.truth_known else ["train"])
            ],
            truth=lambda wildcards: planned(PLAN.fingerprint.truth) if PLAN.dataset.truth_known else "",
            truth_table=lambda wildcards, input: (
                ["--truth", PLAN.dataset.truth_table] if PLAN.dataset.truth_known else []
            ),
            code=PLAN.code("compare_teachers"),
        shell:
            "canopy compare_teachers --settings {params.settings:q} --paths {params.paths:q} "
            "--experiments {params.experiments:q} --annotations {input.annotations:q} "
            "--train-recordings {input.recordings:q} --oof {input.oof:q} "
            "--test {input.test:q} {params.truth_table:q} --output {output:q} 2>&1 | tee {log:q}"
