"""Hard places: reviewed time in which a network hears what is not there."""

from pathlib import Path

import numpy as np

from canopy.config.training import Crops
from canopy.training.hard_places import SPARE, found, n_kept, search, searches
from canopy.training.windows import Windows
from tiny import HOP_S, labels, make_store


def make(folder: Path) -> Windows:
    """Return windows of a call of 1 s, and of 20 minutes without one, whose features tell their frame in twenties."""
    places = np.repeat(np.arange(600.0), 20)[:, None] * np.ones((1, 2))
    store = make_store(folder, {"a": places[:100], "night": places})
    box = [("a", "s0", 4.0, 5.0, 1), ("night", "", np.nan, np.nan, 0)]
    how = {"hop_s": HOP_S, "batch_size": 8, "seed": 1}
    return Windows(store, labels(*box, reviewed="all"), Crops(window_s=2.0), **how)  # type: ignore[arg-type]


def owl_like(features: np.ndarray) -> np.ndarray:
    """Return the logits of a network that hears s1 in minutes 10 and 11 (frames 6000 to 7200)."""
    late = (features[:, 10, :1] >= 300) & (features[:, 10, :1] < 360)
    return np.concatenate([np.full(late.shape, 9.0), np.where(late, 3.0, -3.0), np.full(late.shape, -5.0)], axis=1)


def test_searches_are_made_at_the_quarters_and_never_after_the_last_epoch() -> None:
    assert searches(70) == [18, 35, 52]
    assert searches(4) == [1, 2, 3]
    assert searches(2) == [1]
    assert searches(1) == []


def test_the_places_that_are_kept_are_those_that_score_highest_for_an_absent_species(tmp_path: Path) -> None:
    windows = make(tmp_path)
    assert n_kept(windows.rest) == -(-windows.rest.n_windows // SPARE) == 76
    places = search(windows, lambda features: owl_like(features) - [[18.0, 0.0, 0.0]], epoch=3)
    assert places.shape == (76,)
    starts = np.array([windows.rest.window(place)[1] for place in places.tolist()])
    names = [windows.rest.window(place)[0] for place in places.tolist()]
    loud = (np.array(names) == "night") & (starts >= 599) & (starts <= 720)
    assert loud.sum() >= 55  # of the 607 places that were looked at, a tenth lies there
    assert loud[: loud.sum()].all(), "the highest come first"


def test_a_search_depends_on_seed_and_epoch_alone(tmp_path: Path) -> None:
    first, again, other = (search(make(tmp_path / str(n)), owl_like, epoch=epoch) for n, epoch in enumerate((3, 3, 4)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_before_the_first_search_there_are_no_hard_places() -> None:
    assert found(np.full(5, -1)).size == 0
    assert found(np.array([4, 0])).tolist() == [4, 0]
