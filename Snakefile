import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/ancient.smk"
include: "workflow/rules/slurm.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/checks.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/pseudo.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/ensemble.smk"
include: "workflow/rules/calibrate.smk"
include: "workflow/rules/submission.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/notify.smk"
include: "workflow/rules/apply.smk"


rule all:
    default_target: True
    input:
        [f"{RESULTS}/submission.csv"] if PLAN.has_test else [],
        rules.report.output,
        f"{RESULTS}/summary.txt",
        f"{RESULTS}/package/manifest.json",
        f"{RESULTS}/ensemble/thresholds.csv",
        f"{RESULTS}/data/findings.csv",
        [f"{RESULTS}/pseudo_labels.csv"] if PLAN.compared else [],
        f"{RESULTS}/provenance/config.json",
        f"{RESULTS}/provenance/versions.csv",


onsuccess:
    if APPLYING:
        print_applied()
    else:
        forget_finished(RESULTS)
        print_summary()
    notify(True)


onerror:
    notify(False)
