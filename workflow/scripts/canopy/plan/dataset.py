"""Where the files of the dataset are, and what there is of it."""

import os

from canopy.config.schema import Config
from canopy.runtime.errors import CanopyError

BARE = ("unlabelled", "background")
"""Subsets of recordings that no annotation names: all of them, and those that calibration looks at."""


class Dataset:
    """The files of the configured dataset.

    Parameters
    ----------
    config : Config

    Attributes
    ----------
    generated : bool
        Whether the workflow makes it: the demo.
    in_folders : bool
        Whether it is a folder of recordings with annotation files.
    has_test : bool
        Whether there are test recordings.
    truth_known : bool
        Whether all events of the test recordings are known.
    """

    def __init__(self, config: Config) -> None:
        self.folder = config.folder
        self._tables = config.tables
        self.generated = config.dataset == "demo"
        self.in_folders = config.dataset == "folder"
        named = config.tables.test_audio is not None
        self.has_test = named and (not self.in_folders or os.path.isdir(self.audio_folder("test")))
        truth = self.truth_table
        self.truth_known = truth is not None and self.has_test and (self.generated or os.path.exists(truth))

    def file(self, name: str | None) -> str | None:
        """Return the path of one of the dataset's files, or None where there is none."""
        return None if name is None else os.path.join(self.folder, name)

    @property
    def truth_table(self) -> str | None:
        """The path of the table of the test recordings' events, None where there is none."""
        return self.file(self._tables.test_truth)

    @property
    def sample_submission(self) -> str | None:
        """The path of the sample submission, None where there is none; a folder of recordings need not have one."""
        path = self.file(self._tables.sample_submission)
        return None if path is None or (self.in_folders and not os.path.exists(path)) else path

    def recordings_table(self, key: str) -> str:
        """Return the path of the table of recordings, which the configuration's `key` needs.

        Raises
        ------
        CanopyError
            There is none.
        """
        path = self.file(self._tables.recordings)
        if path is None or self.generated:
            what = "the demo has no table of recordings" if self.generated else "`tables.recordings` is null"
            raise CanopyError(f"config: {key} names a column of the table of recordings, but {what}: set {key} to null")
        return path

    @property
    def label_tables(self) -> list[str]:
        """The tables of true and false positives."""
        names = (self._tables.true_positives, self._tables.false_positives)
        return [os.path.join(self.folder, name) for name in names if name]

    def id_tables(self, subset: str) -> list[str]:
        """Return the tables that name a subset's recordings; without any, every file that is listed counts."""
        if subset in BARE:
            return []
        if subset == "train":
            return [] if self.in_folders else self.label_tables
        return [self.sample_submission] if self.sample_submission else []

    def audio_folder(self, subset: str) -> str:
        """Return the folder of a subset's recordings."""
        name = self._tables.test_audio if subset == "test" else self._tables.train_audio
        return os.path.join(self.folder, str(name))
