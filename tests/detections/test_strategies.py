"""Which clips a draw takes, and how likely each was."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from canopy.detections.review.choose import choose
from canopy.detections.review.strategies.diverse import k_centres
from canopy.detections.review.strategies.registry import STRATEGIES
from canopy.detections.review.strategies.stratified import shared_out
from canopy.runtime.errors import CanopyError

NAMES = [strategy.name for strategy in STRATEGIES]


def detections(n: int, species: str = "owl", folder: Path = Path("x")) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording_id": [f"r{number % 3}" for number in range(n)],
            "path": [str(folder / f"r{number % 3}.flac") for number in range(n)],
            "species": species,
            "onset_s": [1.0 + number for number in range(n)],
            "offset_s": [1.5 + number for number in range(n)],
            "score": 1.0,
            "probability": np.linspace(0.5, 0.99, n),
            "threshold": 0.5,
        }
    )


def drawn(table: pd.DataFrame, *, seed: int = 1, budget: int | None = None, **counts: int) -> pd.DataFrame:
    parts: list[tuple[pd.DataFrame, Mapping[str, int]]] = [(mine, counts) for _, mine in table.groupby("species")]
    return choose(parts, seed=seed, budget=budget)


def test_each_strategy_draws_of_what_is_left() -> None:
    found = drawn(detections(60), top=3, uncertain=4, diverse=2, stratified=5, random=6)
    assert found["why"].value_counts().to_dict() == {
        "top": 3,
        "uncertain": 4,
        "diverse": 2,
        "stratified": 5,
        "random": 6,
    }
    assert not found.duplicated(["recording_id", "onset_s"]).any()
    of = {why: rows["onset_s"].tolist() for why, rows in found.groupby("why")}
    assert of["top"] == [60.0, 59.0, 58.0]
    assert of["uncertain"] == [4.0, 3.0, 2.0, 1.0]
    assert all(5 <= onset_s <= 24 for onset_s in of["diverse"])


def test_a_species_with_few_detections_has_them_all_drawn_for_sure() -> None:
    both = pd.concat([detections(2, "wren"), detections(30)], ignore_index=True)
    found = drawn(both, top=10, uncertain=10, random=10)
    assert found.groupby("species").size().to_dict() == {"owl": 30, "wren": 2}
    assert (found["chance"] == 1).all()
    assert choose([], seed=1).empty


def test_the_draw_depends_on_its_seed_and_new_detections_hardly_change_it() -> None:
    def of(table: pd.DataFrame, seed: int) -> set[float]:
        return set(drawn(table, seed=seed, random=10)["onset_s"])

    assert of(detections(40), 1) == of(detections(40).sample(frac=1, random_state=3), 1)
    assert of(detections(40), 1) != of(detections(40), 2)
    assert len(of(detections(40), 1) & of(detections(42), 1)) >= 8


@pytest.mark.parametrize(
    "counts",
    [
        {"top": 3, "uncertain": 3, "random": 6},
        {"top": 2, "diverse": 2, "stratified": 8, "random": 5},
    ],
)
def test_a_clips_chance_is_the_share_of_draws_that_take_it(counts: dict[str, int]) -> None:
    table, n_draws = detections(40), 60
    taken, told = np.zeros(40), np.full(40, np.nan)
    for seed in range(n_draws):
        found = drawn(table, seed=seed, **counts)
        at = found["onset_s"].to_numpy(int) - 1
        taken[at] += 1
        told[at] = found["chance"]
        assert (found["of"] == 40).all()
    ever = taken > 0
    spread = np.sqrt(told[ever] * (1 - told[ever]) / n_draws)
    assert (np.abs(taken[ever] / n_draws - told[ever]) <= 4.5 * spread + 1e-12).all()
    assert ever.sum() > 30


def test_a_budget_gives_every_species_and_strategy_a_share() -> None:
    both = pd.concat([detections(40, "wren"), detections(40)], ignore_index=True)
    found = drawn(both, top=10, random=10, budget=13)
    assert len(found) == 13
    counts = found.groupby(["species", "why"]).size()
    assert counts.min() >= 3
    assert counts.max() <= 4


def test_centres_are_far_from_each_other() -> None:
    space = np.array([[0.0, 0], [0.1, 0], [0, 0.1], [10, 0], [10.1, 0], [0, 7]])
    assert k_centres(space, 3) == [0, 4, 5]
    assert sorted(k_centres(space, 99)) == [0, 1, 2, 3, 4, 5]
    assert k_centres(np.zeros((4, 2)), 4) == [0, 1, 2, 3]


def test_bands_share_alike_and_what_one_lacks_goes_to_the_others() -> None:
    assert shared_out(10, np.array([2, 50, 50])) == [2, 4, 4]
    assert shared_out(99, np.array([2, 1])) == [2, 1]
    assert shared_out(1, np.array([4, 4])) == [1, 0]


def test_a_stratified_draw_takes_as_many_of_each_band() -> None:
    table = detections(200).assign(probability=lambda rows: 1 / (1 + np.exp(-(np.linspace(0, 1, 200) ** 3) * 10)))
    found = drawn(table, stratified=20)
    log_odds = np.log(found["probability"] / (1 - found["probability"]))
    assert np.histogram(log_odds, bins=5, range=(0, 10))[0].tolist() == [4, 4, 4, 4, 4]


def test_lots_are_not_read_off_the_order_of_what_is_shown() -> None:
    """The first half of what was drawn by lot is a random half of it, and not its most probable one."""
    halves = [drawn(detections(60), seed=seed, random=20)["onset_s"].to_numpy() for seed in range(40)]
    assert np.mean([one[:10].mean() - one[10:].mean() for one in halves]) == pytest.approx(0, abs=4)


def test_names_of_strategies_are_settings() -> None:
    from canopy.config.loading import load

    assert set(NAMES) <= set(type(load({}).review).model_fields)
    with pytest.raises(CanopyError, match=r"unknown key 'review.borderline'"):
        load({"review": {"borderline": 3}})
