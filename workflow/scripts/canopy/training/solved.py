"""Heads on embeddings whose weights follow from the examples, without steps: logistic regression and prototypes.

An example is a frame of a training window, as an epoch visits them. What a species is in it is what `Windows` says:
present, absent, or unknown, which counts as absent with the weight that the loss's settings give it. Frames of a window
share the weight of one example, as they are much alike.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from canopy.config.training import Training
from canopy.models.heads import CONTEXT
from canopy.training.targets import ABSENT, PRESENT, SOMEWHERE, UNKNOWN
from canopy.training.windows import Windows

STRENGTHS = tuple(10.0**power for power in (-3, -2, -1, 0, 1))
"""Inverses of the penalty that cross-validation chooses from."""
PARTS = 3
"""Parts of the recordings for cross-validation."""
SHARPNESS = 10.0
"""What the cosine is multiplied with; calibration settles what the logits are worth."""


class Examples(NamedTuple):
    """Frames, what they are, and which recordings they are of.

    Attributes
    ----------
    values : numpy.ndarray
        Shape `(n, n_bins)`, float32, standardised.
    labels : numpy.ndarray
        Shape `(n, n_species)`, int8, as of `canopy.training.targets`.
    window : numpy.ndarray
        Shape `(n,)`: the window that a frame is of.
    recording : numpy.ndarray
        Shape `(n,)`: the number of its recording.
    """

    values: np.ndarray
    labels: np.ndarray
    window: np.ndarray
    recording: np.ndarray


def solve(model: Any, windows: Windows, settings: Training) -> float:
    """Set the weights of a network without a trunk from the examples of an epoch.

    Parameters
    ----------
    model : keras.Model
        With its statistics set, and the layer `frames`.
    windows : Windows
    settings : Training

    Returns
    -------
    float
        The mean binary cross entropy of the known frames.
    """
    found = examples(windows, seen(model))
    make = prototypes if settings.model.head == "prototypes" else logistic
    kernel, bias = make(found, unknown_weight=settings.loss.unknown_weight)
    model.get_layer("frames").set_weights([kernel.astype(np.float32), bias.astype(np.float32)])
    values = unit(found.values) if settings.model.head == "prototypes" else found.values
    logits = values @ kernel + bias
    known = (found.labels == PRESENT) | (found.labels == ABSENT)
    wrong = np.logaddexp(0, np.where(found.labels == PRESENT, -logits, logits))
    return float(wrong[known].mean()) if known.any() else 0.0


def seen(model: Any) -> list[Callable[[Any], Any]]:
    """Return the layers of a network before the one that is solved for, but for the bringing to unit length."""
    return [layer for layer in model.layers if layer.name in ("standardize", CONTEXT)]


def examples(windows: Windows, through: Sequence[Callable[[Any], Any]]) -> Examples:
    """Return the frames of the windows that the first epoch visits, passed through some layers."""
    visits, rng = windows.visits(0)
    number = {name: place for place, name in enumerate(windows.labels.recording_ids)}
    boxes = [box for shown in visits for box in shown]
    parts = []
    for first in range(0, len(boxes), windows.batch_size):
        some = boxes[first : first + windows.batch_size]
        batch = windows.gather(some, rng)
        values = reduce(lambda passed, layer: layer(passed), through, batch.features.astype(np.float32))
        parts.append((np.asarray(values), batch.frames, [number[name] for name, _, _ in some]))
    n_frames = windows.n_frames
    recordings = np.concatenate([names for _, _, names in parts])
    return Examples(
        np.concatenate([values for values, _, _ in parts]).reshape(-1, windows.store.n_bins),
        np.concatenate([labels for _, labels, _ in parts]).reshape(-1, len(windows.labels.species)),
        np.repeat(np.arange(len(boxes)), n_frames),
        np.repeat(recordings, n_frames),
    )


def unit(values: np.ndarray) -> np.ndarray:
    """Bring rows to unit length."""
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)


def prototypes(found: Examples, *, unknown_weight: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of nearest prototypes: of each species, the direction of its frames' mean.

    A species without examples has none, and scores alike everywhere.

    Returns
    -------
    kernel, bias : numpy.ndarray
        Shapes `(n_bins, n_species)` and `(n_species,)`.

    References
    ----------
    Snell, Swersky and Zemel 2017, "Prototypical networks for few-shot learning", with the cosine for distance.
    """
    directions = unit(found.values)
    kernel = np.zeros((found.values.shape[1], found.labels.shape[1]))
    for species in range(kernel.shape[1]):
        chosen = _present(found.labels[:, species])
        if chosen.any():
            kernel[:, species] = unit(directions[chosen].mean(axis=0)[None])[0]
    return SHARPNESS * kernel, np.full(kernel.shape[1], -SHARPNESS / 2)


