"""What a network hears in each moment of a recording: a pretrained one, or one of a package without its head."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from canopy.config.embedding import EmbeddingFeatures
from canopy.config.features import FeatureSet
from canopy.config.settings import section
from canopy.data.audio.decoding import Recording
from canopy.features.embedding import layout
from canopy.features.networks.registry import open_network
from canopy.features.pieces import Span, n_frames
from canopy.features.units import UNITS
from canopy.inference.apply.features import piece
from canopy.inference.apply.grid import Grid, grid_of
from canopy.package.features import heard_by
from canopy.package.manifest import read_manifest
from canopy.runtime.errors import CanopyError

Values = NDArray[np.float32]
WINDOWS_AT_ONCE = 16


class Hearing(Protocol):
    """A network that gives a vector for each of a recording's positions in time.

    Attributes
    ----------
    grid : Grid
    n_values : int
        Of a vector.
    rate_hz : int
        At which it hears.
    least_s : float
        What it hears at once.
    """

    grid: Grid
    n_values: int
    rate_hz: int
    least_s: float

    def count(self, recording: Recording) -> int:
        """Return the number of positions of a recording."""

    def positions(self, recording: Recording, span: Span) -> Values:
        """Return the vectors of some of them, shape `(len(span), n_values)`, as of hearing the recording whole."""


class Pretrained:
    """A layer of a pretrained network.

    Parameters
    ----------
    features : EmbeddingFeatures
        Whose `model` is the path of the network's file.
    window_s : float
        Of a window, where the layer has an axis of time.
    """

    def __init__(self, features: EmbeddingFeatures, window_s: float) -> None:
        self._features = features
        network = open_network(features)
        self.n_values, self.rate_hz = network.n_bins, features.sample_rate_hz
        self.least_s = network.n_samples / self.rate_hz
        if network.n_positions > 1:
            self.grid = grid_of(step_s=features.hop_s, first_s=-features.hop_s / 2, window_s=window_s)
            return
        before, first = layout(network, features.hop_samples)
        hop = max(1, network.n_samples // (2 * features.hop_samples))
        self.grid = Grid(features.hop_s, -before / self.rate_hz, self.least_s, base=first, hop=hop)

    def count(self, recording: Recording) -> int:
        """Return the number of positions of a recording."""
        return n_frames(recording, self._features)

    def positions(self, recording: Recording, span: Span) -> Values:
        """Return the vectors of some of them."""
        return piece(recording, span, self._features)


class Trunk:
    """A network of one's own without its head; it hears windows as long as in training, half over each other.

    Parameters
    ----------
    model : keras.Model
        As of `canopy.models.heard.headless`.
    features : FeatureSet
    window_s : float
        Of a window of the search, where the network gives several positions for what it hears at once.
    """

    def __init__(self, model: Any, features: FeatureSet, window_s: float) -> None:
        from canopy.inference.scorer import compiled

        self._features, self._run = features, compiled(model)
        self._silent = UNITS[features.unit].signal
        self._heard = int(model.input_shape[1])
        self._per = int(model.output_shape[1]) if len(model.output_shape) == 3 else 1
        self.n_values, self.rate_hz = int(model.output_shape[-1]), features.sample_rate_hz
        self.least_s = self._heard * features.hop_s
        self._hop = max(1, self._per // 2)
        if self._per > 1:
            self._step = self._heard / self._per
            self.grid = grid_of(step_s=self._step * features.hop_s, first_s=0.0, window_s=window_s)
        else:
            self._step = float(max(1, self._heard // 2))
            self.grid = Grid(self._step * features.hop_s, 0.0, self.least_s)

    def count(self, recording: Recording) -> int:
        """Return the number of positions of a recording."""
        n = n_frames(recording, self._features)
        return self._last(n) * self._hop + self._per if self._per == 1 else max(self._per, round(n / self._step))

    def _last(self, n: int) -> int:
        """Return the number of the last of the windows that the network hears of so many frames."""
        return max(0, int(np.ceil((n - self._heard) / self._step / self._hop - 1e-6)))

    def positions(self, recording: Recording, span: Span) -> Values:
        """Return the vectors of some of them: the mean of the windows that hold one."""
        n = n_frames(recording, self._features)
        first = max(0, -(-(span.first - self._per + 1) // self._hop))
        heard = range(first, min(self._last(n), (span.last - 1) // self._hop) + 1)
        begins = [min(round(one * self._hop * self._step), n - 1) for one in heard]
        values = piece(recording, Span(begins[0], min(begins[-1] + self._heard, n)), self._features)
        if missing := max(0, begins[-1] + self._heard - n):
            beyond = np.zeros_like(values[-1:]) if self._silent else values[-1:]
            values = np.concatenate([values, np.repeat(beyond, missing, axis=0)])
        windows = [values[begin - begins[0] : begin - begins[0] + self._heard] for begin in begins]
        total = np.zeros((len(span), self.n_values), np.float32)
        count = np.zeros((len(span), 1), np.float32)
        for at in range(0, len(windows), WINDOWS_AT_ONCE):
            found = np.asarray(self._run(np.stack(windows[at : at + WINDOWS_AT_ONCE]).astype(np.float32)), np.float32)
            for number, one in zip(heard[at:], found.reshape(len(found), self._per, -1), strict=False):
                place = number * self._hop - span.first
                inside = slice(max(place, 0), min(place + self._per, len(span)))
                total[inside] += one[inside.start - place : inside.stop - place]
                count[inside] += 1
        return total / count


def open_hearing(settings: Mapping[str, Any]) -> Hearing:
    """Return the network that settings name.

    Parameters
    ----------
    settings : mapping
        window_s; `features` (those of an embedding) with `located` (where its network's file lies), or `experiment`,
        `member` (the fingerprint of its network) and `package` (the package's folder).

    Raises
    ------
    CanopyError
        A file is missing or not the one that was planned.
    """
    if settings.get("features"):
        told = {**settings["features"], **settings["located"]}
        return Pretrained(section(EmbeddingFeatures, told, "features"), settings["window_s"])
    return open_trunk(settings["package"], settings["experiment"], settings["member"], settings["window_s"])


def open_trunk(package: str | os.PathLike[str], experiment: str, planned: str, window_s: float) -> Trunk:
    """Return the first network of an experiment of a package, without its head."""
    from canopy.models.build import load_model
    from canopy.models.heard import headless

    manifest = read_manifest(package)
    member = next((one for one in manifest.members if one.experiment == experiment), None)
    if member is None or manifest.network(member) != planned:
        raise CanopyError(
            f"the package in {package} has changed since this run was planned: leave it alone while it is searched "
            "with, and run the same command again"
        )
    features = heard_by(member, package)
    model, weights = member.networks()[0]
    return Trunk(headless(load_model(Path(package, model), Path(package, weights))), features, window_s)
