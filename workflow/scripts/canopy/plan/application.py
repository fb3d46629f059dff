"""What Snakemake must know of an application before any job runs."""

import os
from functools import cached_property
from typing import Any

import pandas as pd

from canopy.config.schema import Config
from canopy.data.audio.fingerprint import MEMORY
from canopy.data.recordings.folder import counted, passed_over
from canopy.detections.review.place import REVIEWS, review_table
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.verdicts import saved_verdicts
from canopy.features.sharding import shard_of
from canopy.inference.apply.folder import GIVE, find_recordings
from canopy.package.features import heard_by
from canopy.package.manifest import Manifest, read_manifest
from canopy.plan.optional import of_features, of_files
from canopy.runtime.digest import digest
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import short_name

HASH_LENGTH = 6
SAID = ("clip", "species", "verdict", "onset_s", "offset_s", "low_hz", "high_hz")
"""What a verdict is, of a row of the table of clips."""


class Application:
    """The recordings of one folder, and the package to apply to them.

    Nothing of the training is looked at, so that applying a finished run, or one from elsewhere, makes none of
    its jobs run.

    Parameters
    ----------
    config : Config
    code : str
        The fingerprint of the code that scores.
    """

    def __init__(self, config: Config, code: str) -> None:
        self.config = config
        self._code = code
        self.package = config.package or f"{config.results}/package"
        self.kept = f"{config.results}/applied/kept"

    @cached_property
    def name(self) -> str:
        """The name under which results lie and verdicts are given: the folder's, and a hash of its place.

        Folders of one name in different places do not meet. What lies below the working folder is known by its place in
        it, so that both may move.
        """
        place = os.path.realpath(self.config.recordings or "recordings")
        here = os.path.realpath(os.curdir)
        known_as = os.path.relpath(place, here) if os.path.commonpath([place, here]) == here else place
        name = os.path.basename(place).replace("{", "(").replace("}", ")") or "recordings"
        return short_name(name, f"-{digest(known_as)[:HASH_LENGTH]}")

    @property
    def reviews(self) -> str:
        """The folder of the clips of these recordings and of their table: a person's, and no rule's output."""
        return os.path.join(REVIEWS, self.name)

    @property
    def folder(self) -> str:
        """The folder of recordings.

        Raises
        ------
        CanopyError
            None is configured.
        """
        if self.config.recordings is None:
            raise CanopyError(f"there are no recordings to apply the model to: {GIVE}")
        return self.config.recordings

    @cached_property
    def manifest(self) -> Manifest:
        """What the package holds."""
        return read_manifest(self.package)

    @cached_property
    def recordings(self) -> pd.DataFrame:
        """The recordings: recording_id, path, audio."""
        return find_recordings(self.folder, MEMORY)

    @cached_property
    def _shards(self) -> dict[int, list[list[str]]]:
        # By audio, not by name: copies of one recording meet in one job, which scores them once.
        found: dict[int, list[list[str]]] = {}
        for row in self.recordings.itertuples(index=False):
            found.setdefault(shard_of(str(row.audio), self.config.shards), []).append(list(row))
        return dict(sorted(found.items()))

    def shards(self) -> list[int]:
        """Return the shards that hold a recording."""
        return list(self._shards)

    def shard_recordings(self, shard: int) -> str:
        """Return the fingerprint of a shard's recordings."""
        return digest(self._shards.get(shard, []))

    def listing(self) -> str:
        """Return the fingerprint of all recordings."""
        return digest(self.recordings.to_csv(index=False))

    @property
    def scoring(self) -> str:
        """The fingerprint of all that makes scores of samples."""
        heard = [] if self.config.channel is None else [self.config.channel]
        return digest(self.manifest.scoring, self._code, *heard, *self._packages)

    @cached_property
    def _packages(self) -> list[str]:
        members = self.manifest.members
        networks = [os.path.join(self.package, member.networks()[0][0]) for member in members]
        found = {of_files(networks), *(of_features(heard_by(member, self.package)) for member in members)}
        return sorted(found - {""})

    def shard_settings(self, shard: int) -> dict[str, Any]:
        """Return the settings of `apply_shard`."""
        return {
            "scoring": self.scoring,
            "networks": self.manifest.scoring,
            "compute": self.manifest.compute,
            "shard": shard,
            "shards": self.config.shards,
            "channel": self.config.channel,
        }

    def detection_settings(self) -> dict[str, Any]:
        """Return the settings of `write_detections`."""
        return {
            "scoring": self.scoring,
            "detection": self.config.detection.model_dump(mode="json"),
            "folder": self.folder,
            "channel": self.config.channel,
            "passed_over": counted(passed_over(self.folder, below=True)),
        }

    def review_settings(self) -> dict[str, Any]:
        """Return the settings of `cut_review`."""
        settings = self.config.review.model_dump(mode="json", exclude={"verdicts"})
        return {**settings, "scoring": self.scoring} if self.config.review.windows else settings

    def windowed_shards(self) -> list[int]:
        """Return the shards of which windows are drawn for review: all of them, or none."""
        return self.shards() if self.config.review.windows else []

    def page_settings(self) -> dict[str, Any]:
        """Return the settings of `make_review`."""
        return {"scoring": self.scoring, "channel": self.config.channel}

    def recalibration_settings(self) -> dict[str, Any]:
        """Return the settings of `recalibrate`."""
        calibration = self.config.calibration
        return {
            "wanted": list(calibration.precision),
            "few": calibration.min_examples,
            "window_s": self.config.review.window_s,
            "file_names": self.config.file_names,
        }

    def review_paths(self) -> dict[str, Any]:
        """Return where the clips with their table lie, and verdicts that the review page saved elsewhere."""
        return {"reviews": self.reviews, "verdicts": self.config.review.verdicts}

    def verdicts(self) -> str:
        """Return the fingerprint of people's verdicts: those in the table, and those that wait to be taken in.

        It is the same before and after they are.
        """
        table = ReviewTable(review_table(self.reviews))
        table.take(saved_verdicts(self.reviews, self.config.review.verdicts))
        return digest([[row.get(name, "") for name in SAID] for row in table.rows if row.get("verdict", "").strip()])

    def paths(self) -> dict[str, str]:
        """Return where package, recordings and kept chunks lie; only the place of the recordings shows in results."""
        return {"folder": self.folder, "package": self.package, "kept": self.kept}

    def check(self) -> None:
        """Look at package and recordings; raises a CanopyError where one is missing or wrong."""
        _ = self.folder, self.shards()
        for member in self.manifest.members:
            heard_by(member, self.package)
