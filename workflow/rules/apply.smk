# Applying a finished run, or a package from elsewhere, to any folder of recordings. No job here takes a file of the
# training as input: the package counts by its fingerprint, so that nothing of the training is looked at or runs again.

APPLIED = f"{RESULTS}/applied/{APPLICATION.name}"
VECTORS = f"{APPLIED}/vectors/{SEARCH.hearing}"


DELETING = workflow.is_main_process and not IMPORTED and any(given.startswith("--delete-all") for given in sys.argv)
if DELETING and corrections():
    raise WorkflowError(f"{APPLIED}/detections/{corrections()[0]} was changed by hand: move it to another place first.")


rule package_model:
    input:
        networks=[
            f"{RESULTS}/experiments/{experiment}/fold{fold}/{name}"
            for experiment in EXPERIMENTS
            for fold in PLAN.folds
            for name in ("model.json", "model.weights.h5")
        ],
        weights=f"{ENSEMBLE}/weights.csv",
        calibration=f"{ENSEMBLE}/calibration.csv",
        thresholds=f"{ENSEMBLE}/thresholds.csv",
        classes=f"{RESULTS}/annotations/classes.csv",
        annotations=f"{RESULTS}/annotations/train.csv",
        recordings=f"{RESULTS}/annotations/train_recordings.csv",
        oof=f"{ENSEMBLE}/oof/metrics.csv",
        test=f"{ENSEMBLE}/test/metrics.csv" if PLAN.dataset.truth_known else [],
        versions=f"{RESULTS}/provenance/versions.csv",
    output:
        manifest=f"{RESULTS}/package/manifest.json",
        card=f"{RESULTS}/package/README.md",
    log:
        f"{RESULTS}/logs/package_model.log",
    benchmark:
        f"{RESULTS}/benchmarks/package_model.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        settings=canonical(PLAN.settings.package()),
        paths=lambda wildcards, output: canonical(PLAN.paths.package(EXPERIMENTS)),
        code=PLAN.code("package_model"),
        folder=lambda wildcards, output: os.path.dirname(output.manifest),
        results=lambda wildcards, output: os.path.dirname(os.path.dirname(output.manifest)),
        test=lambda wildcards, input: f"--test-metrics {shlex.quote(str(input.test))}" if input.test else "",
    shell:
        "canopy package_model --settings {params.settings:q} --paths {params.paths:q} "
        "--experiments-folder {params.results:q}/experiments --weights {input.weights:q} "
        "--calibration {input.calibration:q} --thresholds {input.thresholds:q} --classes {input.classes:q} "
        "--annotations {input.annotations:q} --train-recordings {input.recordings:q} --oof-metrics {input.oof:q} "
        "{params.test} --versions {input.versions:q} --output {params.folder:q} 2>&1 | tee {log:q}"


rule package:
    input:
        f"{RESULTS}/package/manifest.json",


rule list_applied:
    output:
        f"{APPLIED}/found.csv",
    log:
        f"{RESULTS}/logs/list_applied/{APPLICATION.name}.log",
    benchmark:
        f"{RESULTS}/benchmarks/list_applied/{APPLICATION.name}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=60,
    params:
        paths=lambda wildcards, output: canonical({"folder": planned(lambda: APPLICATION.folder), "memory": MEMORY}),
        listing=lambda wildcards: planned(APPLICATION.listing),
        code=PLAN.code("list_applied"),
    shell:
        "canopy list_applied --paths {params.paths:q} --output {output:q} 2>&1 | tee {log:q}"


