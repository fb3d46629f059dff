"""What each job depends on."""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import pandas as pd

from canopy.data.annotations.classes import classes_of
from canopy.data.annotations.known import known_species
from canopy.data.annotations.reviewed import train_recordings, training_rows
from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.recordings.columns import known_column
from canopy.data.splits.columns import fold_columns
from canopy.data.splits.folds import assign_folds, read_folds
from canopy.plan.provenance.table import table
from canopy.plan.teachers import Teaching
from canopy.runtime.digest import digest


class Plan(Teaching):
    """The parse-time view of one configuration."""

    @cache  # noqa: B019
    def tables(self) -> str:
        """Return the fingerprint of the label tables' content."""
        if self.generated:
            return self._generator("train")
        known = self._species()[0]
        if self.in_folders:
            told = self._labelled
            tables = told.annotations.to_csv(index=False), told.reviewed.to_csv(index=False)
            return digest(*tables, known, sorted(told.in_samples))
        return digest([table(path) for path in self.label_tables], known and sorted(known))

    @cache  # noqa: B019
    def _species(self) -> tuple[list[str] | None, str]:
        return known_species({"species": self.config.species, "sample_submission": self.sample_file})

    def _rfcx_labels(self) -> pd.DataFrame:
        known, known_from = self._species()
        return read_rfcx(
            self.label_tables[0],
            self.file(self.config.tables.false_positives),
            classes=self.config.classes,
            known=known,
            known_from=known_from,
        )

    @cached_property
    def _labels(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        if self.in_folders:
            annotations, reviewed = self._labelled.annotations, self._labelled.reviewed
        else:
            annotations, reviewed = self._rfcx_labels(), None
        listing = train_recordings(annotations, unlisted=self.config.unlisted, reviewed=reviewed)
        splits = self.config.splits
        keep = read_folds(splits.keep) if splits.keep else None
        columns = fold_columns(splits.group, splits.given, listing["recording_id"], self.splits_paths())
        folds = assign_folds(annotations, listing, n_folds=splits.n_folds, seed=splits.seed, keep=keep, **columns)
        return annotations, listing, folds

    @cache  # noqa: B019
    def _rows(self, *held_out: int) -> pd.DataFrame:
        rows = training_rows(*self._labels, held_out[0])
        folds = self._labels[2]
        others = folds.loc[folds["fold"].isin(held_out[1:]), "recording_id"]
        return rows[~rows["recording_id"].isin(others)] if len(others) else rows

    @cache  # noqa: B019
    def training_rows(self, *held_out: int) -> str:
        """Return the fingerprint of what the training without some folds is told: its rows and the classes.

        The rows are read here without the recordings, so that boxes which end a little after theirs are
        not cut: what decides that (the audio, the code) counts beside them.
        """
        if self.generated:
            return digest(*self._upstream(), *held_out)
        classes = classes_of(self._labels[0], self._species()[0], self.config.classes)
        return digest(
            self._rows(*held_out).to_csv(index=False),
            classes,
            self._module(f"data/annotations/{'ends' if self.in_folders else 'boxes'}.py"),
        )

    @cache  # noqa: B019
    def trained_audio(self, *held_out: int) -> str:
        """Return the fingerprint of the annotated recordings that the training without some folds uses."""
        members = self._members("train")
        if self.generated:
            return digest(members)
        return digest({name: members.get(name) for name in set(self._rows(*held_out)["recording_id"])})

    @cache  # noqa: B019
    def held_out(self, *held_out: int) -> str:
        """Return the fingerprint of which recordings some folds hold out."""
        if self.generated:
            return digest(*self._upstream(), *held_out)
        folds = self._labels[2]
        return digest(sorted(folds.loc[folds["fold"].isin(held_out), "recording_id"]))

    def training(self, experiment: str, *held_out: int) -> str:
        """Return the fingerprint of all that a network depends on, but pseudo-labels: its checkpoints must match it."""
        unlabelled = [self._shards("unlabelled")] if self.takes_unlabelled(experiment) else []
        return digest(
            self.training_settings(experiment, *held_out),
            self.training_rows(*held_out),
            self.trained_audio(*held_out),
            *unlabelled,
            self.code(self.training_script(experiment)),
            self.code(self.extraction(self.trained[experiment].features)),
        )

    def kept_folds(self) -> str:
        """Return the fingerprint of the table of frozen folds."""
        keep = self.config.splits.keep
        return table(keep) if keep else ""

    @cache  # noqa: B019
    def fold_columns(self) -> str:
        """Return the fingerprint of the groups or given folds of the annotated recordings."""
        splits = self.config.splits
        if self.generated or not (splits.group or splits.given):
            self.splits_paths()
            return ""
        columns = fold_columns(splits.group, splits.given, self._labels[1]["recording_id"], self.splits_paths())
        return digest({name: column.to_dict() for name, column in columns.items()})

    @cache  # noqa: B019
    def clusters(self, subset: str) -> str:
        """Return the fingerprint of the groups of a subset's recordings that the bootstrap draws."""
        paths = self.bootstrap_paths()
        if not paths:
            return ""
        column = known_column(
            paths["recordings_table"],
            self.config.evaluation.group or "",
            sorted(self._members(subset)),
            file_names=paths["file_names"],
        )
        # Where nobody tells it, the job says what is wrong.
        return "" if column is None else digest(column.to_dict())

    @cache  # noqa: B019
    def checked_columns(self) -> str:
        """Return the fingerprint of the groups that `check_data` reads."""
        if self.generated:
            return ""
        ids = sorted({*self._members("train"), *(self._members("test") if self.has_test else ())})
        told = self.check_paths()
        found = known_column(
            told["recordings_table"], self.check_settings()["column"], ids, file_names=told["file_names"]
        )
        return "" if found is None else digest(found.to_dict())

    def priors(self) -> str:
        """Return the fingerprint of the table of class priors."""
        priors = self.config.calibration.priors
        return table(priors) if priors and priors != "estimated" else ""

    @cache  # noqa: B019
    def sample(self) -> str:
        """Return the fingerprint of the sample submission, its order included."""
        sample = self.sample_file
        if sample is None or self.generated:
            return self._generator("test") if self.generated else ""
        return table(sample, ordered=True)

    @cache  # noqa: B019
    def truth(self) -> str:
        """Return the fingerprint of the test recordings' complete events."""
        path = self.file(self.config.tables.test_truth)
        if path is None or self.generated:
            return self._generator("test") if self.generated else ""
        return table(path)

    def check(self, subset: str) -> None:
        """Look at all that the jobs of a subset rest on; raises a CanopyError where the dataset is missing or wrong."""
        self.listing(subset)
        self.shards(subset)
        if subset == "train":
            for experiment in self.trained:
                self.weights_content(experiment)
                self.takes_unlabelled(experiment)
            self.tables()
            self.fold_columns()
            for fold in self.folds:
                self.training_rows(fold)
        else:
            self.sample()
            self.truth()

    def _upstream(self) -> Sequence[Any]:
        return (
            self._generator("train"),
            self.annotation_settings(),
            self.splits_settings(),
            self.kept_folds(),
            self.code(self.annotation_script),
            self.code("make_splits"),
        )
