"""Learning rates and the averaging of weights, as functions of the step."""

import math

from canopy.config.optimizer import Optimizer


def learning_rate(step: int, *, n_steps: int, settings: Optimizer) -> float:
    """Return the learning rate of a step.

    Parameters
    ----------
    step : int
        From 0 to `n_steps - 1`.
    n_steps : int
        Steps of the whole training.
    settings : Optimizer
        The schedule, its peak and its cycles.

    Returns
    -------
    float
        From `lowest_share` of the peak to the peak.
    """
    name = settings.schedule
    if name == "warmup_cosine":
        height = warmup_cosine(step, n_steps=n_steps, warmup_share=settings.warmup_share)
    elif name == "triangular":
        height = cyclic(step, n_steps=n_steps, cycles=settings.cycles, decay=1.0)
    elif name == "exp_range":
        height = cyclic(step, n_steps=n_steps, cycles=settings.cycles, decay=settings.cycle_decay)
    elif name == "sgdr":
        growth, decay = settings.cycle_growth, settings.cycle_decay
        height = warm_restarts(step, n_steps=n_steps, cycles=settings.cycles, growth=growth, decay=decay)
    else:
        height = 1.0
    return settings.learning_rate * (settings.lowest_share + (1 - settings.lowest_share) * height)


def warmup_cosine(step: int, *, n_steps: int, warmup_share: float) -> float:
    """Climb linearly for a share of the steps, then come down half a cosine to zero.

    The descent is one cycle of Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts".

    Returns
    -------
    float
        From 0 to 1.
    """
    warmup = round(warmup_share * n_steps)
    if step < warmup:
        return (step + 1) / warmup
    return _cosine((step - warmup) / max(n_steps - warmup, 1))


def cyclic(step: int, *, n_steps: int, cycles: int, decay: float) -> float:
    """Climb and come down linearly in equal cycles (Smith 2017, "Cyclical learning rates").

    Parameters
    ----------
    step, n_steps : int
        Where in how many.
    cycles : int
        Cycles in all steps.
    decay : float
        The height after one cycle; it falls at every step (`exp_range`), or at 1 stays (`triangular`).

    Returns
    -------
    float
        From 0 to 1.
    """
    turn = step * cycles / n_steps
    return (1 - abs(2 * (turn % 1) - 1)) * decay**turn


def warm_restarts(step: int, *, n_steps: int, cycles: int, growth: float, decay: float) -> float:
    """Come down half a cosine in each cycle, and start the next one high again (SGDR, Loshchilov and Hutter 2017).

    Parameters
    ----------
    step, n_steps : int
        Where in how many.
    cycles : int
        Cycles in all steps.
    growth : float
        Length of a cycle over that of the one before.
    decay : float
        Peak of a cycle over that of the one before.

    Returns
    -------
    float
        From 0 to 1.
    """
    lengths = [growth**number for number in range(cycles)]
    position = step / n_steps * sum(lengths)
    for number, length in enumerate(lengths):
        if position < length:
            return decay**number * _cosine(position / length)
        position -= length
    return 0.0


def average_weight(step: int, *, n_steps: int, settings: Optimizer) -> float:
    """Return how much of the averaged weights stays when a step's weights join them.

    Parameters
    ----------
    step : int
        From 0 to `n_steps - 1`.
    n_steps : int
        Steps of the whole training.
    settings : Optimizer
        ema: the decay, shorter in the first steps so that the initial weights are soon forgotten. swa: the
        plain mean over the last `average_share` of the steps (Izmailov et al. 2018). none: nothing stays.

    Returns
    -------
    float
        From 0 to below 1.
    """
    if settings.average == "ema":
        return min(settings.average_decay, (1 + step) / (10 + step))
    if settings.average == "swa":
        joined = max(step - (n_steps - max(1, round(settings.average_share * n_steps))), 0)
        return joined / (joined + 1)
    return 0.0


def _cosine(progress: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * progress))
