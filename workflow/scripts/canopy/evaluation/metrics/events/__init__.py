"""Scores of detected events against complete truth.

`truth` holds the events, `detections` turns framewise logits into events, `collars`, `segments` and `intersections`
count how far they agree, `psds` integrates over thresholds, `rows` makes rows of a table of metrics.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
