"""Detections: where a species calls, from framewise scores.

`segments` finds them, `calibrate` turns scores into probabilities and knows each species' threshold, `table` makes the
table that writers take, `recordings` the scores of whole recordings and of stretches of them.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
