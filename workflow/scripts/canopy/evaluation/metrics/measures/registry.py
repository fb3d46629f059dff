"""All measures. A new one is a module beside this one, imported here and named in `MEASURES`."""

from canopy.evaluation.metrics.measures import accuracy, boxes, events, lwlrap, reviewed
from canopy.evaluation.metrics.measures.measure import Measure, Metric

MEASURES: tuple[Measure, ...] = (
    lwlrap.MEASURE,
    boxes.MEASURE,
    reviewed.MEASURE,
    accuracy.MEASURE,
    events.MEASURE,
)
"""In the order of the rows in tables of metrics, and of the columns that people see."""

HEADLINE = lwlrap.HEADLINE
"""The metric by which models are ranked and compared."""

METRICS: dict[str, Metric] = {metric.name: metric for measure in MEASURES for metric in measure.metrics}


def shown(where: str) -> list[Metric]:
    """Return the metrics that people see in a place (`measure.LOG`, `SUMMARY`, `REPORT`, `CARD`)."""
    return [metric for metric in METRICS.values() if where in metric.shown]
