"""Decode the recordings of one shard and write their mel spectrograms.

Settings: features (a feature set), id_tables (tables that name the recordings; none: all listed), shard, shards,
channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.config.features import MelFeatures
from canopy.features.extraction import extract
from canopy.features.pcen import mel_values
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=MelFeatures, compute=mel_values)


if __name__ == "__main__":
    command.run(main)
