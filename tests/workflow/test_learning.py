"""The benchmark of a learning curve: what it cuts, and what it configures."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from canopy.config.loading import load

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks import learning  # noqa: E402

CALLS = [("a", "owl"), ("a", "wren"), ("b", "owl"), ("c", "wren"), ("d", "owl"), ("d", "wren")]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    for folder, names in {"train": "abcdx", "test": "t"}.items():
        (tmp_path / "whole" / folder).mkdir(parents=True)
        for name in names:
            (tmp_path / "whole" / folder / f"{name}.flac").write_text(name, encoding="utf-8")
    for folder in ("annotations", "truth"):
        (tmp_path / "whole" / folder).mkdir()
    table = pd.DataFrame([(f"{name}.flac", species, 1.0, 2.0) for name, species in CALLS])
    table.columns = ["filename", "species", "onset_s", "offset_s"]
    table.to_csv(tmp_path / "whole" / "annotations" / "calls.csv", index=False)
    truth = pd.DataFrame([("t.flac", "owl", 3.0, 4.0, 9.0)], columns=[*table.columns, "snr_db"])
    truth.to_csv(tmp_path / "whole" / "truth" / "test_events.csv", index=False)
    return tmp_path / "whole"


@pytest.mark.parametrize(("calls", "heard"), [(1, {"a", "x"}), (2, {"a", "b", "c", "x"}), (3, set("abcdx"))])
def test_a_project_is_cut_to_the_first_calls_and_keeps_what_no_table_names(
    whole: Path, calls: int, heard: set[str]
) -> None:
    data = whole.parent / "data"
    for _ in range(2):  # over what another number of calls left
        learning.cut(whole, data, calls)
    table = pd.read_csv(data / "annotations" / "calls.csv")
    assert table["species"].value_counts().to_dict() == {"owl": calls, "wren": calls}
    assert {path.stem for path in (data / "train").iterdir()} == heard
    assert [path.read_text(encoding="utf-8") for path in (data / "test").iterdir()] == ["t"]
    truth = pd.read_csv(data / "truth.csv")
    assert truth.to_dict("records") == [{"recording_id": "t", "species_id": "owl", "t_min": 3.0, "t_max": 4.0}]


@pytest.mark.parametrize("calls", [1, 50])
def test_every_run_has_a_valid_configuration(calls: int, tmp_path: Path) -> None:
    made = learning.configuration(tmp_path, tmp_path / "results", calls, list(learning.EXPERIMENTS))
    raw = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    found = load(raw | made)
    assert (found.splits.n_folds, found.run) == (2 if calls == 1 else 3, tuple(learning.EXPERIMENTS))
