"""Fetching a dataset: up to the border of Kaggle's own package, and what is said when it cannot be crossed."""

import json
import os
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import download_dataset as script
from canopy.data.download import LAYOUT, download, missing_parts, unpack
from canopy.runtime.errors import CanopyError
from canopy.runtime.owned import DOWNLOAD, MARK, mark

NAME = "rfcx-species-audio-detection"
FILES = {
    "train_tp.csv": b"recording_id\n",
    "train_fp.csv": b"recording_id\n",
    "sample_submission.csv": b"recording_id\n",
    "train/a.flac": b"fLaC" * 100,
    "test/b.flac": b"fLaC" * 200,
    "tfrecords/train/00.tfrec": b"not wanted",
}


def pack(path: Path, files: dict[str, bytes] = FILES, prefix: str = "") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(prefix + name, data)


class Answer(Exception):
    """What a refused request raises: an error that carries the server's response."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} for url")
        self.response = types.SimpleNamespace(status_code=status)


class ConnectionFailed(ConnectionError):
    """What a machine without a network raises."""


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that puts a stand-in for the kaggle package in its place, and gives the list of its calls."""

    def install(*, login: BaseException | None = None, fetch: BaseException | Callable[[Path], None]) -> list[str]:
        calls: list[str] = []

        class KaggleApi:
            def authenticate(self) -> None:
                print("a page of advice")
                if login is not None:
                    raise login

            def competition_download_files(self, competition: str, path: str, quiet: bool) -> None:
                calls.append(competition)
                if isinstance(fetch, BaseException):
                    raise fetch
                fetch(Path(path) / f"{competition}.zip")

        module = types.ModuleType("kaggle.api.kaggle_api_extended")
        module.KaggleApi = KaggleApi  # type: ignore[attr-defined]
        for name in ("kaggle", "kaggle.api"):
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        monkeypatch.setitem(sys.modules, "kaggle.api.kaggle_api_extended", module)
        return calls

    return install


def contents(folder: Path) -> dict[str, bytes]:
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if name != MARK}


