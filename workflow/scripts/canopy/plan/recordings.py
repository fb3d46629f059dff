"""The recordings of each subset: what their features are made from, by fingerprint, and in which shard they are."""

import os
from functools import cache

import pandas as pd

from canopy.config.schema import Config
from canopy.data.audio.fingerprint import AudioFingerprints
from canopy.data.demo import settings as demo
from canopy.data.recordings.folder import counted, look, sampled
from canopy.data.recordings.ids import recording_id
from canopy.features.sharding import shard_of
from canopy.plan.dataset import BARE, Dataset
from canopy.plan.labels import Labels
from canopy.plan.provenance.code import Code
from canopy.runtime.digest import digest
from canopy.runtime.input_tables.reading import read_ids


class Recordings:
    """The recordings of the dataset; those of the demo follow from its settings, since its files need not exist yet.

    Raises
    ------
    CanopyError
        When asked for what depends on them, where the dataset's folder or tables are missing or wrong.
    """

    def __init__(self, config: Config, dataset: Dataset, labels: Labels, code: Code) -> None:
        self._demo = config.demo
        self._n_shards = config.shards
        self._channel = [] if config.channel is None else [config.channel]
        self._n_background = config.calibration.background
        self._dataset = dataset
        self._labels = labels
        self._code = code

    @cache  # noqa: B019 - a plan lives as long as the process
    def audio(self, subset: str) -> dict[str, str]:
        """Return the fingerprint of each of a subset's audio files, by file name."""
        if self._dataset.generated:
            return self._generated_audio(subset)
        folder = self._dataset.audio_folder(subset)
        found = self._folder(subset)[0]
        if self._dataset.in_folders and subset == "train":
            found = found[found["recording_id"].isin(self._labels.in_files.named)]
        if subset in BARE:
            found = found[~found["recording_id"].isin(self._annotated())]
        if subset == "background":
            found = found[found["recording_id"].isin(sampled(found["recording_id"], self._n_background))]
        prints = AudioFingerprints()(found["path"])
        return {os.path.relpath(path, folder): prints[path] for path in found["path"]}

    def content(self, subset: str) -> str:
        """Return the fingerprint of a subset's files, which the job that reads them compares with what it reads.

        It is empty where the workflow makes these files itself.
        """
        return "" if self._dataset.generated else digest(self.audio(subset))

    def unread(self, subset: str) -> dict[str, tuple[int, str]]:
        """Return how many files that may be sound lie beside a subset's recordings and are not read, by suffix."""
        if self._dataset.generated or subset == "unlabelled":
            return {}
        return counted(self._folder(subset)[1])

    @cache  # noqa: B019
    def _folder(self, subset: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
        return look(self._dataset.audio_folder(subset), below=self._dataset.in_folders)

    def _generated_audio(self, subset: str) -> dict[str, str]:
        if subset in BARE:
            return {}  # the demo's training recordings are all annotated
        made = digest(demo.audio_settings(self._demo), self._code("generate_demo"))
        return {f"{name}.flac": made for name in demo.recording_ids(self._demo, subset)}

    def _annotated(self) -> set[str]:
        """Return the recordings that annotations name."""
        if self._dataset.in_folders:
            return set(self._labels.in_files.named)
        return {one for table in self._dataset.label_tables for one in self._ids(table)}

    @cache  # noqa: B019
    def _ids(self, table: str) -> list[str]:
        return read_ids(table)

    @cache  # noqa: B019
    def used(self, subset: str) -> dict[str, str]:
        """Return the recordings that have features, with the fingerprint of what their features are made from."""
        judged = self._code.module("data/recordings/quality.py")
        found: dict[str, str] = {}
        for name, audio in self.audio(subset).items():
            one = recording_id(name)
            found[one] = digest(found.get(one), audio, judged, *self._channel)
        tables = [] if self._dataset.generated else self._dataset.id_tables(subset)
        if not tables:
            return found
        named = {one for table in tables for one in self._ids(table)}
        return {one: found[one] for one in sorted(named & set(found))}

    @cache  # noqa: B019
    def by_shard(self, subset: str) -> dict[int, list[list[str]]]:
        """Return the recordings of each shard that holds one, with their fingerprints."""
        found: dict[int, list[list[str]]] = {}
        for one, audio in sorted(self.used(subset).items()):
            found.setdefault(shard_of(one, self._n_shards), []).append([one, audio])
        return dict(sorted(found.items()))

    def shards(self, subset: str) -> list[int]:
        """Return the shards of a subset that hold a recording."""
        return list(self.by_shard(subset))

    def has_background(self) -> bool:
        """Return whether calibration has recordings without annotations to look at, of a folder of recordings."""
        return self._dataset.in_folders and self._n_background > 0 and bool(self.shards("background"))

    def missing(self, subset: str) -> dict[str, list[str]]:
        """Return the recordings without a file, by the table or annotation file that names them."""
        found = self._found(subset)
        if self._dataset.in_folders and subset == "train":
            missing: dict[str, list[str]] = {}
            for one, file in self._labels.in_files.named.items():
                if one not in found:
                    missing.setdefault(file, []).append(one)
            return {file: sorted(ids) for file, ids in missing.items()}
        return {os.path.basename(table): sorted(ids - found) for table, ids in self._expected(subset).items()}

    def unnamed(self, subset: str) -> list[str]:
        """Return the recordings that no table names, where tables name those of the subset."""
        expected = self._expected(subset)
        return sorted(self._found(subset).difference(*expected.values())) if expected else []

    def _found(self, subset: str) -> set[str]:
        return {recording_id(name) for name in self.audio(subset)}

    def _expected(self, subset: str) -> dict[str, set[str]]:
        return {table: set(self._ids(table)) for table in self._dataset.id_tables(subset)}
