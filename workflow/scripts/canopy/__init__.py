"""Canopy: species detection in field recordings, from partial annotations to calibrated ensembles.

Twelve rooms, each a package. A room imports only from itself and from rooms named before it:

`runtime` (what any program needs), `config` (every key), `data` (what comes from outside), `features` (what networks
see), `models` (networks), `training`, `package` (a trained model to take elsewhere), `inference` (scores), `evaluation`
(what scores are worth), `detections` (events, and the review of them), `plan` (what Snakemake must know before any job
runs), `report` (what people read).
"""
