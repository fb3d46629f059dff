"""The networks of a package, and the scores of a chunk of a recording."""

import os
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from canopy.config.features import FeatureSet
from canopy.config.prediction import Prediction
from canopy.config.settings import section
from canopy.data.audio.decoding import Recording
from canopy.features.pieces import Span, frames_between, n_frames
from canopy.features.units import UNITS
from canopy.inference.apply.features import piece
from canopy.inference.apply.frames import needed, reaching, with_context
from canopy.inference.apply.kept import Chunk
from canopy.inference.interpolation import on_grid
from canopy.inference.scorer import Scorer
from canopy.models.build import load_model
from canopy.package.features import heard_by
from canopy.package.manifest import Manifest, Member

CHUNK_FRAMES = 1024
WINDOWS_AT_ONCE = 16
"""What passes through a network at once, which memory grows with; neither changes scores."""


@dataclass(frozen=True)
class Loaded:
    """A member with its networks."""

    member: Member
    features: FeatureSet
    networks: list[Scorer]


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
            features = heard_by(member, package)
            models = [load_model(root / model, root / weights) for model, weights in member.networks()]
            self.members.append(Loaded(member, features, [scorer(model, prediction, features) for model in models]))
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
        known: dict[tuple[FeatureSet, Span], NDArray[np.float32]] = {}
        for loaded in self.members:
            settings = loaded.features
            n_all = n_frames(recording, settings)
            mine = needed(wanted, self.grid.hop_s, settings.hop_s, n_all)
            mean = np.zeros((len(mine), self.n_species), np.float32)
            for network in loaded.networks:
                window, hop, context, _ = network.layout
                seen = with_context(mine, window=window, hop=hop, context=context, n_frames=n_all)
                if (settings, seen) not in known:
                    known[settings, seen] = piece(recording, seen, settings)
                starts, windows, frames = network.by_window(known[settings, seen])
                inside = frames[mine.first - seen.first : mine.last - seen.first]
                mean += inside / len(loaded.networks)
                clips.append(windows[reaching(starts + seen.first, window, mine)].max(axis=0))
                peaks.append(inside.max(axis=0))
            total += np.float32(loaded.member.coefficient) * on_grid(
                mean, mine.frames, settings.hop_s, wanted.frames, self.grid.hop_s
            )
        return Chunk(total.astype(np.float16), np.stack(clips), np.stack(peaks))


def scorer(model: keras.Model, prediction: Prediction, features: FeatureSet) -> Scorer:
    """Return a network that scores as the workflow's own prediction does."""
    return Scorer(
        model,
        overlap=prediction.overlap,
        batch_size=min(prediction.batch_size, WINDOWS_AT_ONCE),
        method=prediction.method,
        chunk_frames=CHUNK_FRAMES,
        silent=UNITS[features.unit].signal,
    )
