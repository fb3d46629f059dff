"""What any program needs: commands, devices, files, tables, progress, how a run's end is told.

`command` is how a script starts and ends, `watchdog` ends it with its Snakemake, `devices` claims a processor,
`files` writes whole files, `tables` holds Canopy's own tables and `input_tables` those that people hand in, `digest`
fingerprints values, `imports` brings large packages in quietly, `notify` tells of a run's end,
`terminal` of what goes on before.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
