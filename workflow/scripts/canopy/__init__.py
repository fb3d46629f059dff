"""Canopy: species detection in field recordings, from partial annotations to calibrated ensembles."""
