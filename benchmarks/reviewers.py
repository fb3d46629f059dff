"""What a simulated reviewer's verdicts are worth: average precision by their number, for each way of choosing clips.

    python -m benchmarks.reviewers [--strategies top,random] [--draws 1,2,3] [--out FOLDER]

Nothing is marked but one call of each species. Every round the strategies of `snakemake review` choose windows of the
recordings, the truth answers whether the species calls there, now and then wrongly, and logistic regression on
embeddings of BirdNET learns from all verdicts so far. The first round is a search by the example. Beside it stands the
same regression on the whole truth of the same recordings. The sounds are those of the layouts `few` and `unlabelled`
(docs/layouts.md), whose recordings differ in their marks alone. What is heard already is not heard again.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.heard import FALSE, TRUE, UNSURE, Floats, Heard, hear
from benchmarks.layout_scores import WINDOW_S, window_figures
from benchmarks.layouts import TOOL, make_data
from canopy.detections.review.choose import choose
from canopy.detections.search.draw import draw as search
from canopy.detections.search.draw import nearest, overlapping
from canopy.training.solved import Examples, logistic
from canopy.training.targets import ABSENT, PRESENT, UNKNOWN

STRENGTH = 1e-3
"""Of the regression, found with other seeds and folds (7, 8, 9; 1 and 2, 3)."""
STRATEGIES = ("top", "uncertain", "diverse", "top+diverse", "stratified", "random")


class Loop:
    """A reviewer, and what is learned from the verdicts.

    Parameters
    ----------
    pool, test : Heard
        What is reviewed, and what is scored. Windows of the pool must be in the order of its array.
    wrong : float
        The share of wrong verdicts.
    seed : int
    """

    def __init__(self, pool: Heard, test: Heard, *, wrong: float, seed: int) -> None:
        self.pool, self.test, self.wrong, self.seed = pool, test, wrong, seed
        self.rng = np.random.default_rng(seed)
        self.labels = np.full(pool.truth.shape, UNKNOWN, np.int8)
        self.closed = np.zeros(pool.truth.shape, bool)
        lengths = pool.windows.recordings[["duration_s", "window_s"]].to_numpy(float)
        self.most = float((lengths[:, 0] / lengths[:, 1]).sum() * len(pool.species))
        self.verdicts = 0
        mean, spread = pool.values.mean(axis=0), pool.values.std(axis=0) + 1e-6
        self.seen, self.unseen = (pool.values - mean) / spread, (test.values - mean) / spread

    def ask(self, species: int, at: NDArray[np.int64]) -> None:
        """Have windows judged for a species."""
        said = self.pool.truth[at, species]
        said = np.where(self.rng.random(len(at)) < self.wrong, 1 - said, said)
        said = np.where(self.pool.truth[at, species] == UNSURE, UNSURE, said)
        self._settle(species, at, np.select([said == TRUE, said == FALSE], [PRESENT, ABSENT], UNKNOWN))
        self.verdicts += len(at)

    def begin(self, n: int) -> None:
        """Search by one example of each species: half of the clips the most similar, half over the whole range."""
        pool, nowhere = self.pool, np.full(len(self.pool.windows.recordings), "")
        for species in range(len(pool.species)):
            example = int(self.rng.choice(np.flatnonzero(pool.truth[:, species] == TRUE)))
            self._settle(species, np.array([example]), np.array([PRESENT]))
            similar = pool.windows.similarity(pool.values[[example]].astype(np.float32))
            closed = self.closed[:, species]
            shares = {"top": n - n // 2, "over_range": n // 2}
            found = search(pool.windows, similar, closed, sites=nowhere, seed=f"{self.seed} {species}", **shares)
            self.ask(species, self._at(found))

    def go_on(self, strategy: str, n: int) -> None:
        """Draw windows of each species by a strategy, or by each of some (`top+random`), and have them judged."""
        strategies = strategy.split("+")
        logits = self._logits(self.seen)
        windows, names = self.pool.windows, self.pool.windows.recordings["recording_id"].to_numpy()
        for species, name in enumerate(self.pool.species):
            mine = logits[:, species].astype(np.float32)
            at = np.array(nearest(windows, mine, self.closed[:, species], len(mine)), dtype=np.int64)
            likely = 1 / (1 + np.exp(-logits[at, species]))
            times = {"onset_s": windows.onset_s[at], "offset_s": windows.offset_s[at]}
            rows = {"recording_id": names[windows.recording[at]], "species": name, **times, "window": at}
            table = pd.DataFrame(rows).assign(path="", score=logits[at, species], probability=likely, threshold=0.5)
            drawn = choose(
                [(table, dict.fromkeys(strategies, n // len(strategies)))], seed=self.seed, vectors=self._vectors
            )
            self.ask(species, drawn["window"].to_numpy(int))

    def learn(self) -> None:
        """Learn from all verdicts."""
        self._solve(np.flatnonzero((self.labels != UNKNOWN).any(axis=1)), self.labels)

    def learn_truth(self) -> None:
        """Learn from the whole truth."""
        truth = np.select([self.pool.truth == TRUE, self.pool.truth == FALSE], [PRESENT, ABSENT], UNKNOWN)
        self._solve(np.arange(len(truth)), truth.astype(np.int8))

    def score(self) -> float:
        """Return the average precision over the test recordings' windows of 5 s."""
        windows, logits = self.test.windows, self._logits(self.unseen)
        rows = []
        for row, recording in enumerate(windows.recordings.to_dict("records")):
            mine = windows.recording == row
            for end_s in np.arange(WINDOW_S, recording["duration_s"] + 0.1, WINDOW_S):
                shared = np.minimum(windows.offset_s, end_s) - np.maximum(windows.onset_s, end_s - WINDOW_S)
                best = logits[mine & (shared >= 1.5 - 1e-6)].max(axis=0)
                rows.append([f"{recording['recording_id']}_{end_s:g}", *best])
        table = pd.DataFrame(rows, columns=["row_id", *self.test.species])
        return float(window_figures(table, self.test.events, self.test.species)["average_precision"])

    def _logits(self, values: Floats) -> Floats:
        kernel, bias = self.weights
        return np.asarray(values @ kernel + bias)

    def _solve(self, at: NDArray[np.int64], labels: NDArray[np.int8]) -> None:
        found = Examples(self.seen[at], labels[at], np.arange(len(at)), self.pool.windows.recording[at])
        self.weights = logistic(found, unknown_weight=0.0, strengths=(STRENGTH,))

    def _settle(self, species: int, at: NDArray[np.int64], labels: NDArray[np.int64]) -> None:
        """Note labels, of the windows next to them too, and close all that share much of their sound."""
        windows = self.pool.windows
        for one, label in zip(at.tolist(), labels.tolist(), strict=True):
            row = int(windows.recording[one])
            heard = overlapping(windows, row, float(windows.onset_s[one]), float(windows.offset_s[one]))
            self.closed[heard, species] = True
            near = heard[np.abs(heard - one) <= 1]
            free = self.labels[near, species] == UNKNOWN
            self.labels[near[free], species] = label
            self.labels[one, species] = label

    def _vectors(self, table: pd.DataFrame) -> Floats:
        return np.asarray(self.pool.values[table["window"].to_numpy(int)])

    def _at(self, stretches: pd.DataFrame) -> NDArray[np.int64]:
        windows = self.pool.windows
        rows = [windows.row(name) for name in stretches["recording_id"]]
        places = zip(rows, stretches["onset_s"], strict=True)
        mine = [np.flatnonzero((windows.recording == row) & (windows.onset_s == onset_s)) for row, onset_s in places]
        return np.concatenate(mine) if mine else np.zeros(0, np.int64)


