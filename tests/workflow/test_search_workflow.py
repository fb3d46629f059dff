"""`snakemake search` before anything is trained: from one clip of a species that nobody knows to the review page."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from canopy.data.annotations.folder import read_folder
from staleness.checkout import Checkout, counts, fresh, jobs
from tiny_networks import birdnet_like, told

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
RATE_HZ = 16000


def tone(seconds: float) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 400 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warm: Mapping[str, str]) -> Checkout:
    """Return a checkout without dataset and package, and recordings of two sites, three of which hold a call."""
    root = tmp_path_factory.mktemp("from one sound")
    made = fresh(root / "a checkout")
    made.environment.update(warm)
    rng = np.random.default_rng(1)
    for name, onset_s in {"a/1": 2.0, "a/2": 7.0, "b/1": 4.0, "b/2": None}.items():
        samples = rng.normal(0, 0.02, 10 * RATE_HZ)
        if onset_s is not None:
            samples[round(onset_s * RATE_HZ) :][: RATE_HZ // 2] += tone(0.5)
        path = root / "recordings" / f"{name}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, samples, RATE_HZ)
    (root / "recordings" / "bad.flac").write_bytes(b"fLaC")
    call = np.concatenate([rng.normal(0, 0.02, RATE_HZ), tone(0.5), rng.normal(0, 0.02, RATE_HZ)])
    sf.write(root / "glass frog.wav", call, RATE_HZ)
    birdnet_like().save(root / "bird.keras")
    heard = told(model=str(root / "bird.keras"), layer="maps")
    made.configure(
        recordings=str(root / "recordings"),
        example=f"{root / 'glass frog.wav'}:1-1.5",
        features__heard=heard,
        search={"window_s": 0.5, "top": 3, "over_range": 6},
        shards=1,
    )
    return made


def planned(checkout: Checkout, *arguments: str) -> dict[str, int]:
    said = checkout.snakemake("-n", *arguments, "--", "search")
    assert said.returncode == 0, said.stdout
    return {rule: count for rule, count in counts(jobs(said.stdout)).items() if rule != "search"}


def test_from_one_sound_to_a_page_that_asks_where_else_it_is(checkout: Checkout) -> None:
    said = checkout.snakemake("--", "search")
    assert said.returncode == 0, said.stdout
    assert "left out: bad.flac is truncated or damaged" in said.stdout
    (reviews,) = (checkout.code / "reviews").glob("recordings-??????")
    table = reviews / f"review-{reviews.name}.csv"
    rows = pd.read_csv(table, keep_default_na=False)
    assert (rows["species"] == "glass frog").all()
    assert rows["why"].tolist() == ["similar"] * 3 + ["over_range"] * 6
    best = rows[:3].set_index("recording_id")["onset_s"].to_dict()
    expected = {"a__1": 2.0, "a__2": 7.0, "b__1": 4.0}
    assert best.keys() == expected.keys()
    assert all(abs(best[name] - onset_s) <= 0.25 for name, onset_s in expected.items())
    page = (reviews / "review.html").read_text(encoding="utf-8")
    assert all(clip in page for clip in rows["clip"])
    assert '"similarity": 0.' in page
    assert planned(checkout) == {}

    # A verdict counts as an annotation, and the next search asks for one more; no audio is heard for it.
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("glass frog,,", "glass frog,yes,", 1)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    recordings = ["a__1", "a__2", "b__1", "b__2"]
    marks = read_folder({"annotation_files": str(table)}, recordings).annotations
    assert marks["species"].tolist() == ["glass frog"]
    assert planned(checkout) == {"cut_similar": 1, "make_review": 1}
    another = f"example={checkout.root.parent / 'glass frog.wav'}"
    assert planned(checkout, "--config", another) == {"cut_similar": 1, "make_review": 1}
    assert planned(checkout, "--config", "example=b__1:4-4.5") == {"cut_similar": 1, "make_review": 1}
    anew = {"embed_applied": 1, "cut_similar": 1, "make_review": 1}
    assert planned(checkout, "--config", "search={window_s: 0.4}") == anew


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["example=nowhere.wav:1-2"], "there is no example nowhere.wav: name a file that holds the sound"),
        (["search={by: mel_sed}"], "To search before anything is trained, add a feature set of the kind `embedding`"),
    ],
)
def test_what_is_wrong_with_a_search_is_told_in_a_sentence(checkout: Checkout, arguments: list[str], told: str) -> None:
    said = checkout.snakemake("-n", "--config", *arguments, "--", "search")
    assert said.returncode == 1
    assert told in said.stdout
    assert "Traceback" not in said.stdout


def test_a_review_takes_no_example(checkout: Checkout) -> None:
    said = checkout.snakemake("-n", "--", "review")
    assert said.returncode == 1
    assert "`review` asks about detections, and `example` is set, which is for `search`" in said.stdout
