"""Recordings: which there are, which of them can be used, and what is known of them otherwise.

`folder` and `table` list them, `quality` judges them (by `canopy.data.audio`), `names` and `columns` tell the rest.
Nothing is imported here, so that a script depends on the modules it names and on no others; `folder`, `table`,
`names` and `columns` are light enough for a Snakefile.
"""
