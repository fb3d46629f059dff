"""Which script a rule runs, where it depends on the configuration.

A rule may have several, so that no kind of features, of dataset or of experiment waits on the code of another.
"""

from collections.abc import Mapping

from canopy.config.experiment import Experiment
from canopy.config.schema import Config
from canopy.plan.dataset import BARE, Dataset


class Scripts:
    """The names of scripts.

    Parameters
    ----------
    config : Config
    dataset : Dataset
    trained : mapping of str to Experiment
        All experiments that are trained.
    """

    def __init__(self, config: Config, dataset: Dataset, trained: Mapping[str, Experiment]) -> None:
        self._features = config.features
        self._dataset = dataset
        self._trained = trained

    def listing(self, subset: str) -> str:
        """Return the script that lists a subset: in a folder, of all recordings only those that are annotated."""
        if subset in BARE:
            return "list_unlabelled"
        return "list_annotated" if self._dataset.in_folders and subset == "train" else "list_recordings"

    @property
    def annotations(self) -> str:
        """The script that reads the annotations."""
        return "read_folder" if self._dataset.in_folders else "read_annotations"

    def extraction(self, features: str) -> str:
        """Return the script that extracts a feature set."""
        return self._features[features].script

    def training(self, experiment: str) -> str:
        """Return the script that trains an experiment: only students wait on the code of pseudo-labels."""
        return "train_student" if self._trained[experiment].teacher else "train_fold"
