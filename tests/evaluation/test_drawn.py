"""What verdicts on a sample say of all: against the truth of made-up detections, of which all are known."""

import numpy as np
import pandas as pd
import pytest

from canopy.evaluation.calibration.drawn import share_of, weights
from simulated_reviews import simulate


@pytest.mark.parametrize("counts", [(0, 0, 60), (20, 20, 20)])
def test_precision_is_unbiased_and_its_interval_keeps_its_promise(counts: tuple[int, int, int]) -> None:
    error, held = simulate(100, counts, 0.8)
    assert abs(error) < 0.02
    assert held >= 0.88


def test_a_verdict_stands_for_as_many_as_its_chance_says_and_for_those_without_a_verdict() -> None:
    sample = pd.DataFrame(
        {"round": 1, "chance": [1.0, 0.25, 0.25, 0.25], "judged": [True, True, True, False]},
    )
    np.testing.assert_allclose(weights(sample), [1, 6, 6, 0])


def test_what_was_seen_is_known() -> None:
    yes = np.array([True, True, False])
    assert share_of(yes, np.ones(3), 3) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert np.isnan(share_of(yes, np.ones(3), 10)).all()
    share = share_of(yes, np.array([1.0, 4.5, 4.5]), 10)
    assert share.precision == pytest.approx((2 + 7 * 0.5) / 10)
    assert 0.2 <= share.low < share.precision < share.high <= 0.9
