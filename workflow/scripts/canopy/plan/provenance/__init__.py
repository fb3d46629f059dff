"""Fingerprints: what a job's output depends on, as short strings that change when it may change.

`code` fingerprints what a script runs, `packages` what is installed, `audio` and `table` files from
outside; `digest` makes short strings. They are computed while Snakemake parses the workflow, so nothing
heavy is imported. Nothing is imported here at all, as in every package of Canopy.
"""