rule apply_shard:
    input:
        ancient(f"{APPLIED}/found.csv"),
    output:
        f"{APPLIED}/shards/{{shard}}.csv",
    log:
        f"{RESULTS}/logs/apply_shard/{APPLICATION.name}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/apply_shard/{APPLICATION.name}/{{shard}}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        gpu=1,
        mem_mb=growing(2000),
        runtime=720,
    params:
        settings=lambda wildcards: canonical(planned(APPLICATION.shard_settings, int(wildcards.shard))),
        paths=lambda wildcards, output: canonical(planned(APPLICATION.paths)),
        recordings=lambda wildcards: planned(APPLICATION.shard_recordings, int(wildcards.shard)),
        code=PLAN.code("apply_shard"),
    shell:
        "canopy apply_shard --settings {params.settings:q} --paths {params.paths:q} "
        "--found {input:q} --output {output:q} --gpu {resources.gpu} 2>&1 | tee {log:q}"


rule write_detections:
    input:
        lambda wildcards: [f"{APPLIED}/shards/{shard}.csv" for shard in planned(APPLICATION.shards)],
    output:
        recordings=f"{APPLIED}/recordings.csv",
        folder=directory(f"{APPLIED}/detections"),
    log:
        f"{RESULTS}/logs/write_detections/{APPLICATION.name}.log",
    benchmark:
        f"{RESULTS}/benchmarks/write_detections/{APPLICATION.name}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=120,
    params:
        settings=lambda wildcards: canonical(planned(APPLICATION.detection_settings)),
        paths=lambda wildcards, output: canonical(planned(APPLICATION.paths)),
        package=lambda wildcards: planned(lambda: APPLICATION.manifest.whole),
        shards=lambda wildcards, input: numbered(input),
        code=PLAN.code("write_detections"),
    shell:
        "canopy write_detections --settings {params.settings:q} --paths {params.paths:q} "
        "--shards {params.shards} --recordings {output.recordings:q} --output {output.folder:q} 2>&1 | tee {log:q}"


rule apply:
    input:
        f"{APPLIED}/recordings.csv",
        f"{APPLIED}/detections",


# The clips and the table that a person fills in lie in `reviews/`: they are the person's, and no rule's output.
rule cut_review:
    input:
        detections=f"{APPLIED}/detections",
        found=ancient(f"{APPLIED}/found.csv"),
        vectors=lambda wildcards: (
            [f"{VECTORS}/{shard}.npy" for shard in planned(APPLICATION.shards)] if CONFIG.review.diverse else []
        ),
        shards=lambda wildcards: [f"{APPLIED}/shards/{shard}.csv" for shard in planned(APPLICATION.windowed_shards)],
    output:
        f"{APPLIED}/review.csv",
    log:
        f"{RESULTS}/logs/cut_review/{APPLICATION.name}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cut_review/{APPLICATION.name}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(planned(APPLICATION.review_settings)),
        paths=lambda wildcards, output: canonical({**planned(APPLICATION.paths), **APPLICATION.review_paths()}),
        shards=lambda wildcards, input: f"--shards {numbered(input.shards)}" if input.shards else "",
        verdicts=lambda wildcards: planned(APPLICATION.verdicts),
        arrays=lambda wildcards, input: numbered(input.vectors),
        code=PLAN.code("cut_review"),
    shell:
        "canopy cut_review --settings {params.settings:q} --paths {params.paths:q} "
        "--detections {input.detections:q}/detections.csv --found {input.found:q} --vectors {params.arrays} "
        "{params.shards} --offered {output:q} 2>&1 | tee {log:q}"


# The page shows what the table holds. A person's verdicts in it are kept by the browser, and come back to the table.
# With an example, stretches that sound like it are added to the table; without one, detections, which have scores.
rule make_review:
    input:
        offered=f"{APPLIED}/search.csv" if CONFIG.example else f"{APPLIED}/review.csv",
        shards=lambda wildcards: (
            [] if CONFIG.example else [f"{APPLIED}/shards/{shard}.csv" for shard in planned(APPLICATION.shards)]
        ),
    output:
        f"{APPLICATION.reviews}/review.html",
    log:
        f"{RESULTS}/logs/make_review/{APPLICATION.name}.log",
    benchmark:
        f"{RESULTS}/benchmarks/make_review/{APPLICATION.name}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(2000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(planned((SEARCH if CONFIG.example else APPLICATION).page_settings)),
        paths=lambda wildcards, output: canonical({**planned(APPLICATION.paths), **APPLICATION.review_paths()}),
        shards=lambda wildcards, input: numbered(input.shards),
        verdicts=lambda wildcards: planned(APPLICATION.verdicts),
        code=PLAN.code("make_review"),
    shell:
        "canopy make_review --settings {params.settings:q} --paths {params.paths:q} "
        "--shards {params.shards} --output {output:q} 2>&1 | tee {log:q}"


