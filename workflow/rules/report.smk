rule record_provenance:
    output:
        config=f"{RESULTS}/provenance/config.json",
        versions=f"{RESULTS}/provenance/versions.csv",
    params:
        settings=canonical({"config": CONFIG.model_dump(mode="json")}),
        code=PLAN.code("record_provenance"),
    log:
        f"{RESULTS}/logs/record_provenance.log",
    resources:
        mem_mb=500,
        runtime=5,
    conda:
        CONDA
    shell:
        'python "$CANOPY/record_provenance.py" --settings {params.settings:q} --config {output.config:q} '
        "--versions {output.versions:q} 2>&1 | tee {log:q}"
