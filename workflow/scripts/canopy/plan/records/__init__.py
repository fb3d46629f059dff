"""Canopy's own record of each job, beside the results: what it was made from, and what it made.

Snakemake's memory belongs to one folder (`.snakemake`) and to the paths as they were spelled, and counts a job that
failed as done. The records travel with the results. `record` is what is kept of a job, `contents` tells what files
hold, `store` keeps records, `compare` says in words what has changed, `jobs` asks Snakemake's jobs, and `recorder`
judges those of a plan; `workflow/rules/records.smk` calls it where Snakemake plans, starts and ends jobs.
"""