@pytest.mark.parametrize("prefix", ["", "rfcx/"])
def test_dataset_is_fetched_and_unpacked_into_its_layout(
    kaggle: Callable[..., list[str]], tmp_path: Path, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = kaggle(fetch=lambda path: pack(path, prefix=prefix))
    folder = tmp_path / "resources/rfcx"
    script.main(["--settings", json.dumps({"competition": NAME, "folder": str(folder)})])
    assert calls == [NAME]
    assert contents(folder) == {name: data for name, data in FILES.items() if not name.startswith("tfrecords")}
    printed = capsys.readouterr().out
    assert "a page of advice" not in printed
    assert "holds the dataset: 5 files" in printed


def test_a_dataset_that_is_there_is_not_fetched_again(kaggle: Callable[..., list[str]], tmp_path: Path) -> None:
    calls = kaggle(fetch=pack)
    for _ in range(2):
        download(NAME, tmp_path)
    assert calls == [NAME]


def test_an_interrupted_unpacking_goes_on_without_fetching_again(
    kaggle: Callable[..., list[str]], tmp_path: Path
) -> None:
    calls = kaggle(fetch=Answer(500))
    pack(tmp_path / f"{NAME}.zip")
    mark(tmp_path, DOWNLOAD, {f"{NAME}.zip"})
    (tmp_path / "train").mkdir()
    (tmp_path / "train/a.flac").write_bytes(FILES["train/a.flac"])
    (tmp_path / "test").mkdir()
    (tmp_path / "test/.1.part.b.flac").write_bytes(b"half")
    before = (tmp_path / "train/a.flac").stat().st_mtime_ns
    download(NAME, tmp_path)
    assert calls == []
    assert (tmp_path / "test/b.flac").read_bytes() == FILES["test/b.flac"]
    assert (tmp_path / "train/a.flac").stat().st_mtime_ns == before


def test_an_interrupted_transfer_goes_on_with_kaggles_own_resume(
    kaggle: Callable[..., list[str]], tmp_path: Path
) -> None:
    pack(tmp_path / "whole.zip")
    half = (tmp_path / "whole.zip").read_bytes()[:400]
    (tmp_path / f"{NAME}.zip").write_bytes(half)
    mark(tmp_path, DOWNLOAD, {f"{NAME}.zip"})
    seen: list[int] = []

    def resume(path: Path) -> None:
        seen.append(path.stat().st_size)
        path.write_bytes((tmp_path / "whole.zip").read_bytes())

    kaggle(fetch=resume)
    download(NAME, tmp_path)
    assert seen == [400]
    assert missing_parts(tmp_path) == []


def test_a_damaged_archive_is_removed_and_told(tmp_path: Path) -> None:
    archive = tmp_path / f"{NAME}.zip"
    pack(archive, {"train/a.flac": os.urandom(5000)})
    mark(tmp_path, DOWNLOAD, {archive.name})
    data = bytearray(archive.read_bytes())
    data[1000:1100] = bytes(100)
    archive.write_bytes(data)
    with pytest.raises(CanopyError, match=r"was damaged \(.*\) and has been removed: run the same command again"):
        unpack(archive, tmp_path)
    assert not archive.exists()
    assert list(tmp_path.rglob("*.flac")) == []


# A person's files stay.


def test_a_folder_with_files_of_somebody_elses_is_not_fetched_into(
    kaggle: Callable[..., list[str]], tmp_path: Path
) -> None:
    calls = kaggle(fetch=pack)
    (tmp_path / "train").mkdir()
    (tmp_path / "train/mine.wav").write_bytes(b"precious")
    with pytest.raises(CanopyError, match=r"holds a file that Canopy did not make, train/mine.wav; nothing was"):
        download(NAME, tmp_path)
    assert (calls, contents(tmp_path)) == ([], {"train/mine.wav": b"precious"})


def test_an_archive_that_a_person_put_there_is_unpacked_and_stays(
    kaggle: Callable[..., list[str]], tmp_path: Path
) -> None:
    calls = kaggle(fetch=Answer(500))
    pack(tmp_path / f"{NAME}.zip")
    for _ in range(2):
        download(NAME, tmp_path)
    assert calls == []
    assert zipfile.is_zipfile(tmp_path / f"{NAME}.zip")
    assert (tmp_path / "train/a.flac").read_bytes() == FILES["train/a.flac"]


@pytest.mark.parametrize("damaged", [b"PK no archive", None])
def test_a_damaged_archive_of_a_persons_is_told_and_left(
    kaggle: Callable[..., list[str]], tmp_path: Path, damaged: bytes | None
) -> None:
    calls = kaggle(fetch=pack)
    archive = tmp_path / f"{NAME}.zip"
    pack(archive, {"train/a.flac": os.urandom(5000)})
    archive.write_bytes(damaged or archive.read_bytes().replace(archive.read_bytes()[1000:1100], bytes(100)))
    before = archive.read_bytes()
    with pytest.raises(CanopyError, match="put a whole one there"):
        download(NAME, tmp_path)
    assert (calls, archive.read_bytes()) == ([], before)


def test_a_table_that_a_person_corrected_is_not_written_over(tmp_path: Path) -> None:
    pack(tmp_path / "a.zip")
    (tmp_path / "train_tp.csv").write_text("recording_id\nmine\n")
    with pytest.raises(CanopyError, match=r"train_tp.csv is not the file of the archive \(13 bytes\), and was left"):
        unpack(tmp_path / "a.zip", tmp_path)
    assert (tmp_path / "train_tp.csv").read_text() == "recording_id\nmine\n"


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    pack(tmp_path / "a.zip", {"train/../../escaped.flac": b"x", "train/ok.flac": b"y"})
    (tmp_path / "data").mkdir()
    assert unpack(tmp_path / "a.zip", tmp_path / "data") == 1
    assert not (tmp_path / "escaped.flac").exists()


@pytest.mark.parametrize(
    ("files", "lacking"),
    [
        ({"train_tp.csv": b"x", "labels.csv": b"y"}, "train_fp.csv, sample_submission.csv, train, test"),
        ({"labels.csv": b"y"}, "train_tp.csv, train_fp.csv, sample_submission.csv, train, test"),
    ],
)
def test_another_competitions_archive_is_told(
    kaggle: Callable[..., list[str]], tmp_path: Path, files: dict[str, bytes], lacking: str
) -> None:
    kaggle(fetch=lambda path: pack(path, files))
    with pytest.raises(CanopyError, match=f"archive of {NAME} lacks {lacking}, which"):
        download(NAME, tmp_path)


@pytest.mark.parametrize(
    ("login", "fetch", "found"),
    [
        (SystemExit(1), pack, "no valid Kaggle credentials were found: create an API token on https://"),
        (OSError("Could not find kaggle.json. Make sure"), pack, "no valid Kaggle credentials were found"),
        (None, Answer(401), "no valid Kaggle credentials were found"),
        (None, Answer(403), f"accept the rules on https://www.kaggle.com/c/{NAME}/rules"),
        (None, Answer(404), f"Kaggle has no competition {NAME}"),
        (None, ConnectionFailed("no route"), "Kaggle could not be reached: connect to the network"),
        (ConnectionFailed("no route"), pack, "Kaggle could not be reached: connect to the network"),
        (None, TimeoutError(), "Kaggle could not be reached"),
        (None, ValueError("odd\nthings"), r"failed \(ValueError: odd\): run the same command again"),
    ],
)
def test_each_way_to_fail_gets_one_sentence(
    kaggle: Callable[..., list[str]], tmp_path: Path, login: BaseException | None, fetch: BaseException, found: str
) -> None:
    kaggle(login=login, fetch=fetch)
    with pytest.raises(CanopyError, match=found) as error:
        download(NAME, tmp_path)
    assert "\n" not in str(error.value)


def test_a_full_disk_stays_a_full_disk(kaggle: Callable[..., list[str]], tmp_path: Path) -> None:
    kaggle(fetch=OSError(28, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        download(NAME, tmp_path)


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "kaggle", None)
    monkeypatch.setitem(sys.modules, "kaggle.api", None)
    monkeypatch.setitem(sys.modules, "kaggle.api.kaggle_api_extended", None)
    with pytest.raises(CanopyError, match="kaggle package, which is not installed: run `make install`"):
        download(NAME, tmp_path)


def test_missing_parts_counts_an_empty_folder_as_missing(tmp_path: Path) -> None:
    assert missing_parts(tmp_path / "nowhere") == list(LAYOUT)
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    (tmp_path / "test/a.flac").touch()
    assert missing_parts(tmp_path) == ["train_tp.csv", "train_fp.csv", "sample_submission.csv", "train"]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, "error: no valid Kaggle credentials were found: "),
        ({"KAGGLE_USERNAME": "nobody", "KAGGLE_KEY": "none"}, "error: Kaggle could not be reached: "),
    ],
)
def test_the_real_package_offline_and_without_credentials(
    repository: Path, tmp_path: Path, variables: dict[str, str], found: str
) -> None:
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    settings = json.dumps({"competition": NAME, "folder": str(tmp_path / "data")})
    done = subprocess.run(
        [sys.executable, str(repository / "workflow/scripts/download_dataset.py"), "--settings", settings],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **nowhere, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(found)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
