"""Decode the recordings of one shard and write their constant-Q spectrograms.

Settings: features (a feature set), id_tables (tables that name the recordings; none: all listed), shard, shards,
channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.config.cqt import CqtFeatures
from canopy.features.cqt import log_cqt
from canopy.features.extraction import extract
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=CqtFeatures, compute=log_cqt)


if __name__ == "__main__":
    command.run(main)