def logistic(
    found: Examples, *, unknown_weight: float, strengths: Sequence[float] = STRENGTHS
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of one logistic regression per species, whose strength cross-validation chose for all.

    The parts are of whole recordings. What is compared is the weighed loss of all species together, so that one with
    few examples gets the strength that suits the others. Of a single strength, nothing is compared.

    Returns
    -------
    kernel, bias : numpy.ndarray
        As of `prototypes`.
    """
    names = np.unique(found.recording)
    part = {name: place % PARTS for place, name in enumerate(np.random.default_rng(0).permutation(names).tolist())}
    parts = np.array([part[name] for name in found.recording.tolist()])
    losses = np.zeros(len(strengths))
    for held in range(min(PARTS, len(names))) if len(names) > 1 and len(strengths) > 1 else []:
        for place, strength in enumerate(strengths):
            for species in range(found.labels.shape[1]):
                losses[place] += _held_out_loss(found, species, parts == held, strength, unknown_weight)
    strength = strengths[int(np.argmin(losses))] if losses.any() or len(strengths) == 1 else 1e-2
    every = np.ones(len(found.window), bool)
    weights = [_fitted(found, species, every, strength, unknown_weight) for species in range(found.labels.shape[1])]
    return np.stack([kernel for kernel, _ in weights], axis=1), np.array([bias for _, bias in weights])


def _held_out_loss(found: Examples, species: int, held: np.ndarray, strength: float, unknown_weight: float) -> float:
    kernel, bias = _fitted(found, species, ~held, strength, unknown_weight)
    target, weight = _weighed(found, species, unknown_weight)
    logits = found.values[held] @ kernel + bias
    return float(weight[held] @ np.logaddexp(0, np.where(target[held], -logits, logits)))


def _fitted(
    found: Examples, species: int, chosen: np.ndarray, strength: float, unknown_weight: float
) -> tuple[np.ndarray, float]:
    """Return the weights and the bias of one species; where its examples are of one kind, the logit of their share."""
    from sklearn.linear_model import LogisticRegression

    target, weight = _weighed(found, species, unknown_weight)
    used = chosen & (weight > 0)
    share = (weight[used] @ target[used] + 1) / (weight[used].sum() + 2)
    if len(np.unique(target[used])) < 2:
        return np.zeros(found.values.shape[1]), float(np.log(share / (1 - share)))
    model = LogisticRegression(C=strength, max_iter=300)
    model.fit(found.values[used], target[used], sample_weight=weight[used])
    return model.coef_[0], float(model.intercept_[0])


def _weighed(found: Examples, species: int, unknown_weight: float) -> tuple[np.ndarray, np.ndarray]:
    labels = found.labels[:, species]
    weight = np.where(labels == UNKNOWN, unknown_weight, 1.0)
    weight[labels == SOMEWHERE] = 0.0
    present = _present(labels)
    weight[present] = 1.0
    return present, weight / np.bincount(found.window)[found.window]


def _present(labels: np.ndarray) -> np.ndarray:
    """Return which frames a species is in: those of its boxes or, where no times are known, those it may be in."""
    present = labels == PRESENT
    return present if present.any() else labels == SOMEWHERE
