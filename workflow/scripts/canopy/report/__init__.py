"""The report: `run` reads the results, `examples` chooses recordings to show, `cost` adds up benchmarks, `pictures`
draws, `tables` and `page` make the HTML page (from `template/`), `summary` the lines that a run prints at its end.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
