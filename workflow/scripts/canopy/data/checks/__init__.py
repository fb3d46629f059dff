"""What in the data would make a score lie, or a network learn the wrong thing.

`findings` is the table that is written, `sound` reduces features to what copies share, `copies` finds them, `labels`,
`folds`, `levels` and `drift` look at the rest.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
