"""The dataset: its files, its recordings, and in which shard they are."""

import os
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from canopy.config.experiment import Experiment
from canopy.config.loading import experiments, trained
from canopy.config.model import IMAGENET, NO_WEIGHTS
from canopy.config.schema import Config
from canopy.data.annotations.folder import Labelled, read_folder
from canopy.data.audio.fingerprint import AudioFingerprints
from canopy.data.demo import settings as demo
from canopy.data.recordings.folder import recording_id, scan
from canopy.errors import CanopyError
from canopy.features.sharding import shard_of
from canopy.plan.checks import checked
from canopy.plan.provenance.code import code
from canopy.runtime.digest import digest
from canopy.runtime.input_tables import read_ids

AUDIO_MEMORY = ".snakemake/canopy/audio.json"
"""Fingerprints of audio files that had to be read whole."""

WEIGHTS_MEMORY = ".snakemake/canopy/weights.json"
"""Fingerprints of files of weights."""


class Dataset:
    """The dataset of one configuration, as it is known before any job runs.

    Parameters
    ----------
    raw : dict
        The configuration as Snakemake gives it.
    scripts : pathlib.Path
        The folder of the rules' scripts.

    Raises
    ------
    CanopyError
        Where the configuration is wrong; and, when asked for what depends on them, where the dataset's
        folder or tables are missing or wrong.
    """

    def __init__(self, raw: dict[str, Any], scripts: Path) -> None:
        self.config: Config = checked(raw)
        self.scripts = scripts
        self.experiments: dict[str, Experiment] = experiments(self.config)
        self.trained: dict[str, Experiment] = trained(self.config)
        self.folds = list(range(self.config.splits.n_folds))
        self.generated = self.config.dataset == "demo"
        self.in_folders = self.config.dataset == "folder"
        named = self.config.tables.test_audio is not None
        self.has_test = named and (not self.in_folders or os.path.isdir(self.audio_folder("test")))
        truth = self.file(self.config.tables.test_truth)
        self.truth_known = truth is not None and self.has_test and (self.generated or os.path.exists(truth))

    def code(self, rule: str) -> str:
        """Return the fingerprint of the code that a rule runs."""
        return code(self.scripts / f"{rule}.py")

    def extraction(self, features: str) -> str:
        """Return the script that extracts a feature set: one for each kind, so that each has its own staleness."""
        return self.config.features[features].script

    def first_weights(self, experiment: str) -> str | None:
        """Return the file of an experiment's first weights; None where they are not from a file."""
        weights = self.trained[experiment].model.weights
        return None if weights in (NO_WEIGHTS, IMAGENET) else weights

    @cache  # noqa: B019
    def weights_content(self, experiment: str) -> str:
        """Return the fingerprint of the file of an experiment's first weights; an empty string without one."""
        path = self.first_weights(experiment)
        if path is None:
            return ""
        if not os.path.isfile(path):
            raise CanopyError(
                f"config: experiment {experiment!r}: model.weights: {path} is no file; give the path of a .h5 file, "
                "`imagenet` or `none`"
            )
        return AudioFingerprints(WEIGHTS_MEMORY)([path])[path]

    def _module(self, name: str) -> str:
        """Return the fingerprint of a module of `canopy` and of what it imports."""
        return code(self.scripts / "canopy" / name, self.scripts)

    def file(self, name: str | None) -> str | None:
        """Return the path of one of the dataset's files, or None where there is none."""
        return None if name is None else os.path.join(self.config.folder, name)

    @property
    def sample_file(self) -> str | None:
        """The path of the sample submission, None where there is none; a folder of recordings need not have one."""
        path = self.file(self.config.tables.sample_submission)
        return None if path is None or (self.in_folders and not os.path.exists(path)) else path

    def recordings_table(self, key: str) -> str:
        """Return the path of the table of recordings, which the configuration's `key` needs."""
        path = self.file(self.config.tables.recordings)
        if path is None or self.generated:
            what = "the demo has no table of recordings" if self.generated else "`tables.recordings` is null"
            raise CanopyError(f"config: {key} names a column of the table of recordings, but {what}: set {key} to null")
        return path

    @property
    def label_tables(self) -> list[str]:
        """The tables of true and false positives."""
        tables = self.config.tables
        return [
            os.path.join(self.config.folder, name) for name in (tables.true_positives, tables.false_positives) if name
        ]

    def id_tables(self, subset: str) -> list[str]:
        """Return the tables that name a subset's recordings; without any, every file that is listed counts."""
        if subset == "unlabelled":
            return []
        if subset == "train":
            return [] if self.in_folders else self.label_tables
        return [self.sample_file] if self.sample_file else []

    def audio_folder(self, subset: str) -> str:
        """Return the folder of a subset's recordings."""
        tables = self.config.tables
        name = tables.test_audio if subset == "test" else tables.train_audio
        return os.path.join(self.config.folder, str(name))

    @cache  # noqa: B019 - a plan lives as long as the process
    def _ids(self, table: str) -> list[str]:
        """Return the recording ids of a table."""
        return read_ids(table)

    @cache  # noqa: B019
    def _audio(self, subset: str) -> dict[str, str]:
        """Return the fingerprint of each of a subset's audio files, by file name."""
        if self.generated and subset == "unlabelled":
            return {}  # the demo's training recordings are all annotated
        if self.generated:
            made = digest(demo.audio_settings(self.config.demo), self.code("generate_demo"))
            return {f"{name}.flac": made for name in demo.recording_ids(self.config.demo, subset)}
        folder = self.audio_folder(subset)
        found = scan(folder, below=self.in_folders)
        if self.in_folders and subset == "train":
            found = found[found["recording_id"].isin(self._labelled.named)]
        if subset == "unlabelled":
            found = found[~found["recording_id"].isin(self._annotated())]
        prints = AudioFingerprints(AUDIO_MEMORY)(found["path"])
        return {os.path.relpath(path, folder): prints[path] for path in found["path"]}

    def _annotated(self) -> set[str]:
        """Return the recordings that annotations name."""
        if self.in_folders:
            return set(self._labelled.named)
        return {one for table in self.label_tables for one in self._ids(table)}

    @cached_property
    def _labelled(self) -> Labelled:
        """What the annotation files of a folder of recordings say."""
        found = scan(self.audio_folder("train"), below=True)
        return read_folder(self.label_settings(), found["recording_id"])

    def label_settings(self) -> dict[str, Any]:
        """Return what `canopy.data.annotations.folder.read_folder` is told: settings and paths."""
        return {**self.annotation_settings(), **self.annotation_paths()}

    def annotation_settings(self) -> dict[str, Any]:
        """Return the settings of `read_annotations`."""
        told: dict[str, Any] = {
            "species": self.config.species,
            "classes": self.config.classes,
            "unlisted": self.config.unlisted,
        }
        if self.in_folders:
            told["annotations"] = self.config.annotations.model_dump(exclude={"path", "reviewed"})
        return told

    def annotation_paths(self) -> dict[str, Any]:
        """Return the files that `read_annotations` reads."""
        tables = self.config.tables
        if self.in_folders:
            return {
                "annotation_files": self.file(self.config.annotations.path),
                "reviewed_table": self.file(self.config.annotations.reviewed),
                "sample_submission": self.sample_file,
            }
        return {
            "true_positives": self.file(tables.true_positives),
            "false_positives": self.file(tables.false_positives),
            "sample_submission": self.sample_file,
        }

    @cache  # noqa: B019
    def _members(self, subset: str) -> dict[str, str]:
        """Return the recordings that have features, with the fingerprint of what their features are made from."""
        judged = self._module("data/recordings/quality.py")
        members: dict[str, str] = {}
        for name, audio in self._audio(subset).items():
            one = recording_id(name)
            members[one] = digest(members.get(one), name, audio, judged)
        tables = [] if self.generated else self.id_tables(subset)
        if not tables:
            return members
        named = {one for table in tables for one in self._ids(table)}
        return {one: members[one] for one in sorted(named & set(members))}

    @cache  # noqa: B019
    def _shards(self, subset: str) -> dict[int, str]:
        members: dict[int, list[list[str]]] = {}
        for one, audio in sorted(self._members(subset).items()):
            members.setdefault(shard_of(one, self.config.shards), []).append([one, audio])
        return {shard: digest(rows) for shard, rows in sorted(members.items())}

    def shards(self, subset: str) -> list[int]:
        """Return the shards of a subset that hold a recording."""
        return list(self._shards(subset))

    def shard_members(self, subset: str, shard: int) -> str:
        """Return the fingerprint of a shard's recordings and their audio."""
        return self._shards(subset).get(shard, "")

    @cache  # noqa: B019
    def listing(self, subset: str) -> str:
        """Return the fingerprint of what a subset's listing shows: all its files, and the ids that have none."""
        audio = self._audio(subset)
        if self.generated or subset == "unlabelled":
            return digest(audio)
        found = {recording_id(name) for name in audio}
        if self.in_folders and subset == "train":
            return digest(audio, {one: file for one, file in self._labelled.named.items() if one not in found})
        expected = {os.path.basename(table): set(self._ids(table)) for table in self.id_tables(subset)}
        missing = {table: sorted(ids - found) for table, ids in expected.items()}
        extra = sorted(found.difference(*expected.values())) if subset == "test" and expected else []
        return digest(audio, missing, extra)

    def annotated_audio(self) -> str:
        """Return the fingerprint of the annotated recordings' audio, against which boxes are checked."""
        return digest(self._members("train"))

    def _generator(self, subset: str) -> str:
        other = "n_test" if subset == "train" else "n_train"
        settings = {key: value for key, value in self.config.demo.model_dump().items() if key != other}
        return digest(settings, self.code("generate_demo"))
