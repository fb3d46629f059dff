"""Write the tables of docs/recipe.md from whatever experiments of configs/ablation.yaml are finished.

    .venv/bin/python docs/ablation.py results-ablation /tmp/tuning

The first folder holds the results, the second the soundscapes with their complete truth. Of each experiment the network
of fold 0 counts. It may be called while the workflow runs: an experiment counts once both its subsets are scored.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from canopy.evaluation.ensemble.combine import spreads  # noqa: E402
from canopy.evaluation.metrics.bootstrap import bayesian_weights  # noqa: E402
from canopy.evaluation.metrics.ranking import RankedLabels  # noqa: E402
from canopy.evaluation.metrics.truth import label_matrix, read_truth  # noqa: E402
from canopy.inference.scores import read_scores, species_of, stack_scores  # noqa: E402
from canopy.runtime.files import write_text  # noqa: E402

Floats = NDArray[np.float64]
PAGE = ROOT / "docs" / "recipe.md"
BASE = "base"
INGREDIENTS = {
    "no_mask": "masked loss: what no box marks is absent",
    "no_event_crops": "windows that hold the event: they lie anywhere in the recording",
    "no_refuted": "windows around refuted boxes, and others around true ones instead",
    "more_passes": "nothing, and 70 passes over the true boxes in place of 50 (490 steps)",
    "no_mixup": "additive mixup",
    "band_mix": "additive mixup, and mixing of bands instead",
    "both_mixes": "nothing, and mixing of bands added",
    "no_specaugment": "SpecAugment",
    "no_equalizer": "random equalizer",
    "no_shift": "shift of frequency",
    "no_frame_loss": "loss of frames",
    "no_averaging": "averaged weights",
    "no_overlap": "overlap of windows at prediction",
    "taught": "half of the windows around true boxes, and pseudo-labels instead",
    "taught_longer": "nothing, and as many windows around pseudo-labels added (twice the steps)",
}
"""Experiments, and what of the recipe each lacks."""
MEMBERS = {
    BASE: "log-mel",
    "member_fine": "log-mel, finer in frequency",
    "member_pcen": "log-mel, normalised per channel",
    "member_cqt": "constant-Q",
    "member_waveform": "waveform",
}
SEEDS = 3
REPLICATES = 1000
NOT_RUN = "not yet run"


@dataclass(frozen=True)
class Effect:
    """A mean over seeds with its 95 % interval."""

    value: float
    low: float
    high: float
    n_seeds: int


def effect(by_seed: Floats, replicates: Floats, n_recordings: int) -> Effect:
    """Return the mean of figures over seeds, and an interval for other recordings and other seeds.

    The variance of the mean has two parts: what the bootstrap over recordings gives for the mean of these seeds
    (brought from the Bayesian bootstrap's `(n - 1) / (n + 1)` to the unbiased variance), and the variance between seeds
    over their number. How the two act together is in both parts, so that the interval is a little too wide. Student's
    quantile has the degrees of freedom of Welch and Satterthwaite: few seeds that differ much cost a wide interval. One
    seed alone says nothing of others; its interval is for recordings.

    Parameters
    ----------
    by_seed : ndarray, shape (n_seeds,)
    replicates : ndarray, shape (n_replicates,)
        The mean over the seeds, in each replicate of the bootstrap.
    n_recordings : int
    """
    of_recordings = float(np.var(replicates)) * (n_recordings + 1) / (n_recordings - 1)
    of_seeds = float(np.var(by_seed, ddof=1)) / len(by_seed) if len(by_seed) > 1 else 0.0
    total = of_recordings + of_seeds
    shares = of_recordings**2 / (n_recordings - 1) + of_seeds**2 / max(len(by_seed) - 1, 1)
    half = float(student.ppf(0.975, total**2 / shares)) * total**0.5 if total else 0.0
    value = float(by_seed.mean())
    return Effect(value, value - half, value + half, len(by_seed))


class Finished:
    """The finished networks of fold 0 in a folder of results, and their scores of one subset against complete truth.

    Parameters
    ----------
    results : pathlib.Path
    truth : pathlib.Path
        All events of the subset's recordings.
    subset : {"oof", "test"}
    """

    def __init__(self, results: Path, truth: Path, subset: str) -> None:
        self.results, self.subset = results, subset
        self.events = read_truth(truth)
        self._figures: dict[tuple[object, ...], Floats] = {}
        self.n_recordings = 0

    def seeds(self, variants: Sequence[str]) -> list[int]:
        """Return the seeds with which all of these experiments are finished, out of fold and on test."""
        found = []
        for seed in range(1, SEEDS + 1):
            names = [f"{variant}-seed_{seed}" for variant in variants]
            if all(self._scores(name, subset).exists() for name in names for subset in ("oof", "test")):
                found.append(seed)
        return found

    def figures(self, variants: Sequence[str], seed: int) -> Floats:
        """Return LWLRAP of the mean of experiments, (1 + REPLICATES,): as it is, and in each bootstrap replicate."""
        key = (*variants, seed)
        if key not in self._figures:
            names = [f"{variant}-seed_{seed}" for variant in variants]
            read = {subset: self._logits(names, subset) for subset in {"oof", self.subset}}
            ids, species, members = read[self.subset]
            unit = members / spreads(read["oof"][2])[:, None, None]
            truth = label_matrix(self.events, ids, species)
            drawn = bayesian_weights(ids, n_replicates=REPLICATES, seed=1)
            overall = RankedLabels.of(truth, unit.mean(axis=0)).overall
            self._figures[key] = np.append(overall(np.ones((len(ids), 1))), overall(drawn))
            self.n_recordings = len(ids)
        return self._figures[key]

    def _scores(self, name: str, subset: str) -> Path:
        return self.results / "experiments" / name / "fold0" / subset / "scores.csv"

    def _logits(self, names: Sequence[str], subset: str) -> tuple[list[str], list[str], Floats]:
        tables = {name: read_scores(self._scores(name, subset)) for name in names}
        ids, logits = stack_scores(tables)
        return ids, species_of(tables[names[0]]), logits

    def effect(self, variants: Sequence[str], against: Sequence[str] = ()) -> Effect | None:
        """Return LWLRAP of experiments combined, or what it has more than that of others; None where none is finished.

        Differences are taken seed by seed, on the same recordings with the same weights.
        """
        seeds = self.seeds([*variants, *against])
        if not seeds:
            return None
        found = np.array(
            [self.figures(variants, seed) - (self.figures(against, seed) if against else 0) for seed in seeds]
        )
        return effect(found[:, 0], found[:, 1:].mean(axis=0), self.n_recordings)


def level(found: Effect | None) -> str:
    # A symmetric interval of few recordings may reach beyond what a share can be.
    return NOT_RUN if found is None else f"{found.value:.3f} [{max(found.low, 0):.3f}, {min(found.high, 1):.3f}]"


def change(found: Effect | None) -> str:
    if found is None:
        return NOT_RUN
    text = f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return f"**{text}**" if found.low > 0 or found.high < 0 else text


def table(first: str, against: Sequence[str], rows: Mapping[str, Sequence[str]], by: Sequence[Finished]) -> str:
    """Return a table in Markdown: the whole recipe's LWLRAP, and the change of it in each row.

    Parameters
    ----------
    first : str
        The title of the first column.
    against : sequence of str
        The experiments of the whole recipe.
    rows : mapping of str to sequence of str
        The experiments of each row, by its text.
    by : sequence of Finished
        The subset of each column.
    """
    lines = [f"| {first} | test | out of fold | seeds |", "| --- | --- | --- | ---: |"]
    found = [one.effect(against) for one in by]
    lines.append(f"| nothing | {' | '.join(map(level, found))} | {_seeds(found)} |")
    for text, variants in rows.items():
        found = [one.effect(variants, against) for one in by]
        lines.append(f"| {text} | {' | '.join(map(change, found))} | {_seeds(found)} |")
    return "\n".join(lines) + "\n"


def _seeds(found: Sequence[Effect | None]) -> int:
    return min(one.n_seeds if one else 0 for one in found)


def tables(by: Sequence[Finished]) -> dict[str, str]:
    """Return the tables of the page, by the name in their markers."""
    ingredients = {text: [variant] for variant, text in INGREDIENTS.items()}
    without = {text: [other for other in MEMBERS if other != name] for name, text in MEMBERS.items()}
    everything = list(MEMBERS)
    return {
        "ingredients": table("switched off", [BASE], ingredients, by),
        "members": table("left out", everything, without, by),
    }


def written(page: str, found: Mapping[str, str]) -> str:
    """Return the page with each table between its markers; a row that is not run keeps what the page has of it."""
    for name, text in found.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before = page.partition(begin)[2].partition(end)[0].splitlines()
        kept = {row.split("|")[1]: row for row in before if row.startswith("| ") and NOT_RUN not in row}
        rows = [kept.get(row.split("|")[1], row) if NOT_RUN in row else row for row in text.splitlines()]
        text = "\n".join(rows) + "\n"
        page, replaced = re.subn(
            f"{begin}.*?{end}", lambda _, text=text, ends=(begin, end): f"{ends[0]}\n{text}{ends[1]}", page, flags=re.S
        )
        if replaced != 1:
            raise SystemExit(f"the page must hold {begin} and {end} once")
    return page


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="the folder of results")
    parser.add_argument("data", type=Path, help="the soundscapes' folder, which holds truth/")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write the tables into")
    given = parser.parse_args(argv)
    subsets = {"test": "test_events.csv", "oof": "train_events.csv"}
    by = [Finished(given.results, given.data / "truth" / name, subset) for subset, name in subsets.items()]
    write_text(written(given.page.read_text(encoding="utf-8"), tables(by)), given.page)
    print(f"written to {given.page}")


if __name__ == "__main__":
    main()
