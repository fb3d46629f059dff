"""The file from which an experiment takes its first weights."""

import os

from canopy.config.experiment import Experiment
from canopy.config.model import IMAGENET, NO_WEIGHTS
from canopy.data.audio.fingerprint import AudioFingerprints
from canopy.runtime.errors import CanopyError

WEIGHTS_MEMORY = ".snakemake/canopy/weights.json"
"""Fingerprints of files of weights."""


def weights_file(training: Experiment) -> str | None:
    """Return the path of the file; None where the first weights are not from a file."""
    weights = training.model.weights
    return None if weights in (NO_WEIGHTS, IMAGENET) else weights


def weights_content(name: str, training: Experiment) -> str:
    """Return the fingerprint of what the file of the experiment `name` holds; an empty string without one.

    Raises
    ------
    CanopyError
        There is no such file.
    """
    path = weights_file(training)
    if path is None:
        return ""
    if not os.path.isfile(path):
        raise CanopyError(
            f"config: experiment {name!r}: model.weights: {path} is no file; give the path of a .h5 file, "
            "`imagenet` or `none`"
        )
    return AudioFingerprints(WEIGHTS_MEMORY)([path])[path]
