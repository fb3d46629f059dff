"""Learning rates and averaging by step."""

import keras
import numpy as np
import pytest

from canopy.config.optimizer import Optimizer
from canopy.training.schedules import average_weight, learning_rate


def rates(n_steps: int, schedule: str = "warmup_cosine", peak: float = 2.0, **settings: float) -> list[float]:
    how = Optimizer.model_validate({"schedule": schedule, "learning_rate": peak, **settings})
    return [learning_rate(step, n_steps=n_steps, settings=how) for step in range(n_steps)]


def test_a_worked_example_of_warm_up_and_cosine() -> None:
    expected = [0.5, 1.0, 1.5, 2.0, 2.0, 1 + np.sqrt(0.5), 1.0, 1 - np.sqrt(0.5)]
    assert rates(8, warmup_share=0.5) == pytest.approx(expected)


def test_after_the_warm_up_it_is_the_cosine_of_keras() -> None:
    oracle = keras.optimizers.schedules.CosineDecay(2.0, decay_steps=90)
    assert rates(100, warmup_share=0.1)[10:] == pytest.approx([float(oracle(step)) for step in range(90)], abs=1e-6)


def test_it_climbs_to_the_peak_then_falls_to_nearly_nothing() -> None:
    found = rates(1000, peak=3e-3, warmup_share=0.1)
    assert max(found) == found[99] == found[100] == 3e-3
    assert np.all(np.diff(found[:100]) > 0)
    assert np.all(np.diff(found[100:]) < 0)
    assert 0 < found[-1] < 1e-7


@pytest.mark.parametrize(("n_steps", "warmup_share"), [(1, 0.0), (1, 1.0), (2, 0.1), (7, 0.0), (7, 1.0)])
def test_every_step_of_any_training_has_a_rate(n_steps: int, warmup_share: float) -> None:
    found = rates(n_steps, warmup_share=warmup_share)
    assert all(0 < rate <= 2.0 for rate in found)
    assert max(found) == 2.0


def test_a_worked_example_of_triangles() -> None:
    expected = [0.5, 1.25, 2.0, 1.25] * 2
    assert rates(8, "triangular", cycles=2, lowest_share=0.25) == pytest.approx(expected)


def test_triangles_that_shrink_at_every_step() -> None:
    plain = np.array(rates(40, "triangular", cycles=4))
    shrinking = np.array(rates(40, "exp_range", cycles=4, cycle_decay=0.5))
    np.testing.assert_allclose(shrinking, plain * 0.5 ** (np.arange(40) / 10))


def test_warm_restarts_are_those_of_keras() -> None:
    """Keras counts in steps of the first cycle: cycles of 10, 20 and 40 steps, each half as high as the one before."""
    oracle = keras.optimizers.schedules.CosineDecayRestarts(2.0, first_decay_steps=10, t_mul=2.0, m_mul=0.5)
    found = rates(70, "sgdr", cycles=3, cycle_growth=2.0, cycle_decay=0.5)
    assert found == pytest.approx([float(oracle(step)) for step in range(70)], abs=1e-5)


def test_a_constant_rate_stays() -> None:
    assert rates(5, "constant") == [2.0] * 5


def test_cycles_that_do_not_fit_into_the_epochs_are_refused() -> None:
    with pytest.raises(ValueError, match="4 cycles do not fit into 3 epochs"):
        Optimizer(schedule="sgdr", epochs=3)


def averaged(values: list[float], **settings: object) -> float:
    how = Optimizer.model_validate(settings)
    average = 0.0
    for step, value in enumerate(values):
        weight = average_weight(step, n_steps=len(values), settings=how)
        average = weight * average + (1 - weight) * value
    return average


def test_stochastic_weight_averaging_is_the_mean_of_the_last_steps() -> None:
    values = np.random.default_rng(1).normal(size=41).tolist()
    assert averaged(values, average="swa", average_share=0.25) == pytest.approx(np.mean(values[-10:]))
    assert averaged(values, average="swa", average_share=1.0) == pytest.approx(np.mean(values))


def test_the_moving_average_forgets_at_its_decay_and_its_first_steps_soon() -> None:
    late = average_weight(5000, n_steps=10000, settings=Optimizer(average_decay=0.99))
    assert late == 0.99
    assert average_weight(0, n_steps=10000, settings=Optimizer()) == 0.1


def test_without_averaging_the_last_step_counts() -> None:
    assert averaged([3.0, 1.0, 7.0], average="none") == 7.0
