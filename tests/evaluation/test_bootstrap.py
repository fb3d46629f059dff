"""The bootstrap: deterministic, by group, and its intervals cover."""

import numpy as np
import pytest
import scipy.stats

from canopy.evaluation.metrics.bootstrap import SHARE, Statistic, bayesian_weights, difference, groups_behind, interval
from coverage_of_intervals import coverage


def weighted_mean(values: np.ndarray) -> Statistic:
    """Return the statistic that is the mean of `values`."""
    return lambda weights: values @ weights / weights.sum(axis=0)


def test_the_same_seed_gives_the_same_weights_and_another_others() -> None:
    ids = [f"r{number}" for number in range(20)]
    first = bayesian_weights(ids, n_replicates=30, seed=7)
    np.testing.assert_array_equal(first, bayesian_weights(ids, n_replicates=30, seed=7))
    assert (first != bayesian_weights(ids, n_replicates=30, seed=8)).all()


def test_weights_follow_the_flat_dirichlet_distribution() -> None:
    n = 12
    weights = bayesian_weights(range(n), n_replicates=20_000, seed=1)
    np.testing.assert_allclose(weights.sum(axis=0), n)
    assert (weights > 0).all()
    # Of a flat Dirichlet over n: variance (n - 1) / (n^2 (n + 1)), covariance -1 / (n^2 (n + 1)).
    covariance = np.cov(weights / n)
    np.testing.assert_allclose(np.diag(covariance), (n - 1) / (n**2 * (n + 1)), rtol=0.1)
    assert covariance[~np.eye(n, dtype=bool)].mean() == pytest.approx(-1 / (n**2 * (n + 1)), rel=0.05)


def test_rows_of_a_group_share_its_weight_whatever_their_order() -> None:
    groups = np.array(["b", "a", "b", "c", "a"])
    weights = bayesian_weights(groups, n_replicates=9, seed=2)
    np.testing.assert_array_equal(weights[0], weights[2])
    np.testing.assert_array_equal(weights[1], weights[4])
    assert (weights[0] != weights[1]).all()
    order = [3, 0, 4, 2, 1]
    np.testing.assert_array_equal(bayesian_weights(groups[order], n_replicates=9, seed=2), weights[order])


def test_a_single_group_cannot_vary() -> None:
    np.testing.assert_array_equal(bayesian_weights(["a", "a"], n_replicates=4, seed=1), np.ones((2, 4)))
    assert bayesian_weights([], n_replicates=4, seed=1).shape == (0, 4)


def test_the_interval_is_made_of_the_replicates_percentiles() -> None:
    values = np.arange(30.0)
    weights = bayesian_weights(range(30), n_replicates=400, seed=3)
    replicates = [np.average(values, weights=column) for column in weights.T]
    found = interval(weighted_mean(values), weights)
    assert found.value == values.mean()
    # Expanded for thirty groups: Student's quantile, and the variance by 31 / 29.
    tail = 100 * scipy.stats.norm.cdf(scipy.stats.t.ppf(0.025, 29) * np.sqrt(31 / 29))
    assert 0 < tail < 2.5
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(replicates, [tail, 100 - tail])))
    narrow = interval(weighted_mean(values), weights, level=0.5)
    assert found.low < narrow.low < narrow.high < found.high


def test_a_vector_of_statistics_gets_an_interval_each() -> None:
    weights = bayesian_weights(range(10), n_replicates=50, seed=3)
    both = np.vstack([np.arange(10.0), np.full(10, np.nan)])
    found = interval(weighted_mean(both), weights)
    assert found.value.shape == found.low.shape == (2,)
    assert found.low[0] == interval(weighted_mean(both[0]), weights).low
    assert np.isnan([found.value[1], found.low[1], found.high[1]]).all()


def test_a_paired_difference_is_narrower_than_its_parts() -> None:
    rng = np.random.default_rng(1)
    hard = rng.normal(size=80)
    weights = bayesian_weights(range(80), n_replicates=400, seed=4)
    first, second = weighted_mean(hard + 0.1), weighted_mean(hard + rng.normal(scale=0.01, size=80))
    found = difference(first, second, weights)
    assert found.value == pytest.approx(0.1, abs=0.01)
    assert found.low > 0.09
    alone = interval(first, weights)
    assert alone.high - alone.low > 10 * (found.high - found.low)
    same = difference(first, first, weights)
    np.testing.assert_array_equal([same.value, same.low, same.high], [0, 0, 0])


def test_intervals_of_a_mean_are_as_wide_as_students() -> None:
    values = np.random.default_rng(2).normal(size=12)
    found = interval(weighted_mean(values), bayesian_weights(range(12), n_replicates=40_000, seed=5))
    expected = scipy.stats.t.interval(0.95, 11, values.mean(), scipy.stats.sem(values))
    assert found.high - found.low == pytest.approx(expected[1] - expected[0], rel=0.05)


def test_too_few_groups_have_no_interval_and_few_have_students() -> None:
    values = np.array([0.2, 0.9, 0.4, 0.7])
    for n in (1, 2):
        found = interval(weighted_mean(values[:n]), bayesian_weights(range(n), n_replicates=50))
        assert found.value == values[:n].mean()
        assert np.isnan([found.low, found.high]).all()
    found = interval(weighted_mean(values), bayesian_weights(range(4), n_replicates=20_000))
    expected = scipy.stats.t.interval(0.95, 3, values.mean(), scipy.stats.sem(values))
    assert [found.low, found.high] == pytest.approx(expected, abs=0.02)


def test_an_interval_rests_on_the_groups_behind_its_value() -> None:
    weights = bayesian_weights([*"aabbccdd"], n_replicates=60, seed=1)
    rows = np.array([[1, 1], [1, 0], [1, 0], [1, 0], [1, 0], [1, 1], [1, 0], [1, 0]])
    assert groups_behind(rows, weights).tolist() == [4, 2]
    both = np.vstack([np.arange(8.0), np.arange(8.0)])
    found = interval(weighted_mean(both), weights, behind=groups_behind(rows, weights))
    assert np.isfinite(found.low[0])
    assert np.isnan(found.low[1])


@pytest.mark.parametrize("n", [10, 60])
def test_a_score_that_is_right_every_time_has_the_interval_of_a_share(n: int) -> None:
    found = interval(weighted_mean(np.ones(n)), bayesian_weights(range(n), n_replicates=20_000), bounds=SHARE)
    assert [float(found.value), float(found.high)] == pytest.approx([1.0, 1.0], abs=0.01)
    tail = scipy.stats.norm.cdf(scipy.stats.t.ppf(0.025, n - 1) * np.sqrt((n + 1) / (n - 1)))
    assert found.low == pytest.approx(scipy.stats.beta.ppf(tail, n + 0.5, 0.5), abs=0.02)


@pytest.mark.parametrize("n", [3, 5, 10])
def test_intervals_of_few_recordings_cover(n: int) -> None:
    """Percentiles of the replicates alone cover 70 %, 88 % and 93 %; docs/evaluation.md has more sizes."""
    assert coverage(n, 150) >= 0.94


def test_intervals_of_lwlrap_cover_the_population_value() -> None:
    """docs/evaluation.md has 2,000 datasets of each size; here, 300, whose share varies by 2.5 % either way."""
    assert 0.915 <= coverage(80, 300) <= 0.98
    assert coverage(80, 100, by_row=True) < 0.92
