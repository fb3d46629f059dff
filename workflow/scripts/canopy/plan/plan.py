"""What Snakemake must know of a run before any of its jobs runs."""

from pathlib import Path
from typing import Any

from canopy.config.experiment import Experiment
from canopy.config.loading import experiments, trained
from canopy.config.schema import Config
from canopy.plan.absence import check_absence
from canopy.plan.checks import checked
from canopy.plan.dataset import Dataset
from canopy.plan.fingerprints import Fingerprints
from canopy.plan.held_out import HeldOut
from canopy.plan.labels import Labels
from canopy.plan.paths import Paths
from canopy.plan.provenance.code import Code
from canopy.plan.recordings import Recordings
from canopy.plan.scripts import Scripts
from canopy.plan.settings import Settings
from canopy.plan.teachers import Teachers


class Plan:
    """A configuration and what follows from it, in parts that rules name: `PLAN.settings.training(experiment, folds)`.

    Nothing is read before it is asked for.

    Parameters
    ----------
    raw : dict
        The configuration as Snakemake gives it.
    scripts : pathlib.Path
        The folder of the rules' scripts.

    Attributes
    ----------
    config : Config
    experiments, trained : dict of str to Experiment
        Those that are run; these and those that are trained because they teach one of them.
    folds : list of int
    dataset : Dataset
        Where its files are.
    paths, settings : Paths, Settings
        What each script is told.
    scripts, code : Scripts, Code
        Which scripts run, and the fingerprint of a script's code: `PLAN.code("train_fold")`.
    labels, recordings : Labels, Recordings
        What there is in the dataset.
    teachers : Teachers
        Who makes pseudo-labels for whom.
    fingerprint : Fingerprints
        What jobs depend on besides.

    Raises
    ------
    CanopyError
        Where the configuration is wrong.
    """

    def __init__(self, raw: dict[str, Any], scripts: Path) -> None:
        self.config: Config = checked(raw)
        self.experiments: dict[str, Experiment] = experiments(self.config)
        self.trained: dict[str, Experiment] = trained(self.config)
        self.folds = list(range(self.config.splits.n_folds))
        self.code = Code(scripts)
        self.dataset = Dataset(self.config)
        self.scripts = Scripts(self.config, self.dataset, self.trained)
        self.paths = Paths(self.config, self.dataset, self.trained)
        self.settings = Settings(self.config, self.dataset, self.paths, self.experiments, self.trained)
        self.labels = Labels(self.config, self.dataset, self.settings, self.paths)
        self.recordings = Recordings(self.config, self.dataset, self.labels, self.code)
        self.teachers = Teachers(self.experiments, self.trained, self.folds, self.recordings)
        self.fingerprint = Fingerprints(
            self.config,
            self.trained,
            dataset=self.dataset,
            scripts=self.scripts,
            code=self.code,
            paths=self.paths,
            settings=self.settings,
            labels=self.labels,
            recordings=self.recordings,
            teachers=self.teachers,
        )

    def check(self, subset: str) -> None:
        """Look at all that the jobs of a subset rest on; raises a CanopyError where the dataset is missing or wrong."""
        self.fingerprint.listing(subset)
        self.recordings.shards(subset)
        if subset == "train":
            for experiment, training in self.trained.items():
                self.settings.features(training.features)
                self.settings.weights(experiment)
                self.teachers.takes_unlabelled(experiment)
            self.fingerprint.labels()
            self.fingerprint.fold_columns()
            for fold in self.folds:
                held_out: HeldOut = (fold,)
                self.fingerprint.training_rows(held_out)
        else:
            self.fingerprint.sample_submission()
            self.fingerprint.truth()

    def warnings(self) -> list[str]:
        """Return what to know before anything trains; raises a CanopyError where training would be in vain."""
        if self.dataset.generated:
            return []
        labels = self.labels
        return check_absence(labels.annotations, labels.recordings, labels.classes, self.experiments)
