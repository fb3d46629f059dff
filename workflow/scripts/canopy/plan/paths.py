"""Where the files lie that scripts read from outside the workflow: `--paths`, on which no job depends.

What these files say counts instead (`canopy.plan.fingerprints`), so that a dataset that moves makes nothing stale but
the listing of its files.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from canopy.config.experiment import Experiment
from canopy.config.schema import Config
from canopy.detections.review.place import review_tables
from canopy.plan.dataset import Dataset
from canopy.plan.embeddings import network_file
from canopy.plan.weights import weights_file


class Paths:
    """The paths that each script is given; an empty mapping where it reads nothing from outside.

    Parameters
    ----------
    config : Config
    dataset : Dataset
    trained : mapping of str to Experiment
        All experiments that are trained.
    """

    def __init__(self, config: Config, dataset: Dataset, trained: Mapping[str, Experiment]) -> None:
        self._config = config
        self._dataset = dataset
        self._trained = trained

    def annotations(self) -> dict[str, Any]:
        """Return the files that `read_annotations` or `read_folder` reads."""
        sample, dataset = {"sample_submission": self._dataset.sample_submission}, self._dataset
        if dataset.in_folders:
            files = self._config.annotations
            reviews = review_tables() if files.reviews else []
            verdicts = {"reviews": reviews, "audio": dataset.audio_folder("train")} if reviews else {}
            return {
                "annotation_files": dataset.file(files.path),
                "reviewed_table": dataset.file(files.reviewed),
                **verdicts,
                **sample,
            }
        tables = self._config.tables
        return {
            "true_positives": dataset.file(tables.true_positives),
            "false_positives": dataset.file(tables.false_positives),
            **sample,
        }

    def splits(self) -> dict[str, Any]:
        """Return the table of recordings that `make_splits` reads, where it does."""
        splits = self._config.splits
        key = "splits.group" if splits.group else "splits.given"
        return self._recordings(key) if splits.group or splits.given else {}

    def bootstrap(self) -> dict[str, Any]:
        """Return the table of recordings from which the bootstrap takes its groups, where it does."""
        return self._recordings("evaluation.group") if self._config.evaluation.group else {}

    def _recordings(self, key: str) -> dict[str, Any]:
        return {"recordings_table": self._dataset.recordings_table(key), "file_names": self._config.file_names}

    def checks(self) -> dict[str, Any]:
        """Return what tells `check_data` of the recordings' groups."""
        table = None if self._dataset.generated else self._dataset.file(self._config.tables.recordings)
        return {"recordings_table": table, "file_names": self._config.file_names}

    def shard(self, features: str, subset: str) -> dict[str, Any]:
        """Return the tables that name the recordings of a shard, and where the network of its features lies, if any."""
        tables = {"id_tables": self._dataset.id_tables(subset)}
        network = network_file(features, self._config.features[features])
        return {**tables, "located": {"model": network}} if network else tables

    def package(self, experiments: Iterable[str]) -> dict[str, Any]:
        """Return where the networks lie that others trained and that a package of these experiments holds, if any."""
        used = sorted({self._trained[name].features for name in experiments})
        travelling = [name for name in used if self._config.features[name].model_dump().get("travels")]
        files = [network_file(name, self._config.features[name]) for name in travelling]
        return {"travelling": files} if files else {}

    def training(self, experiment: str) -> dict[str, Any]:
        """Return the file of the first weights, where there is one."""
        return {"first_weights": weights_file(self._trained[experiment])}

    def combination(self) -> dict[str, Any]:
        """Return the table of class priors that `combine_test` reads, where it does."""
        priors = self._config.calibration.priors
        return {"priors": priors} if priors and priors != "estimated" else {}

    def submission(self) -> dict[str, Any]:
        """Return the table that `write_submission` fills."""
        return {"sample_submission": self._dataset.sample_submission}
