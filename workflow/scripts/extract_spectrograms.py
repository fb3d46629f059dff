"""Decode the recordings of one shard and write their features.

Settings: features (a feature set), id_tables (tables that name the recordings; none: all listed), shard, shards.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from canopy import command
from canopy.audio import read_mono
from canopy.config.features import MelFeatures
from canopy.config.settings import section
from canopy.features.mel import log_mel
from canopy.features.placement import shard_of
from canopy.features.shards import write_shard
from canopy.progress import Progress
from canopy.recordings.table import read_recordings, usable
from canopy.usertables import read_ids


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--recordings", required=True, help="table of the subset's recordings")
    parser.add_argument("--output", required=True, help="array to write (.npy); its index goes beside it as .csv")
    given = parser.parse_args(argv)
    settings = given.settings

    features = section(MelFeatures, settings["features"], "features")
    rows = usable(read_recordings(given.recordings))
    rows = rows[[shard_of(name, settings["shards"]) == settings["shard"] for name in rows["recording_id"]]]
    if settings["id_tables"]:
        named = {name for table in settings["id_tables"] for name in read_ids(table)}
        rows = rows[rows["recording_id"].isin(named)]
    progress = Progress(len(rows), "recordings")

    def values() -> Iterator[tuple[str, np.ndarray]]:
        for recording_id, path in zip(rows["recording_id"].tolist(), rows["path"].tolist(), strict=True):
            yield recording_id, log_mel(read_mono(path, features.sample_rate_hz), features)
            progress.step()

    index = write_shard(values(), given.output, n_bins=features.n_bins)
    print(f"{given.output}: {len(index)} recordings, {index['n_frames'].sum()} frames of {features.n_bins} bins")


if __name__ == "__main__":
    command.run(main)
