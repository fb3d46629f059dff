"""What the report tells of: a run, its models, and what is looked up in their outputs when it is needed."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.config.features import FeatureSet
from canopy.data.annotations.classes import natural_sorted
from canopy.data.audio.decoding import read_mono
from canopy.evaluation.metrics.measures.measure import Metric
from canopy.evaluation.metrics.measures.registry import leading
from canopy.features.sharding import shard_of
from canopy.features.shards import Store
from canopy.inference.framewise import Framewise, read_framewise
from canopy.inference.scores import read_scores, species_of
from canopy.report.detections.candidates import Predictions, marked
from canopy.report.levels import levels
from canopy.report.scores import Score, score_of
from canopy.runtime.errors import CanopyError

ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class Model:
    """An experiment, or the ensemble of all.

    Attributes
    ----------
    name : str
    folder : pathlib.Path
        Where its outputs lie.
    oof : DataFrame
        Metrics of the held-out training recordings.
    test : DataFrame or None
        Metrics of the test recordings; None where their truth is not known.
    weight : float or None
        In the ensemble.
    differing : dict of str to object
        The settings in which experiments differ, by dotted path, as `canopy.config.differing` returns them.
    n_parameters : int or None
        Of one fold's network.
    training_s, training_cpu_s : float or None
        What the trainings of all folds took, by the clock and of CPU time, in seconds.
    """

    name: str
    folder: Path
    oof: pd.DataFrame
    test: pd.DataFrame | None
    weight: float | None
    differing: dict[str, Any] = field(default_factory=dict)
    n_parameters: int | None = None
    training_s: float | None = None
    training_cpu_s: float | None = None

    def score(self, metric: Metric, subset: str, species: str = "") -> Score | None:
        """Return a figure over the held-out (`oof`) or the test recordings (`test`); None where there is none."""
        return score_of({"oof": self.oof, "test": self.test}[subset], metric.name, species)


@dataclass(frozen=True)
class Run:
    """All that the report tells of.

    Attributes
    ----------
    dataset : str
    models : tuple of Model
        The ensemble first, where there is one; the first is the one whose scores and examples are shown.
    weights : DataFrame
        experiment, weight; empty without an ensemble.
    folds, annotations, train_recordings : DataFrame
        As in `results/`.
    recordings : dict of str to DataFrame
        By subset.
    n_folds : int
    histories : dict of str to dict of int to DataFrame
        By experiment and fold.
    features : FeatureSet
        The feature set of the first experiment.
    features_folder : pathlib.Path
        Where its shards of the training recordings lie.
    n_shards : int
    cost : DataFrame
        As `canopy.report.cost.read_cost` returns it.
    config : str
        The resolved configuration as JSON; empty where it is not known.
    versions : DataFrame
        package, version.
    truth : DataFrame or None
        All events of the test recordings (recording_id, species); None where they are not known.
    test_scores : DataFrame or None
        The shown model's scores of the test recordings by species, where the truth is known.
    more : dict of str to DataFrame
        Further tables of the results, by name; absent where a run did not make them.
    channel : int or None
        The channel of recordings that is heard; None: the mean of all.
    made_from : str
        The fingerprint of the tables that were read, the submission among them.
    pretrained : tuple of str
        Networks that others trained and whose values are features, with their licences.
    """

    dataset: str
    models: tuple[Model, ...]
    weights: pd.DataFrame
    folds: pd.DataFrame
    annotations: pd.DataFrame
    train_recordings: pd.DataFrame
    recordings: dict[str, pd.DataFrame]
    n_folds: int
    histories: dict[str, dict[int, pd.DataFrame]]
    features: FeatureSet
    features_folder: Path
    n_shards: int
    cost: pd.DataFrame
    config: str
    versions: pd.DataFrame
    truth: pd.DataFrame | None = None
    test_scores: pd.DataFrame | None = None
    more: dict[str, pd.DataFrame] = field(default_factory=dict)
    channel: int | None = None
    made_from: str = ""
    pretrained: tuple[str, ...] = ()

    @property
    def best(self) -> Model:
        """The model whose scores and examples are shown: the ensemble, or the first experiment."""
        return self.models[0]

    @cached_property
    def headline(self) -> Metric:
        """The metric by which its models are ranked and compared."""
        return leading(self.best.oof, self.classes)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Its scores of the held-out training recordings."""
        return read_scores(self.best.folder / "oof" / "scores.csv")

    @cached_property
    def framewise(self) -> Framewise:
        """Its framewise logits of the held-out training recordings."""
        return read_framewise(self.best.folder / "oof" / "framewise.npy")

    @cached_property
    def predictions(self) -> Predictions:
        """Both, with what is known of the recordings."""
        return Predictions(self.scores, self.framewise, self.annotations, self.train_recordings)

    @cached_property
    def marked(self) -> pd.DataFrame:
        """The boxes, with what the shown model scores in them."""
        return marked(self.predictions)

    @property
    def classes(self) -> list[str]:
        """The classes that the models tell apart."""
        return species_of(self.scores)

    @property
    def species(self) -> list[str]:
        """The classes and whatever else has metrics, in natural order."""
        tables = [table for table in (self.best.oof, self.best.test) if table is not None]
        return natural_sorted({*self.classes, *(name for table in tables for name in table["species"] if name)})

    @property
    def problems(self) -> pd.DataFrame:
        """The recordings that were left out: subset, recording_id, problem."""
        tables = [table.assign(subset=subset) for subset, table in self.recordings.items()]
        every = pd.concat(tables, ignore_index=True)
        return every.loc[every["problem"] != "", ["subset", "recording_id", "problem"]].reset_index(drop=True)

    def level_db(self, recording_id: str) -> NDArray[np.floating]:
        """Return the spectrogram (n_frames, n_bins) that is drawn of a training recording."""
        shard = shard_of(recording_id, self.n_shards)
        store = Store([self.features_folder / f"{shard}.npy"])
        if recording_id not in store:
            raise CanopyError(
                f"recording {recording_id} has scores but no features in {self.features_folder}/{shard}.npy; "
                "remove that file and run the workflow again"
            )
        return levels(store[recording_id], self.features, lambda rate_hz: self._sound(recording_id, rate_hz))

    def _sound(self, recording_id: str, rate_hz: int) -> NDArray[np.floating]:
        listed = self.recordings["train"].set_index("recording_id")["path"]
        return read_mono(listed[recording_id], rate_hz, channel=self.channel)
