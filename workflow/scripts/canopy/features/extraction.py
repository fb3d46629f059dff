"""The work of the scripts that extract features: one shard, recording by recording, each piece by piece."""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from canopy.config.features import FeatureSet
from canopy.config.settings import section
from canopy.data.audio.decoding import listed
from canopy.data.audio.fingerprint import Unchanged
from canopy.data.recordings.table import read_recordings, usable
from canopy.features.pieces import Compute, pieces
from canopy.features.sharding import shard_of
from canopy.runtime import command
from canopy.runtime.arrays import write_frames
from canopy.runtime.input_tables.reading import read_ids
from canopy.runtime.progress import Progress


def extract(
    argv: Sequence[str] | None,
    *,
    doc: str | None,
    kind: type[FeatureSet],
    compute: Compute,
    n_bins: Callable[[Any], int] = attrgetter("n_bins"),
) -> None:
    """Decode the recordings of one shard and write their features.

    Parameters
    ----------
    argv : sequence of str or None
        The script's arguments.
    doc : str
        The script's description.
    kind : type of FeatureSet
        What the settings of the feature set are.
    compute : callable
        From samples at the feature set's rate, and its settings, to values of shape `(n_frames, n_bins)`.
    n_bins : callable
        From the settings of the feature set to the values per frame.
    """
    parser = command.parser(doc)
    parser.add_argument("--recordings", required=True, help="table of the subset's recordings")
    parser.add_argument("--output", required=True, help="array to write (.npy); its index goes beside it as .csv")
    given = parser.parse_args(argv)
    settings = given.settings

    features = section(kind, {**settings["features"], **settings.get("located", {})}, "features")
    rows = usable(read_recordings(given.recordings))
    rows = rows[[shard_of(name, settings["shards"]) == settings["shard"] for name in rows["recording_id"]]]
    if settings["id_tables"]:
        named = {name for table in settings["id_tables"] for name in read_ids(table)}
        rows = rows[rows["recording_id"].isin(named)]
    progress = Progress(len(rows), "recordings")

    def values() -> Iterator[tuple[str, np.ndarray]]:
        columns = (rows[name].tolist() for name in ("recording_id", "path", "audio"))
        for recording_id, path, audio in zip(*columns, strict=True):
            same = Unchanged(path, audio) if audio else None
            with listed(path, channel=settings.get("channel")) as recording:
                for piece in pieces(recording, features, compute):
                    if same:
                        same.check()
                    yield recording_id, piece
            progress.step()

    bins = n_bins(features)
    index = write_frames(values(), given.output, n_bins=bins)
    print(f"{given.output}: {len(index)} recordings, {index['n_frames'].sum()} frames of {bins} bins")
