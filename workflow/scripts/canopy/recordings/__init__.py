"""Recordings: which there are (`folder`, `table`), and which of them can be used (`quality`, `probe`, `container`).

Nothing is imported here, so that a script depends on the modules it names and on no others; `folder` and
`table` are light enough for a Snakefile.
"""
