"""`snakemake apply` in a checkout that has a package and no dataset, as on another machine."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from packing import pack
from staleness.checkout import Checkout, counts, fresh, jobs

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warm: Mapping[str, str]) -> Checkout:
    root = tmp_path_factory.mktemp("elsewhere")
    made = fresh(root / "a checkout")
    made.environment.update(warm)
    pack(root, "fine", "pitch", "samples")
    rng = np.random.default_rng(1)
    for name in ("site Å/night 1.flac", "site B/night 1.wav", "night 2.flac"):
        path = root / "new recordings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, rng.normal(0, 0.05, 16000 * 12), 16000)
    (root / "new recordings" / "bad.flac").write_bytes(b"fLaC")
    made.configure(
        recordings=str(root / "new recordings"),
        package=str(root / "package"),
        shards=1,
        detection={"threshold": 0.01},
    )
    return made


def applied(checkout: Checkout, *arguments: str) -> tuple[dict[str, int], str]:
    said = checkout.snakemake(*arguments, "--", "apply")
    assert said.returncode == 0, said.stdout
    return {rule: count for rule, count in counts(jobs(said.stdout)).items() if rule != "apply"}, said.stdout


def named(folder: Path, *parts: str) -> Path:
    """Return the path of something that is called `new recordings` and a hash."""
    (found,) = folder.glob("new recordings-??????")
    return found.joinpath(*parts)


def test_a_package_is_applied_and_only_what_changed_is_done_again(checkout: Checkout) -> None:
    done, said = applied(checkout)
    assert done == {"list_applied": 1, "apply_shard": 1, "write_detections": 1}
    assert "3 recordings (0.0 h), 1 left out" in said

    place = named(checkout.code / "results" / "applied")
    recordings = pd.read_csv(place / "recordings.csv", keep_default_na=False)
    assert recordings["recording_id"].tolist() == ["bad", "night 2", "site B__night 1", "site Å__night 1"]
    assert "bad.flac is truncated or damaged" in recordings["problem"][0]
    assert (recordings["problem"][1:] == "").all()
    found = place / "detections"
    detections = pd.read_csv(found / "detections.csv")
    assert {"species", "onset_s", "low_hz", "probability", "threshold"} <= set(detections.columns)
    assert len(list(found.glob("audacity/**/*.txt"))) == 3
    tables = {path.relative_to(found / "raven").as_posix() for path in found.glob("raven/**/*.txt")}
    assert tables == {f"{name}.Table.1.selections.txt" for name in ("night 2", "site B/night 1", "site Å/night 1")}
    stretches = pd.read_csv(found / "scores.birdclef.csv")
    assert "night 2_5" in set(stretches["row_id"])
    assert "site Å__night 1_15" in set(stretches["row_id"])

    table = found / "raven" / "night 2.Table.1.selections.txt"
    table.write_text("a person's")
    assert applied(checkout)[0] == {}
    refused = checkout.snakemake("--delete-all-output", "--", "apply")
    assert (refused.returncode, table.read_text()) == (1, "a person's")
    assert f"{table.relative_to(checkout.code)} was changed by hand: move it to another place" in refused.stdout
    checkout.configure(detection={"threshold": 0.015})
    assert "was changed by hand; it is kept as reviews/" in applied(checkout)[1]
    assert named(checkout.code / "reviews", "corrected-1", "raven", table.name).read_text() == "a person's"
    assert table.read_text().startswith("Selection")
    checkout.append("workflow/scripts/canopy/training/losses.py", "\n_CHANGED = 1\n")
    assert applied(checkout, "-n")[0] == {}
    checkout.configure(detection={"threshold": 0.02})
    assert applied(checkout, "-n")[0] == {"write_detections": 1}
    folder = Path(checkout.root).parent / "new recordings"
    shutil.copy(folder / "night 2.flac", folder / "a copy.flac")
    assert applied(checkout, "-n")[0] == {"list_applied": 1, "apply_shard": 1, "write_detections": 1}


def test_a_review_has_a_page_and_takes_in_what_the_page_saved(checkout: Checkout) -> None:
    checkout.configure(review={"top": 1, "uncertain": 0, "random": 1, "windows": 2})
    said = checkout.snakemake("--", "review")
    assert said.returncode == 0, said.stdout
    reviews = named(checkout.code / "reviews")
    table = reviews / f"review-{reviews.name}.csv"
    rows = pd.read_csv(table, keep_default_na=False)
    page = (reviews / "review.html").read_text(encoding="utf-8")
    assert all(json.dumps(clip) in page for clip in rows["clip"])
    assert '"curve": {"first"' in page
    done = checkout.snakemake("-n", "--", "review")
    assert counts(jobs(done.stdout)) == {}

    heard = rows.iloc[0]
    saved = f"{heard['clip']},yes,{heard['species']},,,,,,2026-01-02T03:04:05.000Z,"
    header = "clip,verdict,species,remark,onset_s,offset_s,low_hz,high_hz,decided,before"
    (reviews / f"verdicts-{reviews.name}-20260102T030405.csv").write_text(f"{header}\n{saved}\n")
    again = checkout.snakemake("--", "review")
    assert again.returncode == 0, again.stdout
    assert {"cut_review", "make_review"} <= counts(jobs(again.stdout)).keys()
    after = pd.read_csv(table, keep_default_na=False)
    assert after["verdict"][0] == "yes"
    assert after["clip"].tolist()[: len(rows)] == rows["clip"].tolist()
    assert len(after) == len(rows) + 1
    assert counts(jobs(checkout.snakemake("-n", "--", "review").stdout)) == {}

    windows = after["why"] == "windows"
    assert windows.any()
    assert (after["offset_s"] - after["onset_s"])[windows].max() == 5
    after.assign(verdict=after["verdict"].where(~windows, "no")).to_csv(table, index=False)
    told = checkout.snakemake("--", "recalibrate")
    assert told.returncode == 0, told.stdout
    density = pd.read_csv(named(checkout.code / "results" / "applied") / "density.csv")
    assert density.groupby("by")["judged"].sum()["all"] == windows.sum()


def test_what_is_missing_is_told_in_a_sentence(checkout: Checkout) -> None:
    said = checkout.snakemake("-n", "--config", "package=nowhere", "--", "apply")
    assert said.returncode == 1
    assert "there is no model package in nowhere" in said.stdout
    assert "Traceback" not in said.stdout
    said = checkout.snakemake("-n", "--config", "recordings=007", "--", "apply")
    assert "there is no folder 007, where recordings should be" in said.stdout
