"""Numbers with intervals, looked up in tables of metrics and written for people."""

from dataclasses import dataclass

import pandas as pd

from canopy.evaluation.metrics.rows import told_interval


@dataclass(frozen=True)
class Score:
    """A figure, the bounds of its 95 % interval, and the number of recordings behind it."""

    value: float
    low: float
    high: float
    n: int

    @property
    def interval(self) -> str:
        """The bounds: `[0.913, 0.952]`, or why there are none."""
        return told_interval(self.low, self.high)

    def __str__(self) -> str:
        return f"{self.value:.3f} {self.interval}"


def score_of(metrics: pd.DataFrame | None, metric: str, species: str = "") -> Score | None:
    """Look a figure up.

    Parameters
    ----------
    metrics : DataFrame or None
        metric, species, value, low, high, n; None where nothing could be computed.
    metric : str
    species : str
        Empty for the overall figure.

    Returns
    -------
    Score or None
        None where the table has no such row.
    """
    if metrics is None:
        return None
    found = metrics[(metrics["metric"] == metric) & (metrics["species"] == species)]
    if found.empty:
        return None
    row = found.iloc[0]
    return Score(float(row["value"]), float(row["low"]), float(row["high"]), int(row["n"]))
