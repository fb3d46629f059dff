"""Detections: where a species calls, from framewise scores. `segments` finds them, `calibrate` turns scores into
probabilities and knows each species' threshold, `table` makes the table that writers take, `events` scores it.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
