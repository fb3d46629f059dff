"""Finding stretches of recordings that sound like an example.

`example` is what a person names, `hear` makes vectors of it, `windows` holds those of all recordings, `draw` takes
stretches by how similar they are, and `offer` leaves out those that were offered before. From there they go the way of
a review's clips: see `canopy.detections.review`.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
