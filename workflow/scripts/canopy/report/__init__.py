"""The report: its pictures, its page and the lines that a run prints at its end.

`reading` gathers the results in a `run`, `cost` adds up benchmarks, `scores` looks figures up, `examples` chooses
recordings to show, `pictures` draws, `tables` and `page` make the HTML page from `template/`, `summary` the lines.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
