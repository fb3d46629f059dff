"""Features of pieces of a recording, of any kind."""

import numpy as np
from numpy.typing import NDArray

from canopy.config.features import FeatureSet
from canopy.data.audio.decoding import Recording
from canopy.features import pieces
from canopy.features.pieces import Span
from canopy.features.registry import compute


def piece(recording: Recording, span: Span, features: FeatureSet) -> NDArray[np.float32]:
    """Return some frames of a recording's features, as computing them over the whole recording gives them."""
    return pieces.piece(recording, span, features, compute)
