"""What Snakemake must know before any job runs: which shards there are, and what each job depends on.

Everything is computed once, when first asked for, from the configuration and the data outside the
workflow. For data that the workflow generates (the demo), it follows from the generator's settings and
code, since the files do not exist at the first parse. `dataset` knows the recordings and tables, `told`
what each script is told, `plan` the labels and what each job depends on.
"""
