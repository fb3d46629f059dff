"""One experiment: how it trains and how it predicts."""

from canopy.config.prediction import Prediction
from canopy.config.training import Training


class Experiment(Training):
    """All that makes one experiment."""

    prediction: Prediction = Prediction()
