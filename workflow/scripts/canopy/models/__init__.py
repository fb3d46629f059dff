"""Networks: trunk, head, and what joins them.

`compact` turns features into maps, `normalization` is in it, `trunk` tells how far it sees, `heads` turns maps into
logits, `layers` is what they need, `build` joins, saves and loads them.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
