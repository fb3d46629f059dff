"""Canopy: species detection in field recordings, from partial annotations to calibrated ensembles."""

__version__ = "0.1.0"
