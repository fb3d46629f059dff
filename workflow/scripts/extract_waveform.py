"""Decode the recordings of one shard and write their samples, in frames of one hop.

Settings: features (a feature set), id_tables (tables that name the recordings; none: all listed), shard, shards,
channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.config.waveform import WaveformFeatures
from canopy.features.extraction import extract
from canopy.features.waveform import frames_of
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=WaveformFeatures, compute=frames_of)


if __name__ == "__main__":
    command.run(main)
