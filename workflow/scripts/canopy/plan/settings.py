"""What each script is told: the keys it reads and no others, since a job depends on all that it is told."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from canopy.config.differing import differing
from canopy.config.embedding import computed
from canopy.config.experiment import Experiment
from canopy.config.schema import Config
from canopy.plan.dataset import BARE, Dataset
from canopy.plan.embeddings import parameters
from canopy.plan.held_out import HeldOut, fold_name
from canopy.plan.paths import Paths
from canopy.plan.weights import weights_content, weights_file


class Settings:
    """The settings of each script.

    Parameters
    ----------
    config : Config
    dataset : Dataset
    paths : Paths
        What listings hold besides: theirs is the one job that depends on where files lie.
    experiments, trained : mapping of str to Experiment
        Those that are run; these and those that are trained because they teach one of them.
    """

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        paths: Paths,
        experiments: Mapping[str, Experiment],
        trained: Mapping[str, Experiment],
    ) -> None:
        self._config = config
        self._dataset = dataset
        self._paths = paths
        self._experiments = experiments
        self._trained = trained
        self._folds = list(range(config.splits.n_folds))
        self._bootstrap = config.evaluation.model_dump()
        self._compute = config.compute.model_dump()

    # The data.

    def listing(self, subset: str) -> dict[str, Any]:
        """Return the settings of the script that lists a subset."""
        dataset = self._dataset
        files: dict[str, Any] = {
            "folder": dataset.audio_folder(subset),
            "on_bad_recording": self._config.on_bad_recording,
            "channel": self._config.channel,
        }
        if subset == "test":
            below = {"below": True} if dataset.in_folders else {}
            return {**files, **below, "expected_tables": [], "sample_submission": dataset.sample_submission}
        if subset == "background":
            files["at_most"] = self._config.calibration.background
        if dataset.in_folders:
            return {**files, **self.annotations(), **self._paths.annotations()}
        if subset in BARE:
            return {**files, "annotated_tables": dataset.label_tables}
        return {**files, "expected_tables": dataset.id_tables(subset), "sample_submission": None}

    def annotations(self) -> dict[str, Any]:
        """Return the settings of the script that reads the annotations."""
        config = self._config
        found: dict[str, Any] = {
            "species": config.species,
            "classes": config.classes,
            "unlisted": config.unlisted,
        }
        if self._dataset.in_folders:
            found["annotations"] = config.annotations.model_dump(exclude={"path", "reviewed"})
            found |= {} if config.channel is None else {"channel": config.channel}
        return found

    def splits(self) -> dict[str, Any]:
        """Return the settings of `make_splits`."""
        return self._config.splits.model_dump()

    def checked_features(self) -> str | None:
        """Return the first feature set in use that holds spectrograms, if there is one."""
        used = [training.features for training in self._experiments.values()]
        return next((name for name in used if self._config.features[name].holds == "spectrograms"), None)

    def checks(self) -> dict[str, Any]:
        """Return the settings of `check_data`."""
        features, splits = self.checked_features(), self._config.splits
        return {
            "frame_s": self._config.features[features].hop_s if features else None,
            "n_folds": splits.n_folds,
            "group": splits.group,
            "column": splits.group or self._config.evaluation.group or "site",
            "channel": self._config.channel,
        }

    @cache  # noqa: B019 - a plan lives as long as the process
    def features(self, name: str) -> dict[str, Any]:
        """Return the parameters of a feature set; a pretrained network counts by its content, not by its place."""
        return parameters(name, self._config.features[name])

    def shard(self, features: str, shard: int) -> dict[str, Any]:
        """Return the settings of the script that extracts a feature set."""
        config = self._config
        settings = computed(self.features(features))
        return {"features": settings, "channel": config.channel, "shard": shard, "shards": config.shards}

    # The networks.

    def training(self, experiment: str, held_out: HeldOut) -> dict[str, Any]:
        """Return the settings of the script that trains: all of the experiment but what other scripts read."""
        training = self._trained[experiment]
        features = self._config.features[training.features]
        settings = training.model_dump(mode="json", exclude={"prediction", "teacher", "pseudo_labels"})
        if weights_file(training):
            settings["model"]["weights"] = self.weights(experiment)
        derived: dict[str, Any] = {"hop_s": features.hop_s, "unit": features.unit}
        if training.augment.band_mix_probability:
            derived["bin_hz"] = features.bin_hz
        student = {"real_share": training.pseudo_labels.real_share} if training.teacher else {}
        return {
            **student,
            "name": f"{experiment} fold {fold_name(held_out)}",
            "training": settings,
            "features": {**computed(self.features(training.features)), **derived},
            "compute": self._compute,
        }

    @cache  # noqa: B019 - a plan lives as long as the process
    def weights(self, experiment: str) -> str:
        """Return the fingerprint of the file of an experiment's first weights; an empty string without one."""
        training = self._trained[experiment]
        features = self.features(training.features)
        return weights_content(experiment, training, features, results=self._config.results)

    def pseudo_labels(self, experiment: str, held_out: HeldOut) -> dict[str, Any]:
        """Return the settings of `pseudo_label`."""
        return {
            "name": f"{experiment} fold {fold_name(held_out)}",
            "pseudo_labels": self._trained[experiment].pseudo_labels.model_dump(exclude={"real_share"}),
        }

    def prediction(self, experiment: str, held_out: HeldOut, subset: str) -> dict[str, Any]:
        """Return the settings of `predict_fold`: of the training recordings those held out, or the others."""
        training = self._trained[experiment]
        features = self._config.features[training.features]
        scored = [fold for fold in self._folds if (fold in held_out) == (subset == "oof")]
        return {
            "name": f"{experiment} fold {fold_name(held_out)} {subset}",
            "prediction": training.prediction.model_dump(),
            "hop_s": features.hop_s,
            "unit": features.unit,
            "folds": scored if subset in ("oof", "train") else None,
            "compute": self._compute,
        }

    def export(self, experiment: str) -> dict[str, Any]:
        """Return the settings of `export_network`."""
        features = computed(self.features(self._trained[experiment].features))
        return {"features": features, "compute": self._compute}

    # What is made of their scores.

    def merge(self, experiment: str) -> dict[str, Any]:
        """Return the settings of `merge_oof`."""
        share = self._trained[experiment].prediction.frame_share
        return {"folds": self._folds, "frame_share": share, "bootstrap": self._bootstrap}

    def evaluation(self) -> dict[str, Any]:
        """Return the settings of `evaluate_test`."""
        return {"bootstrap": self._bootstrap, "classes": self._config.classes}

    def ensemble(self) -> dict[str, Any]:
        """Return the settings of `fit_ensemble`."""
        method = self._config.ensemble.method
        return {"experiments": list(self._experiments), "method": method, "bootstrap": self._bootstrap}

    def ensemble_evaluation(self) -> dict[str, Any]:
        """Return the settings of `evaluate_ensemble`."""
        return {"experiments": list(self._experiments), **self.evaluation()}

    def calibration(self) -> dict[str, Any]:
        """Return the settings of `calibrate`."""
        calibration = self._config.calibration.model_dump(exclude={"priors", "background"})
        members = {"experiments": list(self._experiments), "n_folds": self._config.splits.n_folds}
        return {"calibration": calibration, "bootstrap": self._bootstrap, **members}

    def combination(self) -> dict[str, Any]:
        """Return the settings of `combine_test`."""
        estimated = self._config.calibration.priors == "estimated"
        return {"experiments": list(self._experiments), "priors": "estimated" if estimated else None}

    def teachers(self) -> dict[str, Any]:
        """Return the settings of `compare_teachers`."""
        teachers = {name: one.teacher for name, one in self._experiments.items() if one.teacher}
        return {"teachers": teachers, "bootstrap": self._bootstrap, "classes": self._config.classes}

    def submission(self) -> dict[str, Any]:
        """Return the settings of `write_submission`."""
        return {"classes": self._config.classes}

    def report(self) -> dict[str, Any]:
        """Return the settings of `make_report`."""
        config, different = self._config, differing(self._experiments)
        used = {training.features for training in self._experiments.values()}
        return {
            "dataset": config.dataset,
            "experiments": {
                name: {"features": training.features, "differing": different[name]}
                for name, training in self._experiments.items()
            },
            "features": {name: self.features(name) for name in sorted(used)},
            "n_folds": config.splits.n_folds,
            "shards": config.shards,
            "n_examples": config.report.examples,
            "n_detections": config.report.detections,
            "max_detections": config.report.max_detections,
            "classes": config.classes,
            "channel": config.channel,
            "test_truth": self._dataset.truth_known,
        }

    def package(self) -> dict[str, Any]:
        """Return the settings of `package_model`."""
        members = [
            {
                "experiment": name,
                "folds": self._config.splits.n_folds,
                "features": self.features(training.features),
                "prediction": training.prediction.model_dump(),
            }
            for name, training in self._experiments.items()
        ]
        config = self._config
        return {
            "members": members,
            "classes": config.classes,
            "compute": self._compute,
            "dataset": config.dataset,
        }