def curve(loop: Loop, strategy: str, *, clips: int, rounds: int) -> list[dict[str, float | str]]:
    """Return the figures after each round."""
    found: list[dict[str, float | str]] = []
    loop.begin(clips)
    for number in range(rounds):
        if number:
            loop.go_on(strategy, clips)
        loop.learn()
        share = loop.verdicts / loop.most
        found.append({"strategy": strategy, "verdicts": loop.verdicts, "share": share, "ap": loop.score()})
    return found


def told(table: pd.DataFrame) -> str:
    """Return the mean over the draws, and the lowest and the highest, by strategy and verdicts, in Markdown."""
    groups = table.groupby(["strategy", "verdicts"], sort=False)
    spread = groups["ap"].agg(["mean", "min", "max"]).join(groups[["share", "of_whole"]].mean())
    lines = ["| strategy | verdicts | share of all | average precision | of that on the whole truth |"]
    lines += ["| --- " * 5 + "|"]
    for row in spread.reset_index().to_dict("records"):
        ap = f"{row['mean']:.3f} ({row['min']:.3f} to {row['max']:.3f})"
        lines.append(f"| {row['strategy']} | {row['verdicts']} | {row['share']:.2%} | {ap} | {row['of_whole']:.1%} |")
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategies", default=",".join(STRATEGIES), help="which of %(default)s")
    parser.add_argument("--draws", default="1,2,3", help="seeds of the data, the example and the verdicts")
    parser.add_argument("--clips", type=int, default=8, help="of each species in a round")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--pools", type=int, default=3, help="hours of recordings to review, in thirds")
    parser.add_argument("--wrong", type=float, default=0.05, help="share of wrong verdicts")
    parser.add_argument("--train-folds", default="1,2,3", help="ESC-10 folds that sound in what is reviewed")
    parser.add_argument("--test-folds", default="4", help="ESC-10 folds that sound in what is scored")
    parser.add_argument("--out", type=Path, default=Path("results-reviewers"), help="folder of all that is made")
    given = parser.parse_args(argv)
    rows: list[dict[str, float | str]] = []
    for seed in (int(one) for one in given.draws.split(",")):
        draw = given.out.resolve() / str(seed)
        draw.mkdir(parents=True, exist_ok=True)
        folds = {f"pool{n}": (100 * seed + n, given.train_folds) for n in range(given.pools)}
        folds["test"] = (seed, given.test_folds)
        for name, (of_data, sounds) in folds.items():
            make_data("few", draw / name, TOOL, ("--seed", str(of_data), "--k", "1", "--test-folds", sounds))
        pool = hear([draw / name for name in folds if name != "test"], draw / "pool.npy")
        test = hear([draw / "test"], draw / "test.npy")
        whole = Loop(pool, test, wrong=0.0, seed=seed)
        whole.learn_truth()
        best = whole.score()
        rows.append({"draw": seed, "strategy": "whole truth", "verdicts": round(whole.most), "share": 1.0, "ap": best})
        for strategy in given.strategies.split(","):
            loop = Loop(pool, test, wrong=given.wrong, seed=seed)
            found = curve(loop, strategy, clips=given.clips, rounds=given.rounds)
            rows += [{"draw": seed, **row} for row in found]
            print(f"draw {seed}, {strategy}: {found[-1]['ap']:.3f} of {best:.3f}", flush=True)
    table = pd.DataFrame(rows)
    wholes = table[table["strategy"] == "whole truth"].set_index("draw")["ap"]
    table["of_whole"] = table["ap"] / table["draw"].map(wholes)
    table.to_csv(given.out / "reviewers.csv", index=False)
    print(told(table))


if __name__ == "__main__":
    main()
