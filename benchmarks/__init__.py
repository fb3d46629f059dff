"""Benchmarks: ratios measured in one run, which `make bench` writes into docs/benchmarks.md.

One file per budget; `python -m benchmarks.features` runs one. `measure` times and reports, `data` makes what is
measured on, `machine` says where, `run` runs all.
"""
