"""Decode the recordings of one shard and write their log-mel spectrograms.

Settings: features (a feature set), id_tables (tables that name the recordings; none: all listed), shard, shards.
"""

from collections.abc import Sequence

from canopy import command
from canopy.config.features import MelFeatures
from canopy.features.extraction import extract
from canopy.features.mel import log_mel


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=MelFeatures, compute=log_mel)


if __name__ == "__main__":
    command.run(main)
