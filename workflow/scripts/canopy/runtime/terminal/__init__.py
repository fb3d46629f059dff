"""What a person sees while a workflow runs, from the events that Snakemake logs.

`reasons` puts in words why a job is pending, `board` knows the jobs of a run and turns events into lines, `logs`
follows the jobs' log files, `handler` hears Snakemake and writes to the terminal. Nothing here imports Snakemake;
`workflow/rules/terminal.smk` is what connects the two.
"""
