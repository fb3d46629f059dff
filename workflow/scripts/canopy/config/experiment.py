"""One experiment: how it trains and how it predicts."""

from canopy.config.prediction import Prediction
from canopy.config.pseudo import PseudoLabels
from canopy.config.training import Training


class Experiment(Training):
    """All that makes one experiment."""

    teacher: str | None = None
    """Another experiment, from whose scores this one takes labels besides the real ones; null: none. One that `run`
    leaves out is trained, but is no part of the ensemble."""
    pseudo_labels: PseudoLabels = PseudoLabels()
    prediction: Prediction = Prediction()
