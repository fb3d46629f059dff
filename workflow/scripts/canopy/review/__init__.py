"""Reviewing detections: `choose` picks them, `clips` cuts them out, `table` is what a person fills in and hands back.

Nothing is imported here, so that a script depends on the modules it names and on no others; `table` is light enough
for a Snakefile.
"""
