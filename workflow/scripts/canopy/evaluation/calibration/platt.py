"""A logistic curve through confirmed and refuted examples."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def sigmoid(values: Floats) -> Floats:
    """Return `1 / (1 + exp(-values))` without overflow."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1.0, small) / (1.0 + small)


def fit_platt(logits: Floats, positive: Flags, *, max_steps: int = 100) -> tuple[float, float]:
    """Fit `P(positive) = sigmoid(scale * logit + offset)`.

    Platt, 2000, "Probabilities for SV machines", with its targets `(n_positive + 1) / (n_positive + 2)` and
    `1 / (n_negative + 2)`, which keep the curve finite where the examples are separable; by Newton's method with step
    halving (Lin, Lin and Weng, 2007, "A note on Platt's probabilistic outputs").

    Parameters
    ----------
    logits : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
        Both kinds must occur.
    max_steps : int

    Returns
    -------
    scale, offset : float
        The scale is negative where high logits go with refuted examples.
    """
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        raise ValueError("both kinds of examples are needed")
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    centre, spread = float(logits.mean()), float(logits.std()) or 1.0
    design = np.stack([(logits - centre) / spread, np.ones(len(logits))], axis=1)
    line = np.array([0.0, np.log((n_positive + 1) / (n_negative + 1))])
    loss = _loss(design @ line, target)
    for _ in range(max_steps):
        probability = sigmoid(design @ line)
        gradient = design.T @ (probability - target)
        if np.abs(gradient).max() < 1e-9 * len(logits):
            break
        weight = probability * (1 - probability)
        curvature = (design * weight[:, None]).T @ design + 1e-12 * len(logits) * np.eye(2)
        step, size = np.linalg.solve(curvature, gradient), 1.0
        while (new := _loss(design @ (line - size * step), target)) > loss and size > 1e-10:
            size /= 2
        if new > loss:
            break
        line, loss = line - size * step, new
    scale = line[0] / spread
    return float(scale), float(line[1] - scale * centre)


def _loss(values: Floats, target: Floats) -> float:
    return float((np.logaddexp(0, values) - target * values).sum())
