"""Pseudo-labels: events that a teacher's scores tell, and training on them beside the real labels.

`labels` makes them, `windows` draws batches of both kinds, `effect` tells what they were worth.
"""
