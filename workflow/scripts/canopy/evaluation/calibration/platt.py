"""A logistic curve through confirmed and refuted examples."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def fit_platt(
    logits: Floats, positive: Flags, weight: Floats | None = None, *, max_steps: int = 100
) -> tuple[float, float]:
    """Fit `P(positive) = expit(scale * logit + offset)`.

    Platt, 2000, "Probabilities for SV machines", with its targets `(n_positive + 1) / (n_positive + 2)` and
    `1 / (n_negative + 2)`, which keep the curve finite where the examples are separable; by Newton's method with step
    halving (Lin, Lin and Weng, 2007, "A note on Platt's probabilistic outputs").

    Parameters
    ----------
    logits : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
        Both kinds must occur.
    weight : ndarray, shape (n,), optional
        How many examples each one stands for; the numbers of either kind are sums of these. One each without it.
    max_steps : int

    Returns
    -------
    scale, offset : float
        The scale is negative where high logits go with refuted examples.
    """
    mass = np.ones(len(logits)) if weight is None else np.asarray(weight, dtype=float)
    logits, positive, mass = logits[mass > 0], positive[mass > 0], mass[mass > 0]
    n_positive, n_negative = float(mass[positive].sum()), float(mass[~positive].sum())
    if not n_positive or not n_negative:
        raise ValueError("both kinds of examples are needed")
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    centre = float(np.average(logits, weights=mass))
    spread = float(np.sqrt(np.average((logits - centre) ** 2, weights=mass))) or 1.0
    design = np.stack([(logits - centre) / spread, np.ones(len(logits))], axis=1)
    line = np.array([0.0, np.log((n_positive + 1) / (n_negative + 1))])
    loss = _loss(design @ line, target, mass)
    for _ in range(max_steps):
        probability = expit(design @ line)
        gradient = design.T @ (mass * (probability - target))
        if np.abs(gradient).max() < 1e-9 * mass.sum():
            break
        curvature = (design * (mass * probability * (1 - probability))[:, None]).T @ design
        curvature += 1e-12 * mass.sum() * np.eye(2)
        step, size = np.linalg.solve(curvature, gradient), 1.0
        while (new := _loss(design @ (line - size * step), target, mass)) > loss and size > 1e-10:
            size /= 2
        if new > loss:
            break
        line, loss = line - size * step, new
    scale = line[0] / spread
    return float(scale), float(line[1] - scale * centre)


def _loss(values: Floats, target: Floats, mass: Floats) -> float:
    return float((mass * (np.logaddexp(0, values) - target * values)).sum())
