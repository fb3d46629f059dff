"""Reviewing detections: `choose` picks them, `clips` cuts them out, `table` is what a person fills in.

`canopy.data.annotations.readers.review` reads it back. Nothing is imported here, so that a script depends on the
modules it names and on no others.
"""
