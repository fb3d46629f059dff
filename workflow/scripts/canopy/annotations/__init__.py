"""Annotations: what is heard where.

`rfcx` reads them, `readers` finds a reader by its format's name, `boxes` holds what is true of any
format, `table` their form in `results/`, `classes` the names and order of the classes, `reviewed` what
is known of unmarked species, `schema` the last check.

Nothing is imported here, so that a script depends on the modules it names and on no others; all but
`schema` are light enough for a Snakefile.
"""
