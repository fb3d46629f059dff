"""Decode the recordings of one shard and write their mel spectrograms.

Settings: features (a feature set), id_tables (tables that name the recordings; none: all listed), shard, shards.
"""

from collections.abc import Sequence

import numpy as np

from canopy.config.features import MelFeatures
from canopy.features.extraction import extract
from canopy.features.mel import log_mel
from canopy.features.pcen import mel_pcen
from canopy.runtime import command


def mel(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    return mel_pcen(audio, settings) if settings.pcen else log_mel(audio, settings)


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=MelFeatures, compute=mel)


if __name__ == "__main__":
    command.run(main)
