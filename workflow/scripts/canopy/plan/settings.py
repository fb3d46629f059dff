"""What each script is told: the keys it reads and no others.

Settings are what a job depends on. Paths of files whose content counts and not their place are told apart
from them, so that a dataset that moves makes nothing stale but the listing of its files.
"""

from typing import Any

from canopy.config.differing import differing
from canopy.plan.dataset import Dataset

HeldOut = tuple[int, ...]


def fold_name(held_out: HeldOut) -> str:
    """Return what names held-out folds in paths and to people: `0-2`."""
    return "-".join(map(str, held_out))


class Told(Dataset):
    """A dataset, and what the scripts are told."""

    def listing_script(self, subset: str) -> str:
        """Return the script that lists a subset: in a folder, of all recordings only those that are annotated."""
        if subset == "unlabelled":
            return "list_unlabelled"
        return "list_annotated" if self.in_folders and subset == "train" else "list_recordings"

    @property
    def annotation_script(self) -> str:
        """The script that reads the annotations, so that no format makes the reading of another stale."""
        return "read_folder" if self.in_folders else "read_annotations"

    def listing_settings(self, subset: str) -> dict[str, Any]:
        """Return the settings of the script that lists a subset."""
        files = {"folder": self.audio_folder(subset), "on_bad_recording": self.config.on_bad_recording}
        if subset == "test":
            below = {"below": True} if self.in_folders else {}
            return {**files, **below, "expected_tables": [], "sample_submission": self.sample_file}
        if self.in_folders:
            return {**files, **self.label_settings()}
        if subset == "unlabelled":
            return {**files, "annotated_tables": self.label_tables}
        return {**files, "expected_tables": self.id_tables(subset), "sample_submission": None}

    def splits_settings(self) -> dict[str, Any]:
        """Return the settings of `make_splits`."""
        return self.config.splits.model_dump()

    def splits_paths(self) -> dict[str, Any]:
        """Return the table of recordings that `make_splits` reads, where it does."""
        splits = self.config.splits
        key = "splits.group" if splits.group else "splits.given"
        return self._columns_told(key) if splits.group or splits.given else {}

    def bootstrap_paths(self) -> dict[str, Any]:
        """Return the table of recordings from which the bootstrap takes its groups, where it does."""
        return self._columns_told("evaluation.group") if self.config.evaluation.group else {}

    def _columns_told(self, key: str) -> dict[str, Any]:
        return {"recordings_table": self.recordings_table(key), "file_names": self.config.file_names}

    def checked_features(self) -> str | None:
        """Return the first feature set in use that holds spectrograms, if there is one."""
        used = [training.features for training in self.experiments.values()]
        return next((name for name in used if self.config.features[name].holds == "spectrograms"), None)

    def check_settings(self) -> dict[str, Any]:
        """Return the settings of `check_data`."""
        features = self.checked_features()
        splits = self.config.splits
        return {
            "frame_s": self.config.features[features].hop_s if features else None,
            "n_folds": splits.n_folds,
            "group": splits.group,
            "column": splits.group or self.config.evaluation.group or "site",
        }

    def check_paths(self) -> dict[str, Any]:
        """Return what tells `check_data` of the recordings' groups."""
        table = None if self.generated else self.file(self.config.tables.recordings)
        return {"recordings_table": table, "file_names": self.config.file_names}

    def shard_settings(self, features: str, shard: int) -> dict[str, Any]:
        """Return the settings of the script that extracts a feature set."""
        return {
            "features": self.config.features[features].model_dump(),
            "shard": shard,
            "shards": self.config.shards,
        }

    def shard_paths(self, subset: str) -> dict[str, Any]:
        """Return the tables that name the recordings of a shard."""
        return {"id_tables": self.id_tables(subset)}

    def training_script(self, experiment: str) -> str:
        """Return the script that trains an experiment, so that only students wait on the code of pseudo-labels."""
        return "train_student" if self.trained[experiment].teacher else "train_fold"

    def training_settings(self, experiment: str, *held_out: int) -> dict[str, Any]:
        """Return the settings of the script that trains: all of the experiment but what other scripts read."""
        training = self.trained[experiment]
        features = self.config.features[training.features]
        told = training.model_dump(mode="json", exclude={"prediction", "teacher", "pseudo_labels"})
        if self.first_weights(experiment):
            told["model"]["weights"] = self.weights_content(experiment)
        derived: dict[str, Any] = {"hop_s": features.hop_s, "unit": features.unit}
        if training.augment.band_mix_probability:
            derived["bin_hz"] = features.bin_hz
        student = {"real_share": training.pseudo_labels.real_share} if training.teacher else {}
        return {
            **student,
            "name": f"{experiment} fold {fold_name(held_out)}",
            "training": told,
            "features": {**features.model_dump(), **derived},
            "compute": self.config.compute.model_dump(),
        }

    def training_paths(self, experiment: str) -> dict[str, Any]:
        """Return the file of the first weights, where there is one."""
        return {"first_weights": self.first_weights(experiment)}

    def prediction_settings(self, experiment: str, held_out: HeldOut, subset: str) -> dict[str, Any]:
        """Return the settings of `predict_fold`: of the training recordings those held out, or the others."""
        training = self.trained[experiment]
        features = self.config.features[training.features]
        scored = [fold for fold in self.folds if (fold in held_out) == (subset == "oof")]
        return {
            "name": f"{experiment} fold {fold_name(held_out)} {subset}",
            "prediction": training.prediction.model_dump(),
            "hop_s": features.hop_s,
            "unit": features.unit,
            "folds": scored if subset in ("oof", "train") else None,
            "compute": self.config.compute.model_dump(),
        }

    def merge_settings(self, experiment: str) -> dict[str, Any]:
        """Return the settings of `merge_oof`."""
        return {
            "folds": self.folds,
            "frame_share": self.trained[experiment].prediction.frame_share,
            "bootstrap": self.config.evaluation.model_dump(),
        }

    def calibration_settings(self) -> dict[str, Any]:
        """Return the settings of `calibrate`."""
        return {
            "calibration": self.config.calibration.model_dump(exclude={"priors"}),
            "bootstrap": self.config.evaluation.model_dump(),
        }

    def combination_settings(self) -> dict[str, Any]:
        """Return the settings of `combine_test`."""
        estimated = self.config.calibration.priors == "estimated"
        return {"experiments": list(self.experiments), "priors": "estimated" if estimated else None}

    def combination_paths(self) -> dict[str, Any]:
        """Return the table of class priors that `combine_test` reads, where it does."""
        priors = self.config.calibration.priors
        return {"priors": priors} if priors and priors != "estimated" else {}

    def submission_settings(self) -> dict[str, Any]:
        """Return the settings of `write_submission`."""
        return {"classes": self.config.classes}

    def submission_paths(self) -> dict[str, Any]:
        """Return the table that `write_submission` fills."""
        return {"sample_submission": self.sample_file}

    def report_settings(self) -> dict[str, Any]:
        """Return the settings of `make_report`."""
        used = {training.features for training in self.experiments.values()}
        told = differing(self.experiments)
        return {
            "dataset": self.config.dataset,
            "experiments": {
                name: {"features": training.features, "differing": told[name]}
                for name, training in self.experiments.items()
            },
            "features": {name: self.config.features[name].model_dump() for name in sorted(used)},
            "n_folds": self.config.splits.n_folds,
            "shards": self.config.shards,
            "n_examples": self.config.report.examples,
            "n_detections": self.config.report.detections,
            "max_detections": self.config.report.max_detections,
            "classes": self.config.classes,
            "test_truth": self.truth_known,
        }

    def package_settings(self) -> dict[str, Any]:
        """Return the settings of `package_model`."""
        members = [
            {
                "experiment": name,
                "folds": self.config.splits.n_folds,
                "features": self.config.features[training.features].model_dump(),
                "prediction": training.prediction.model_dump(),
            }
            for name, training in self.experiments.items()
        ]
        return {
            "members": members,
            "classes": self.config.classes,
            "compute": self.config.compute.model_dump(),
            "dataset": self.config.dataset,
        }

    def export_settings(self, experiment: str) -> dict[str, Any]:
        """Return the settings of `export_network`."""
        training = self.trained[experiment]
        return {
            "features": self.config.features[training.features].model_dump(),
            "compute": self.config.compute.model_dump(),
        }
