"""What Snakemake must know before any job runs: which shards there are, and what each job depends on.

Everything is computed once, when first asked for, from the configuration and the data outside the workflow. For data
that the workflow generates (the demo), it follows from the generator's settings and code, since the files do not exist
at the first parse. `plan.Plan` holds one part of each kind: `dataset` (where files are), `settings` and `paths` (what
each script is told), `scripts` and `provenance` (which code runs), `labels` and `recordings` (what there is),
`teachers` (who labels for whom) and `fingerprints` (what each job depends on). `application.Application` is the plan
of a package at work.
"""
