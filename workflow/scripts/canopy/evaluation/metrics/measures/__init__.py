"""What predictions are measured by, a module per measure.

Each module holds one `MEASURE` (`measure.Measure`): the metrics that it computes together (each with its title, where
it is valid, and where it is shown) and a function from what was scored to rows of a table of metrics. `registry` names
them all. Nothing is imported here.
"""
