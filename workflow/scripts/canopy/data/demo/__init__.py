"""The demo dataset: synthetic soundscapes in RFCX layout, with RFCX's kind of incomplete labels.

`settings` (no heavy imports: it is used while Snakemake parses) holds what can be chosen and the
recording ids; `calls`, `voices` and `species` make the calls, `background` what lies under them,
`soundscape` mixes, `labels` decides which boxes an annotator would have left, `dataset` writes.
"""
