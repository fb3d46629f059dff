"""Networks: trunk, head, and what joins them.

`compact` turns features into maps, `heads` turns maps into logits, `layers` and `normalization` are what
they need, `build` joins, saves and loads them, `trunk` takes them apart again for long recordings.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
