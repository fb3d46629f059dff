"""Applying a package to recordings of any number and length, in bounded memory.

`folder` finds the recordings, `audio` decodes pieces of one, `frames` says which frames a chunk needs, `networks`
scores a chunk, `kept` keeps what was scored, `scoring` does one recording, `reading` gives it back.

Nothing is imported here, so that a script depends on the modules it names and on no others; `folder` is light enough
for a Snakefile.
"""