# Verdicts count at once, without a training: curves and thresholds by what was drawn, each weighed by its chance.
rule recalibrate:
    input:
        detections=f"{APPLIED}/detections",
        recordings=f"{APPLIED}/recordings.csv",
        found=ancient(f"{APPLIED}/found.csv"),
    output:
        precision=f"{APPLIED}/recalibrated.csv",
        density=f"{APPLIED}/density.csv",
    log:
        f"{RESULTS}/logs/recalibrate/{APPLICATION.name}.log",
    benchmark:
        f"{RESULTS}/benchmarks/recalibrate/{APPLICATION.name}.tsv"
    conda:
        CONDA
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        settings=canonical(APPLICATION.recalibration_settings()),
        paths=lambda wildcards, output: canonical(APPLICATION.review_paths()),
        verdicts=lambda wildcards: planned(APPLICATION.verdicts),
        code=PLAN.code("recalibrate"),
    shell:
        "canopy recalibrate --settings {params.settings:q} --paths {params.paths:q} "
        "--detections {input.detections:q}/detections.csv --recordings {input.recordings:q} --found {input.found:q} "
        "--output {output.precision:q} --density {output.density:q} 2>&1 | tee {log:q}"


rule review:
    input:
        rules.make_review.output,


rule export_network:
    input:
        model=f"{FOLD}/model.json",
        weights=f"{FOLD}/model.weights.h5",
        classes=f"{RESULTS}/annotations/classes.csv",
    output:
        network=f"{RESULTS}/export/{{experiment}}/fold{{fold}}.tflite",
        about=f"{RESULTS}/export/{{experiment}}/fold{{fold}}.json",
    log:
        f"{RESULTS}/logs/export_network/{{experiment}}/fold{{fold}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/export_network/{{experiment}}/fold{{fold}}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        mem_mb=growing(4000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(PLAN.settings.export(wildcards.experiment)),
        code=PLAN.code("export_network"),
    shell:
        "canopy export_network --settings {params.settings:q} --model {input.model:q} "
        "--weights {input.weights:q} --classes {input.classes:q} --output {output.network:q} "
        "--about {output.about:q} 2>&1 | tee {log:q}"


rule export_onnx:
    input:
        model=f"{FOLD}/model.json",
        weights=f"{FOLD}/model.weights.h5",
        classes=f"{RESULTS}/annotations/classes.csv",
    output:
        network=f"{RESULTS}/export/{{experiment}}/fold{{fold}}.onnx",
        about=f"{RESULTS}/export/{{experiment}}/fold{{fold}}.onnx.json",
    log:
        f"{RESULTS}/logs/export_onnx/{{experiment}}/fold{{fold}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/export_onnx/{{experiment}}/fold{{fold}}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        mem_mb=growing(4000),
        runtime=60,
    params:
        settings=lambda wildcards: canonical(PLAN.settings.export(wildcards.experiment)),
        packages=lambda wildcards: PLAN.fingerprint.export_packages("onnx"),
        code=PLAN.code("export_onnx"),
    shell:
        "canopy export_onnx --settings {params.settings:q} --model {input.model:q} "
        "--weights {input.weights:q} --classes {input.classes:q} --output {output.network:q} "
        "--about {output.about:q} 2>&1 | tee {log:q}"


rule export:
    input:
        [
            f"{RESULTS}/export/{experiment}/fold{fold}.{written}"
            for experiment in EXPERIMENTS
            for fold in PLAN.folds
            for written in CONFIG.export.formats
        ],
