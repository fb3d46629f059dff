"""Decode the recordings of one shard and write the embeddings that a pretrained network makes of them.

Settings: features (a feature set), located (where its network's file lies), id_tables (tables that name the recordings;
none: all listed), shard, shards, channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.config.embedding import EmbeddingFeatures
from canopy.features.embedding import bins_of, embed
from canopy.features.extraction import extract
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=EmbeddingFeatures, compute=embed, n_bins=bins_of)


if __name__ == "__main__":
    command.run(main)
