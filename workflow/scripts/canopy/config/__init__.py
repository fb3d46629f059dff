"""The typed configuration: every key, its default, its meaning and its limits.

`config.yaml` spells the defaults out for people; this package is what they are checked against.
Unknown keys are refused. Scripts get the section they need as JSON and validate it with the same
classes, so a setting means the same everywhere.
"""

from canopy.config.base import Section
from canopy.config.dataset import Demo, Splits, Tables
from canopy.config.features import MelFeatures
from canopy.config.loading import canonical, experiments, load, section
from canopy.config.results import Compute, Ensemble, Evaluation, Report
from canopy.config.schema import Config
from canopy.config.training import Augment, Crops, Loss, Model, Optimizer, Prediction, Training

__all__ = [
    "Augment",
    "Compute",
    "Config",
    "Crops",
    "Demo",
    "Ensemble",
    "Evaluation",
    "Loss",
    "MelFeatures",
    "Model",
    "Optimizer",
    "Prediction",
    "Report",
    "Section",
    "Splits",
    "Tables",
    "Training",
    "canonical",
    "experiments",
    "load",
    "section",
]
