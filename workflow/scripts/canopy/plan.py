"""What Snakemake must know before any job runs: which shards there are, and what each job depends on.

Everything is computed once, when first asked for, from the configuration and the data outside the
workflow. For data that the workflow generates (the demo), it follows from the generator's settings and
code, since the files do not exist at the first parse.
"""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from canopy import config as configuration
from canopy import provenance
from canopy.annotations.classes import classes_of, configured_species
from canopy.annotations.readers import reader
from canopy.annotations.reviewed import train_recordings, training_rows
from canopy.config.schema import Config
from canopy.config.training import Training
from canopy.demo import settings as demo
from canopy.features.placement import shard_of
from canopy.recordings.folder import scan
from canopy.splits.folds import assign_folds, read_folds
from canopy.submission.sample import read_sample, sample_species
from canopy.usertables import read_ids

SUBSETS = ("train", "test")


class Plan:
    """The parse-time view of one configuration.

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
        self.config: Config = configuration.load(raw)
        self.scripts = scripts
        self.experiments: dict[str, Training] = configuration.experiments(self.config)
        self.folds = list(range(self.config.splits.n_folds))
        self.generated = self.config.dataset == "demo"
        self.truth_known = self.config.tables.test_truth is not None

    def code(self, rule: str) -> str:
        """Return the fingerprint of the code that a rule runs."""
        return provenance.code(self.scripts / f"{rule}.py")

    def file(self, name: str | None) -> str | None:
        """Return the path of one of the dataset's files, or None where there is none."""
        return None if name is None else f"{self.config.folder}/{name}"

    @property
    def label_tables(self) -> list[str]:
        """The tables of true and false positives."""
        tables = self.config.tables
        return [f"{self.config.folder}/{name}" for name in (tables.true_positives, tables.false_positives) if name]

    def id_tables(self, subset: str) -> list[str]:
        """Return the tables that name a subset's recordings; without any, every file of its folder counts."""
        sample = self.file(self.config.tables.sample_submission)
        if subset == "train":
            return self.label_tables
        return [sample] if sample else []

    def audio_folder(self, subset: str) -> str:
        """Return the folder of a subset's recordings."""
        tables = self.config.tables
        return f"{self.config.folder}/{tables.train_audio if subset == 'train' else tables.test_audio}"

    # What recordings there are, and in which shard.

    @cache  # noqa: B019 - a plan lives as long as the process
    def _audio(self, subset: str) -> dict[str, str]:
        """Return the fingerprint of each recording's audio, by recording id."""
        if self.generated:
            made = self._generator(subset)
            return dict.fromkeys(demo.recording_ids(self.config.demo, subset), made)
        found = scan(self.audio_folder(subset))
        prints = provenance.AudioFingerprints(".snakemake/canopy/audio.json")(found["path"])
        return {row.recording_id: prints[row.path] for row in found.itertuples(index=False)}

    @cache  # noqa: B019
    def _members(self, subset: str) -> dict[str, str]:
        """Return the recordings that have features, with their audio's fingerprints."""
        audio = self._audio(subset)
        tables = [] if self.generated else self.id_tables(subset)
        if not tables:
            return audio
        named = {recording_id for table in tables for recording_id in read_ids(table)}
        return {recording_id: audio[recording_id] for recording_id in sorted(named & set(audio))}

    @cache  # noqa: B019
    def _shards(self, subset: str) -> dict[int, str]:
        members: dict[int, list[list[str]]] = {}
        for recording_id, audio in sorted(self._members(subset).items()):
            members.setdefault(shard_of(recording_id, self.config.shards), []).append([recording_id, audio])
        return {shard: provenance.digest(rows) for shard, rows in sorted(members.items())}

    def shards(self, subset: str) -> list[int]:
        """Return the shards of a subset that hold a recording."""
        return list(self._shards(subset))

    def shard_members(self, subset: str, shard: int) -> str:
        """Return the fingerprint of a shard's recordings and their audio."""
        return self._shards(subset).get(shard, "")

    def listing(self, subset: str) -> str:
        """Return the fingerprint of what a subset's listing shows: all its files, and the ids that must be there."""
        expected = [] if self.generated else [read_ids(table) for table in self.id_tables(subset)]
        return provenance.digest(self._audio(subset), expected)

    def annotated_audio(self) -> str:
        """Return the fingerprint of the annotated recordings' audio, against which boxes are checked."""
        return provenance.digest(self._members("train"))

    # What the tables say.

    def tables(self) -> str:
        """Return the fingerprint of the label tables' content."""
        if self.generated:
            return self._generator("train")
        return provenance.digest([provenance.table(path) for path in self.label_tables], self._species())

    @cache  # noqa: B019
    def _species(self) -> tuple[list[str] | None, str]:
        sample = self.file(self.config.tables.sample_submission)
        columns = sample_species(read_sample(sample)) if sample else None
        return configured_species(self.config.species, columns)

    @cached_property
    def _labels(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        known, known_from = self._species()
        annotations = reader("rfcx")(
            *self.label_tables[:1],
            self.file(self.config.tables.false_positives),
            classes=self.config.classes,
            known=known,
            known_from=known_from,
            recordings=None,
        )
        listing = train_recordings(annotations, unlisted=self.config.unlisted)
        splits = self.config.splits
        keep = read_folds(splits.keep) if splits.keep else None
        folds = assign_folds(annotations, listing, n_folds=splits.n_folds, seed=splits.seed, keep=keep)
        return annotations, listing, folds

    @cache  # noqa: B019
    def training_rows(self, fold: int) -> str:
        """Return the fingerprint of what a fold's training is told: its rows and the classes."""
        if self.generated:
            return provenance.digest(*self._upstream(), fold)
        annotations, listing, folds = self._labels
        rows = training_rows(annotations, listing, folds, fold)
        classes = classes_of(annotations, self._species()[0])
        return provenance.digest(rows.to_csv(index=False), classes)

    @cache  # noqa: B019
    def held_out(self, fold: int) -> str:
        """Return the fingerprint of which recordings a fold holds out."""
        if self.generated:
            return provenance.digest(*self._upstream(), fold)
        folds = self._labels[2]
        return provenance.digest(sorted(folds.loc[folds["fold"] == fold, "recording_id"]))

    def training(self, experiment: str, fold: int) -> str:
        """Return the fingerprint of all that a fold's network depends on: what its checkpoints must match."""
        features = self.experiments[experiment].features
        return provenance.digest(
            self.training_settings(experiment, fold),
            self.training_rows(fold),
            self.code("train_fold"),
            self.config.features[features].model_dump(),
            self._shards("train"),
            self.code("extract_spectrograms"),
        )

    def kept_folds(self) -> str:
        """Return the fingerprint of the table of frozen folds."""
        keep = self.config.splits.keep
        return provenance.table(keep) if keep else ""

    def sample(self) -> str:
        """Return the fingerprint of the sample submission, its order included."""
        sample = self.file(self.config.tables.sample_submission)
        if sample is None or self.generated:
            return self._generator("test") if self.generated else ""
        return provenance.audio(sample)

    def truth(self) -> str:
        """Return the fingerprint of the test recordings' complete events."""
        path = self.file(self.config.tables.test_truth)
        if path is None or self.generated:
            return self._generator("test") if self.generated else ""
        return provenance.table(path)

    # The demo, known by how it is made.

    def _generator(self, subset: str) -> str:
        other = "n_test" if subset == "train" else "n_train"
        settings = {key: value for key, value in self.config.demo.model_dump().items() if key != other}
        return provenance.digest(settings, self.code("generate_demo"))

    def _upstream(self) -> Sequence[Any]:
        return (
            self._generator("train"),
            self.annotation_settings(),
            self.splits_settings(),
            self.code("read_annotations"),
            self.code("make_splits"),
        )

    # What each script is told: the keys it reads and no others.

    def listing_settings(self, subset: str) -> dict[str, Any]:
        """Return the settings of `list_recordings`."""
        sample = self.file(self.config.tables.sample_submission) if subset == "test" else None
        return {
            "folder": self.audio_folder(subset),
            "expected_tables": self.id_tables(subset) if subset == "train" else [],
            "sample_submission": sample,
            "on_bad_recording": self.config.on_bad_recording,
        }

    def annotation_settings(self) -> dict[str, Any]:
        """Return the settings of `read_annotations`."""
        tables = self.config.tables
        return {
            "true_positives": self.file(tables.true_positives),
            "false_positives": self.file(tables.false_positives),
            "sample_submission": self.file(tables.sample_submission),
            "species": self.config.species,
            "classes": self.config.classes,
            "unlisted": self.config.unlisted,
        }

    def splits_settings(self) -> dict[str, Any]:
        """Return the settings of `make_splits`."""
        return self.config.splits.model_dump()

    def shard_settings(self, features: str, subset: str, shard: int) -> dict[str, Any]:
        """Return the settings of `extract_spectrograms`."""
        return {
            "features": self.config.features[features].model_dump(),
            "id_tables": self.id_tables(subset),
            "shard": shard,
            "shards": self.config.shards,
        }

    def training_settings(self, experiment: str, fold: int) -> dict[str, Any]:
        """Return the settings of `train_fold`: all of the experiment but how it predicts."""
        training = self.experiments[experiment]
        return {
            "name": f"{experiment} fold {fold}",
            "training": training.model_dump(mode="json", exclude={"prediction"}),
            "features": self.config.features[training.features].model_dump(),
            "compute": self.config.compute.model_dump(),
        }

    def prediction_settings(self, experiment: str, fold: int, subset: str) -> dict[str, Any]:
        """Return the settings of `predict_fold`."""
        training = self.experiments[experiment]
        return {
            "name": f"{experiment} fold {fold} {subset}",
            "prediction": training.prediction.model_dump(),
            "hop_s": self.config.features[training.features].hop_s,
            "fold": fold if subset == "oof" else None,
            "compute": self.config.compute.model_dump(),
        }
