"""Learning-rate schedules, as functions of the step."""

import math


def warmup_cosine(step: int, *, n_steps: int, peak: float, warmup_share: float) -> float:
    """Linear warm-up to the peak, then half a cosine down to zero (Loshchilov & Hutter 2017, one cycle).

    Parameters
    ----------
    step : int
        From 0 to `n_steps - 1`.
    n_steps : int
        Steps of the whole training.
    peak : float
        Highest rate.
    warmup_share : float
        Share of the steps that climb.

    Returns
    -------
    float
        The learning rate of this step.
    """
    warmup = round(warmup_share * n_steps)
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(n_steps - warmup, 1)
    return peak * 0.5 * (1 + math.cos(math.pi * progress))
