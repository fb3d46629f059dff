"""The tutorial's own programs, and that its text names what is there."""

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = ("tutorial.md", "tutorial-one-sound.md", "species-with-few-examples.md", "troubleshooting.md")


@pytest.fixture(scope="module")
def scoring() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "tutorial" / "score.py"))


@pytest.mark.parametrize(
    ("detections", "events", "quiet", "expected"),
    [
        ([(0, 2)], [(1, 2)], [], (1, 0, 0)),  # half of it in the event, which it covers
        ([(0, 2.1)], [(1, 2)], [], (0, 1, 1)),  # a little more than half outside
        ([(1, 1.4)], [(1, 2)], [], (0, 1, 0)),  # right, and covers too little
        ([(1, 1.3), (1.5, 1.8)], [(1, 2)], [], (1, 0, 0)),  # two of them cover it together
        ([(0, 4)], [(0, 1), (3, 4)], [], (2, 0, 0)),  # one may find two
        ([(5, 6)], [(0, 1)], [(5, 6)], (0, 1, 0)),  # a quiet event explains it
        ([(5, 6)], [], [], (0, 0, 1)),
        ([], [(0, 1)], [(5, 6)], (0, 1, 0)),
    ],
)
def test_events_are_counted_as_by_hand(
    scoring: dict[str, Any], detections: list[Any], events: list[Any], quiet: list[Any], expected: tuple[int, ...]
) -> None:
    assert tuple(scoring["count"](detections, events, quiet)) == expected


def test_counts_are_those_of_sed_scores_eval(scoring: dict[str, Any]) -> None:
    import numpy as np
    from sed_scores_eval.base_modules.scores import create_score_dataframe
    from sed_scores_eval.intersection_based import fscore

    rng = np.random.default_rng(3)
    truth_rows, found_rows, truth, scores = [], [], {}, {}
    for number in range(20):
        name = f"r{number}"
        edges = np.sort(rng.choice(np.arange(1, 100), 8, replace=False)) / 10
        truth[name] = [(edges[2 * one], edges[2 * one + 1], "owl") for one in range(4)]
        flags = np.repeat(rng.random(20) < 0.5, 5)
        scores[name] = create_score_dataframe(flags[:, None].astype(float), np.arange(101) / 10, ["owl"])
        truth_rows += [(name, label, onset, offset, 20.0) for onset, offset, label in truth[name]]
        steps = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]])))
        found_rows += [(name, "owl", first / 10, last / 10) for first, last in steps.reshape(-1, 2)]
    columns = ["recording_id", "species", "onset_s", "offset_s", "snr_db"]
    counts = scoring["score"](
        pd.DataFrame(truth_rows, columns=columns), pd.DataFrame(found_rows, columns=columns[:4]), least_db=6.0
    )["owl"]
    f1, _, _, stats = fscore(scores, truth, 0.5, dtc_threshold=0.5, gtc_threshold=0.5)
    assert counts.found == stats["owl"]["tps"]
    assert counts.found + counts.missed == stats["owl"]["n_ref"]
    assert counts.wrong == stats["owl"]["fps"]
    assert counts.f1 == pytest.approx(f1["owl"])


def test_the_tutorials_raven_table_is_read_as_the_boxes_it_was_made_of(tmp_path: Path) -> None:
    sys.path.insert(0, str(REPOSITORY / "workflow" / "scripts"))
    from canopy.data.annotations.folder import read_folder

    made = runpy.run_path(str(DOCS / "tutorial" / "make_data.py"))
    boxes = [
        {"recording_id": one, "species_id": "0", "t_min": "1.5", "t_max": "2.25", "f_min": "300.0", "f_max": "900.0"}
        for one in ("a", "b")
    ]
    made["write_raven"](boxes, {"0": "croak"}, tmp_path)
    found = read_folder({"annotation_files": str(tmp_path / "annotations")}, ["a", "b"]).annotations
    assert found[["recording_id", "species", "onset_s", "offset_s", "low_hz"]].values.tolist() == [
        ["a", "croak", 1.5, 2.25, 300.0],
        ["b", "croak", 1.5, 2.25, 300.0],
    ]


def test_the_tutorials_project_is_a_valid_configuration() -> None:
    import yaml

    from canopy.config.loading import load

    raw = yaml.safe_load((DOCS / "tutorial" / "my_project.yaml").read_text(encoding="utf-8"))
    assert load(raw).unlisted == "absent"


@pytest.mark.parametrize("page", ["tutorial.md", "recipe.md"])
def test_the_pages_name_the_folders_that_their_commands_make(page: str) -> None:
    from canopy.runtime.digest import digest

    text = (DOCS / page).read_text(encoding="utf-8")
    known = {f"new-{digest(place)[:6]}" for place in ("my_data/new", "more/new")}
    named = set(re.findall(r"\bnew-[0-9a-f]{6}\b", text))
    assert named
    assert named <= known


@pytest.mark.parametrize("page", PAGES)
def test_links_of_the_pages_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert [link for link in links if not link.startswith("http") and not (DOCS / link).exists()] == []


def test_messages_of_the_troubleshooting_page_are_canopys() -> None:
    """Some three words in a row of each quoted message stand in the code, unless it is Snakemake's own."""
    folder = REPOSITORY / "workflow" / "scripts" / "canopy"
    source = " ".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    messages = [one for one in re.findall(r"^\*\*`([^`]+)`", page, flags=re.MULTILINE) if "Lock" not in one]
    assert len(messages) > 20

    def known(message: str) -> bool:
        words = message.split()
        return any(" ".join(words[start : start + 3]) in source for start in range(len(words) - 2))

    assert [message for message in messages if not known(message)] == []


def test_verdicts_follow_the_truth_and_are_read_as_boxes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(DOCS / "tutorial")  # as where it is run by its path
    from canopy.data.annotations.folder import read_folder

    truth, review = tmp_path / "truth.csv", tmp_path / "annotations" / "review.csv"
    truth.write_text("recording_id,species,onset_s,offset_s,snr_db\n007,owl,1.0,2.0,20\n007,wren,5.0,6.0,20\n")
    detections = [("owl", 1.4, 2.4), ("owl", 1.6, 2.6), ("owl", 2.1, 3.0), ("wren", 1.0, 2.0), ("wren", 4.0, 7.0)]
    rows = [f"clips/{n}.flac,{name},,,007,007.wav,{on},{off},," for n, (name, on, off) in enumerate(detections)]
    review.parent.mkdir()
    header = "clip,species,verdict,remark,recording_id,path,onset_s,offset_s,low_hz,high_hz"
    review.write_text("\n".join([header, *rows]) + "\n")
    runpy.run_path(str(DOCS / "tutorial" / "judge.py"))["main"]([str(truth), str(review)])
    assert pd.read_csv(review, keep_default_na=False)["verdict"].tolist() == ["yes", "", "no", "no", ""]
    assert "1 yes, 2 no, 2 left empty" in capsys.readouterr().out
    found = read_folder({"annotation_files": str(review.parent)}, ["007"]).annotations
    assert sorted(zip(found["species"], found["polarity"], strict=True)) == [("owl", -1), ("owl", 1), ("wren", -1)]
