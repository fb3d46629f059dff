"""What a person sees while a workflow runs, from the events that Snakemake logs.

`reasons` puts in words why a job is pending, `board` knows the jobs of a run and turns events into lines, `running`
estimates the time left, `logs` follows the jobs' log files, `screen` writes to the terminal, `handler` hears Snakemake.
Nothing here imports Snakemake; `workflow/rules/terminal.smk` is what connects the two.
"""
