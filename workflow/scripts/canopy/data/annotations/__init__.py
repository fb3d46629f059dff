"""Annotations: what is heard where.

`rfcx` reads RFCX's layout, `folder` the `files` of a folder (`readers` has a reader per format, `columns` what the
columns of tables are called, `marks` what is gathered, `names` which recording is meant). `boxes` holds what is true
of any format, `table` their form in `results/`, `classes` and `known` the names and order of the classes, `reviewed`
what is known of unmarked species, `schema` the last check. `labels` writes the tables.

Nothing is imported here, so that a script depends on the modules it names and on no others; all but
`schema` and `labels` are light enough for a Snakefile.
"""
