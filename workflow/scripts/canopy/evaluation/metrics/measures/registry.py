"""All measures. A new one is a module beside this one, imported here and named in `MEASURES`."""

from collections.abc import Collection

import pandas as pd

from canopy.evaluation.metrics.measures import accuracy, boxes, events, lwlrap, reviewed, windows
from canopy.evaluation.metrics.measures.measure import Measure, Metric

MEASURES: tuple[Measure, ...] = (
    lwlrap.MEASURE,
    windows.MEASURE,
    boxes.MEASURE,
    reviewed.MEASURE,
    accuracy.MEASURE,
    events.MEASURE,
)
"""In the order of the rows in tables of metrics, and of the columns that people see."""

HEADLINE = lwlrap.HEADLINE
"""The metric by which models are ranked and compared, where there are more than `FEW_SPECIES`."""

FEW_SPECIES = 3
"""Up to so many species are too few to be ranked within a recording: with one, LWLRAP is 1 whatever the scores are."""

OVER_TIME = (windows.AVERAGE_PRECISION, boxes.AVERAGE_PRECISION, reviewed.AVERAGE_PRECISION)
"""Metrics that can fail with any number of species; the first that the labels allow leads where species are few."""

METRICS: dict[str, Metric] = {metric.name: metric for measure in MEASURES for metric in measure.metrics}


def shown(where: str) -> list[Metric]:
    """Return the metrics that people see in a place (`measure.LOG`, `SUMMARY`, `REPORT`, `CARD`)."""
    return [metric for metric in METRICS.values() if where in metric.shown]


def are_few(species: Collection[str]) -> bool:
    """Return whether there are too few species to be ranked within a recording."""
    return len(species) <= FEW_SPECIES


def leading(metrics: pd.DataFrame, species: Collection[str]) -> Metric:
    """Return the metric by which models are ranked and compared.

    Parameters
    ----------
    metrics : DataFrame
        metric, species (empty for overall figures): those that could be computed.
    species : collection of str
        All species.
    """
    if not are_few(species):
        return HEADLINE
    overall = set(metrics.loc[metrics["species"] == "", "metric"])
    found = next((metric for metric in OVER_TIME if metric.name in overall), None)
    return found or (HEADLINE if len(species) > 1 else OVER_TIME[0])
