"""The share of clips whose own class scores highest, against scikit-learn."""

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import accuracy_score

from canopy.evaluation.metrics.bootstrap import bayesian_weights
from canopy.evaluation.metrics.measures.accuracy import accuracy_rows

N_CLIPS, N_SPECIES = 60, 5
RNG = np.random.default_rng(4)
CLASS = RNG.integers(0, N_SPECIES, N_CLIPS)
TRUTH = np.eye(N_SPECIES, dtype=bool)[CLASS]
LOGITS = RNG.normal(size=TRUTH.shape) + 1.5 * TRUTH
KNOWN = np.ones_like(TRUTH)


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    return bayesian_weights([str(one) for one in range(N_CLIPS)], n_replicates=200, seed=1)


def test_accuracy_is_scikit_learns_with_an_interval_around_it(weights: np.ndarray) -> None:
    (table,) = accuracy_rows(TRUTH, LOGITS, KNOWN, weights)
    row = table.iloc[0]
    assert row["value"] == pytest.approx(accuracy_score(CLASS, LOGITS.argmax(axis=1)))
    assert row["low"] < row["value"] < row["high"]
    assert (row["metric"], row["species"], row["n"]) == ("accuracy", "", N_CLIPS)


def test_a_tie_for_the_highest_score_is_no_hit(weights: np.ndarray) -> None:
    (table,) = accuracy_rows(TRUTH, np.zeros_like(LOGITS), KNOWN, weights)
    assert table["value"].item() == 0


@pytest.mark.parametrize("case", ["two labels", "no label", "not reviewed", "no recordings"])
def test_there_is_no_accuracy_where_a_recording_has_not_exactly_one_known_label(case: str, weights: np.ndarray) -> None:
    truth, known = TRUTH.copy(), KNOWN.copy()
    if case == "two labels":
        truth[3] = [True, True, False, False, False]
    elif case == "no label":
        truth[3] = False
    elif case == "not reviewed":
        known[3, 0] = False
    n = 0 if case == "no recordings" else N_CLIPS
    assert accuracy_rows(truth[:n], LOGITS[:n], known[:n], weights[:n]) == []


def test_ten_of_ten_is_not_certainty() -> None:
    (table,) = accuracy_rows(TRUTH[:10], 9.0 * TRUTH[:10], KNOWN[:10], bayesian_weights(range(10), n_replicates=4000))
    assert table["value"][0] == 1.0
    assert table["low"][0] == pytest.approx(scipy.stats.beta.ppf(0.025, 10.5, 0.5), abs=0.02)  # 0.78
