"""A model that is applied to recordings, with a review and a search: what the faults of these begin from."""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import yaml

from faults.chain import Chain, prepare
from faults.checkout import Checkout
from packing import pack
from tiny_networks import birdnet_like, told

RATE_HZ = 16000
CONFIGURED = ("--configfile", "overlay.yaml", "--config", "results=disk/results")


class Application:
    """Recordings, a package and a network beside a checkout, which goes through all that is done with them."""

    def __init__(self, folder: Path, checkout: Checkout) -> None:
        self.folder, self.checkout = folder, checkout

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """Return what is given to Snakemake, one after the other."""
        example = f"example={self.folder / 'call.wav'}:0.2-0.7"
        return (*CONFIGURED, "--", "apply", "review", "recalibrate"), (*CONFIGURED, example, "--", "search")

    def configure(self, **changes: Any) -> None:
        path = self.checkout.folder / "overlay.yaml"
        config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(yaml.safe_dump(config | changes), encoding="utf-8")

    def record(self, name: str) -> None:
        rng = np.random.default_rng(len(name))
        sf.write(self.folder / "recordings" / f"{name}.flac", rng.normal(0, 0.05, 8 * RATE_HZ), RATE_HZ)

    def judge(self) -> None:
        """Fill in the table of the review, as a person does."""
        (table,) = (self.checkout.folder / "reviews").glob("*/review-*.csv")
        with table.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        for number, row in enumerate(rows):
            row["verdict"] = "yes" if number % 2 else "no"
        with table.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def run(self) -> None:
        for command in self.commands:
            ran = self.checkout.snakemake(*command)
            assert ran.status == 0, ran.said[-5000:]

    def change(self) -> None:
        """Make every rule stale by a cause of its own."""
        self.record("a further night")
        settings = {"detection": {"threshold": 0.02}, "review": {"top": 1, "random": 2, "windows": 2}}
        self.configure(**settings, search={"window_s": 0.4, "top": 3, "over_range": 2})

    def copy(
        self, folder: Path, plan: Mapping[str, list[str]], environment: Mapping[str, str]
    ) -> "tuple[Application, Chain]":
        """Return a checkout with the same results and reviews, in which scripts are going to suffer what is planned."""
        chain = prepare(folder, dict(plan), self.checkout.folder, environment)
        for name in ("disk", ".snakemake"):
            shutil.copytree(self.checkout.folder / name, chain.checkout.folder / name, dirs_exist_ok=True)
        shutil.copy(self.checkout.folder / "overlay.yaml", chain.checkout.folder)
        (chain.checkout.folder / "reviews").symlink_to("disk/reviews")
        return Application(self.folder, chain.checkout), chain


def finished(folder: Path, environment: Mapping[str, str]) -> Application:
    """Return one of which everything has run once, with verdicts."""
    made = Application(folder, Checkout(folder / "base", environment))
    (made.checkout.folder / "disk" / "reviews").mkdir()
    (made.checkout.folder / "reviews").symlink_to("disk/reviews")
    (folder / "recordings").mkdir()
    for name in ("a night", "another"):
        made.record(name)
    sf.write(folder / "call.wav", np.random.default_rng(5).normal(0, 0.1, RATE_HZ), RATE_HZ)
    pack(folder, "fine")
    birdnet_like().save(folder / "bird.keras")
    made.configure(
        recordings=str(folder / "recordings"),
        package=str(folder / "package"),
        shards=1,
        detection={"threshold": 0.01},
        review={"top": 1, "uncertain": 0, "random": 1, "windows": 1},
        features={"heard": told(model=str(folder / "bird.keras"), layer="maps")},
        search={"window_s": 0.5, "top": 2, "over_range": 2},
    )
    ran = made.checkout.snakemake(*CONFIGURED, "--", "review")
    assert ran.status == 0, ran.said[-5000:]
    made.judge()
    made.run()
    return made
