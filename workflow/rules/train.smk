FOLD = f"{RESULTS}/experiments/{{experiment}}/fold{{fold}}"


# `fold` is a fold, or several (`0-2`): those that the network does not train on.
rule train_fold:
    input:
        rows=rows_of_folds,
        classes=ancient(f"{RESULTS}/annotations/classes.csv"),
        shards=experiment_shards(".npy", ancient),
        indexes=experiment_shards(".csv", ancient),
        unlabelled=unlabelled_shards,
        pseudo=pseudo_table,
    output:
        model=f"{FOLD}/model.json",
        weights=f"{FOLD}/model.weights.h5",
        history=f"{FOLD}/history.csv",
    log:
        f"{RESULTS}/logs/train_fold/{{experiment}}/fold{{fold}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_fold/{{experiment}}/fold{{fold}}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        gpu=1,
        mem_mb=growing(4000),
        runtime=720,
    params:
        settings=lambda wildcards: canonical(
            PLAN.settings.training(wildcards.experiment, held_out_folds(wildcards.fold))
        ),
        paths=lambda wildcards, input: canonical(PLAN.paths.training(wildcards.experiment)),
        rows=lambda wildcards: planned(PLAN.fingerprint.training_rows, held_out_folds(wildcards.fold)),
        script=lambda wildcards: PLAN.scripts.training(wildcards.experiment),
        code=lambda wildcards: PLAN.code(PLAN.scripts.training(wildcards.experiment)),
        packages=lambda wildcards: PLAN.fingerprint.network_packages(wildcards.experiment),
        fingerprint=lambda wildcards: planned(
            PLAN.fingerprint.training, wildcards.experiment, held_out_folds(wildcards.fold)
        ),
        shards=lambda wildcards, input: numbered(input.shards),
        unlabelled=lambda wildcards, input: numbered(input.unlabelled),
        pseudo=lambda wildcards, input: ["--pseudo", str(input.pseudo)] if input.pseudo else [],
        checkpoint=f"{RESULTS}/checkpoints/{{experiment}}/fold{{fold}}.npz",
    shell:
        "canopy {params.script} --settings {params.settings:q} --paths {params.paths:q} "
        "--rows {input.rows:q} --classes {input.classes:q} --shards {params.shards} {params.unlabelled} "
        "{params.pseudo:q} --checkpoint {params.checkpoint:q} "
        "--fingerprint {params.fingerprint:q} --model {output.model:q} --weights {output.weights:q} "
        "--history {output.history:q} --gpu {resources.gpu} 2>&1 | tee {log:q}"


rule predict_fold:
    input:
        model=f"{FOLD}/model.json",
        weights=f"{FOLD}/model.weights.h5",
        classes=ancient(f"{RESULTS}/annotations/classes.csv"),
        folds=lambda wildcards: ancient(f"{RESULTS}/splits/folds.csv") if wildcards.subset in ("oof", "train") else [],
        shards=experiment_shards(".npy"),
        indexes=experiment_shards(".csv"),
    output:
        scores=f"{FOLD}/{{subset}}/scores.csv",
        framewise=f"{FOLD}/{{subset}}/framewise.npy",
        index=f"{FOLD}/{{subset}}/framewise.csv",
    log:
        f"{RESULTS}/logs/predict_fold/{{experiment}}/fold{{fold}}-{{subset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/predict_fold/{{experiment}}/fold{{fold}}-{{subset}}.tsv"
    conda:
        CONDA
    threads: CONFIG.compute.threads
    resources:
        gpu=1,
        mem_mb=growing(4000),
        runtime=240,
    params:
        settings=lambda wildcards: canonical(
            PLAN.settings.prediction(wildcards.experiment, held_out_folds(wildcards.fold), wildcards.subset)
        ),
        held_out=lambda wildcards: (
            planned(PLAN.fingerprint.held_out, held_out_folds(wildcards.fold))
            if wildcards.subset in ("oof", "train")
            else ""
        ),
        code=PLAN.code("predict_fold"),
        packages=lambda wildcards: PLAN.fingerprint.network_packages(wildcards.experiment),
        shards=lambda wildcards, input: numbered(input.shards),
        folds=lambda wildcards, input: f"--folds {shlex.quote(str(input.folds))}" if input.folds else "",
    shell:
        "canopy predict_fold --settings {params.settings:q} --model {input.model:q} "
        "--weights {input.weights:q} --classes {input.classes:q} {params.folds} --shards {params.shards} "
        "--scores {output.scores:q} --framewise {output.framewise:q} --gpu {resources.gpu} 2>&1 | tee {log:q}"
