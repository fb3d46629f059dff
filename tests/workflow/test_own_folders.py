"""No command deletes or changes a person's files, wherever a person says that they are."""

import json
from pathlib import Path

import pytest

from canopy.config.demo import Demo
from canopy.config.loading import load
from canopy.data.demo.place import check_folder
from canopy.data.demo.settings import made_files
from canopy.runtime.errors import CanopyError
from canopy.runtime.owned import DEMO, MARK, RESULTS, check_results, made, mark
from faults.checkout import Checkout, contents

DEMO_FOLDER = "resources/demo"
LISTING = "results-mine/recordings/train.csv"


def fill(folder: Path) -> Path:
    """Make a folder as people have them, with names that Canopy has for its own files too."""
    table = "recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max\na,0,1,1,100,2,900\n"
    files = {
        **{"train/a.wav": "sound", "train/site 2/b.flac": "sound", "test/c.wav": "sound", "notes.txt": "two years"},
        **{"train_tp.csv": table, "train_fp.csv": table, "sample_submission.csv": "recording_id,s0\nc,0\n"},
        **{"truth/test_events.csv": table, "annotations/train.csv": table, "recordings/train.csv": "mine"},
        **{"report/index.html": "mine", "logs/2024.log": "mine", "submission.csv": "mine", "summary.txt": "mine"},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def seen(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the time and the content of each file."""
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return fill(tmp_path / "mine")


def test_a_folder_of_ones_own_needs_a_dataset_that_is_read(mine: Path) -> None:
    with pytest.raises(CanopyError, match=r"`data` names the folder .*/mine, but `dataset` is demo, which is made"):
        load({"data": str(mine)})
    assert load({"data": str(mine), "dataset": "folder"}).folder == str(mine)
    assert load({"demo": {"name": "smoke"}}).folder == "resources/demo-smoke"
    for name in ("../mine", "/mine", "a/b", ""):
        with pytest.raises(CanopyError, match=r"demo.name"):
            load({"demo": {"name": name}})


def test_results_go_into_a_new_an_empty_or_a_marked_folder(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "empty" / "logs").mkdir(parents=True)
    for name in ("new", "empty"):
        check_results(tmp_path / name)
    before = contents(mine)
    with pytest.raises(CanopyError, match=r"/mine holds a file that Canopy did not make, notes.txt; nothing was ch"):
        check_results(mine)
    assert contents(mine) == before
    mark(tmp_path / "new", RESULTS)
    (tmp_path / "new" / "notes.txt").touch()
    check_results(tmp_path / "new")
    (tmp_path / "new" / MARK).write_text(json.dumps({"kind": DEMO}))
    with pytest.raises(CanopyError, match=r"notes.txt"):
        check_results(tmp_path / "new")


def test_results_from_before_there_were_marks_stay_canopys(tmp_path: Path) -> None:
    for name in ("logs/train_fold/mel/fold0.log", "benchmarks/train_fold/mel/fold0.tsv", "summary.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    check_results(tmp_path)


def test_a_demo_with_a_file_of_a_persons_in_it_is_a_persons_folder(tmp_path: Path) -> None:
    settings = Demo(n_train=1, n_test=1)
    mark(tmp_path, DEMO, [*made_files(settings), "train/earlier.flac"])
    for name in (*made_files(settings), "train/earlier.flac", "train/.1.part.x.flac", ".canopy_demo"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".canopy_demo").unlink()
    check_folder(settings, tmp_path)
    (tmp_path / "train/00204008d.flac").touch()  # as the competition names its recordings
    with pytest.raises(CanopyError, match=r"did not make, train/00204008d.flac"):
        check_folder(settings, tmp_path)
    (tmp_path / "train/00204008d.flac").unlink()
    (tmp_path / MARK).unlink()
    with pytest.raises(CanopyError, match=r"holds a file that Canopy did not make"):
        check_folder(settings, tmp_path)
    (tmp_path / ".canopy_demo").touch()  # the mark of earlier demos
    (tmp_path / "train/earlier.flac").unlink()
    check_folder(settings, tmp_path)
    assert made(tmp_path, DEMO) == {".canopy_demo"}


# Snakemake itself.


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("a persons files") / "checkout")


def place(checkout: Checkout, name: str) -> tuple[Path, list[str]]:
    """Put a person's files at a place, and return their folder and how a command names it."""
    folder = checkout.folder / {"demo": DEMO_FOLDER, "marked": f"{DEMO_FOLDER}-m"}.get(name, f"my {name}")
    fill(folder)
    if name == "marked":
        mark(folder, DEMO, made_files(Demo(name="m")))
    return folder, {"demo": [], "marked": ["demo={name: m}"]}.get(name, [f"{name}={folder}"])


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("data", ["--until", "generate_demo"], "but `dataset` is demo, which is made, not read"),
        ("results", ["--delete-all-output"], "holds a file that Canopy did not make, notes.txt"),
        ("marked", ["-R", "generate_demo"], "resources/demo-m holds a file that Canopy did not make, notes.txt"),
    ],
)
def test_a_command_that_would_delete_a_persons_files_stops(
    checkout: Checkout, name: str, arguments: list[str], said: str
) -> None:
    folder, named = place(checkout, name)
    before = contents(folder)
    ran = checkout.snakemake(
        "--config", *({f"results=results-{name}"} if name != "results" else ()), *named, *arguments
    )
    assert (ran.status, contents(folder)) == (1, before)
    assert said in ran.said


COMMANDS = (
    ["--until", "generate_demo"],
    ["--until", "list_recordings"],
    ["-R", "generate_demo", "--until", "list_recordings"],
    ["--forceall", "--", LISTING],
    ["--delete-all-output"],
    ["--delete-all-output", "--", LISTING],
    ["--touch"],
    ["--", "download"],
    ["--", "review"],
    ["--delete-all-output", "--", "apply"],
)


@pytest.mark.matrix
@pytest.mark.workflow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        *(("data", dataset) for dataset in ("demo", "rfcx", "folder")),
        *(("results", "demo"), ("recordings", "folder"), ("demo", "demo"), ("marked", "demo")),
    ],
)
def test_no_command_touches_a_persons_files(checkout: Checkout, name: str, dataset: str) -> None:
    folder, named = place(checkout, name)
    before = seen(folder)
    results = [] if name == "results" else ["results=results-mine"]
    for arguments in COMMANDS:
        ran = checkout.snakemake("--config", f"dataset={dataset}", *results, *named, *arguments)
        assert seen(folder) == before, (arguments, ran.said)
