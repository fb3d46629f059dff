"""Learning rates by step."""

import keras
import numpy as np
import pytest

from canopy.schedules import warmup_cosine


def rates(n_steps: int, warmup_share: float, peak: float = 2.0) -> list[float]:
    return [warmup_cosine(step, n_steps=n_steps, peak=peak, warmup_share=warmup_share) for step in range(n_steps)]


def test_a_worked_example() -> None:
    assert rates(8, 0.5) == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0, 1 + np.sqrt(0.5), 1.0, 1 - np.sqrt(0.5)])


def test_after_the_warm_up_it_is_the_cosine_of_keras() -> None:
    oracle = keras.optimizers.schedules.CosineDecay(2.0, decay_steps=90)
    assert rates(100, 0.1)[10:] == pytest.approx([float(oracle(step)) for step in range(90)], abs=1e-6)


def test_it_climbs_to_the_peak_then_falls_to_nearly_nothing() -> None:
    found = rates(1000, 0.1, peak=3e-3)
    assert max(found) == found[99] == found[100] == 3e-3
    assert np.all(np.diff(found[:100]) > 0)
    assert np.all(np.diff(found[100:]) < 0)
    assert 0 < found[-1] < 1e-7


@pytest.mark.parametrize(("n_steps", "warmup_share"), [(1, 0.0), (1, 1.0), (2, 0.1), (7, 0.0), (7, 1.0)])
def test_every_step_of_any_training_has_a_rate(n_steps: int, warmup_share: float) -> None:
    found = rates(n_steps, warmup_share)
    assert all(0 < rate <= 2.0 for rate in found)
    assert max(found) == 2.0
