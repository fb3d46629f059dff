"""The networks of a package, and the scores of a chunk of a recording."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from canopy.apply.audio import Recording
from canopy.apply.frames import Span, frames_between, needed, with_context
from canopy.apply.kept import Chunk
from canopy.config.features import MelFeatures
from canopy.config.prediction import Prediction
from canopy.config.settings import section
from canopy.features.mel import log_mel
from canopy.inference import score_recordings
from canopy.models.build import load_model
from canopy.package.manifest import Manifest, Member


class Network:
    """One network, which scores features piece by piece."""

    def __init__(self, model: keras.Model, prediction: Prediction) -> None:
        self.window = int(model.input_shape[1])
        self.hop = max(1, round(self.window * (1 - prediction.overlap)))
        self._next: NDArray[np.float32] | None = None
        self._scores = score_recordings(
            model, self._pieces(), overlap=prediction.overlap, batch_size=prediction.batch_size, frame_share=0.0
        )

    def _pieces(self) -> Iterator[tuple[str, np.ndarray]]:
        while self._next is not None:
            yield "piece", self._next

    def score(self, features: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the highest clipwise logits `(n_species,)` and the framewise logits `(n_frames, n_species)`."""
        self._next = features
        _, clip, frames = next(self._scores)
        return clip, frames


@dataclass(frozen=True)
class Loaded:
    """A member with its networks."""

    member: Member
    features: MelFeatures
    networks: list[Network]


class Networks:
    """All networks of a package.

    Parameters
    ----------
    package : path-like
    manifest : Manifest
        Of that package.
    """

    def __init__(self, package: str | os.PathLike[str], manifest: Manifest) -> None:
        root = Path(package)
        self.members = []
        for member in manifest.members:
            prediction = section(Prediction, member.prediction, f"{package}: prediction")
            features = section(MelFeatures, member.features, f"{package}: features")
            models = [load_model(root / model, root / weights) for model, weights in member.networks()]
            self.members.append(Loaded(member, features, [Network(model, prediction) for model in models]))
        self.grid = min((loaded.features for loaded in self.members), key=lambda features: features.hop_s)
        self.n_species = len(manifest.species)

    def score(self, recording: Recording, start_s: int, end_s: int | None) -> Chunk:
        """Score the part of a recording from `start_s` to `end_s` (None: to its end).

        The framewise logits are those of scoring the recording whole: each network sees as much around the
        part as reaches into it.
        """
        wanted = frames_between(start_s, end_s, self.grid, n_frames(recording, self.grid))
        total = np.zeros((len(wanted), self.n_species), np.float32)
        clips, peaks = [], []
        known: dict[tuple[MelFeatures, Span], NDArray[np.float32]] = {}
        for loaded in self.members:
            settings = loaded.features
            n_all = n_frames(recording, settings)
            mine = needed(wanted, self.grid.hop_s, settings.hop_s, n_all)
            mean = np.zeros((len(mine), self.n_species), np.float32)
            for network in loaded.networks:
                seen = with_context(mine, window=network.window, hop=network.hop, n_frames=n_all)
                if (settings, seen) not in known:
                    known[settings, seen] = piece(recording, seen, settings)
                clip, frames = network.score(known[settings, seen])
                inside = frames[mine.first - seen.first : mine.last - seen.first]
                mean += inside / len(loaded.networks)
                clips.append(clip)
                peaks.append(inside.max(axis=0))
            total += np.float32(loaded.member.coefficient) * on_grid(
                mean, mine, settings.hop_s, wanted, self.grid.hop_s
            )
        return Chunk(total.astype(np.float16), np.stack(clips), np.stack(peaks))


def n_frames(recording: Recording, features: MelFeatures) -> int:
    """Return the number of frames that a recording has."""
    return 1 + recording.length(features.sample_rate_hz) // features.hop_samples


def piece(recording: Recording, span: Span, features: MelFeatures) -> NDArray[np.float32]:
    """Return some frames of a recording's features, as computing them over the whole recording gives them."""
    hop, reach = features.hop_samples, features.n_fft
    before = min(-(-reach // hop), span.first)
    last = min((span.last - 1) * hop + reach, recording.length(features.sample_rate_hz))
    audio = recording.read((span.first - before) * hop, last, features.sample_rate_hz)
    return log_mel(audio, features)[before : before + len(span)]


def on_grid(
    logits: NDArray[np.float32], span: Span, hop_s: float, grid: Span, grid_hop_s: float
) -> NDArray[np.float32]:
    """Interpolate logits of the frames `span` linearly to the frame centres of another grid; the ends are held."""
    if hop_s == grid_hop_s and span == grid:
        return logits
    position = np.arange(grid.first, grid.last) * (grid_hop_s / hop_s)
    position = np.clip(position - span.first, 0, len(logits) - 1)
    left = position.astype(int)
    right = np.minimum(left + 1, len(logits) - 1)
    share = (position - left).astype(np.float32)[:, None]
    return logits[left] * (1 - share) + logits[right] * share
