"""Fetching a competition's data with the `kaggle` package."""

import contextlib
import errno
import io
import os
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import to_disk, whole
from canopy.runtime.owned import DOWNLOAD, check_own, files_in, made, mark
from canopy.runtime.tables import Reporter, listed, silent

LAYOUT = ("train_tp.csv", "train_fp.csv", "sample_submission.csv", "train", "test")
"""What a dataset of RFCX's shape consists of; anything else in the archive is left there."""
CREDENTIALS = (
    "create an API token on https://www.kaggle.com/settings and set it as KAGGLE_API_TOKEN, or put kaggle.json into "
    "~/.kaggle"
)


def download(competition: str, folder: str | os.PathLike[str], *, report: Reporter = silent) -> None:
    """Fetch and unpack a competition's data, unless it is there already.

    An interrupted transfer goes on where it stopped, and so does the unpacking; the archive is removed
    when all is unpacked.

    Parameters
    ----------
    competition : str
        Kaggle's short name of the competition.
    folder : path-like
        Where the data goes: `train_tp.csv`, `train/` and so on.
    report : callable
        Takes lines about the progress.

    Raises
    ------
    CanopyError
        In one sentence, what to do: the package, credentials, consent to the rules, or the network is
        missing, the archive does not have the layout, or the folder holds something else.
    """
    folder = Path(folder)
    archive = folder / f"{competition}.zip"
    if not missing_parts(folder) and not (archive.exists() and _fetched(archive)):
        report(f"{folder} holds the dataset already; nothing was fetched")
        return
    check_download("rfcx", competition, folder)
    mark(folder, DOWNLOAD, made(folder, DOWNLOAD))
    if not zipfile.is_zipfile(archive):
        _fetch(competition, folder, archive)
    n_files = unpack(archive, folder, report=report)
    if missing := missing_parts(folder):
        raise CanopyError(
            f"the archive of {competition} lacks {listed(missing)}, which a dataset of RFCX's layout has: "
            "see that `competition` names the right one"
        )
    to_disk()
    if _fetched(archive):
        archive.unlink()
    report(f"{folder} holds the dataset: {n_files} files")


def check_download(dataset: str, competition: str, folder: str | os.PathLike[str]) -> None:
    """See that a competition's data may be fetched into a folder.

    Raises
    ------
    CanopyError
        The dataset is none that is fetched, or the folder holds something else.
    """
    if dataset != "rfcx":
        raise CanopyError(
            f"`download` fetches the dataset rfcx, and `dataset` is {dataset}: add `--configfile configs/rfcx.yaml`"
        )
    archive = f"{competition}.zip"
    if not missing_parts(folder) or [*files_in(folder)] == [archive]:
        return
    check_own(folder, DOWNLOAD, fix="name a new or an empty folder by `data: FOLDER` to fetch the data into")


def missing_parts(folder: str | os.PathLike[str]) -> list[str]:
    """Return the parts of `LAYOUT` that a folder lacks; an empty folder of recordings counts as lacking."""
    folder = Path(folder)
    return [
        name
        for name in LAYOUT
        if not (folder / name).exists() or ((folder / name).is_dir() and not any((folder / name).iterdir()))
    ]


def unpack(archive: Path, folder: Path, *, report: Reporter = silent) -> int:
    """Unpack the parts of `LAYOUT` from an archive, each file whole or not at all.

    Files that are there are left alone. A folder that wraps the whole archive is taken off.

    Returns
    -------
    int
        Number of files that the archive has of `LAYOUT`.

    Raises
    ------
    CanopyError
        The archive is damaged; it is removed where `download` fetched it, so that the next run fetches it again. Or a
        file is there already, and of another size.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = _members(packed)
            for number, (target, member) in enumerate(members.items(), start=1):
                goal = folder / target
                if os.path.lexists(goal):
                    _same_size(goal, member.file_size)
                else:
                    with packed.open(member) as source, whole(goal, at_once=False) as draft, draft.open("wb") as sink:
                        shutil.copyfileobj(source, sink, length=1 << 20)
                if number % 1000 == 0:
                    report(f"{number} of {len(members)} files unpacked")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        if not _fetched(archive):
            raise CanopyError(f"the archive {archive} is damaged ({error}): put a whole one there") from error
        archive.unlink(missing_ok=True)
        raise CanopyError(
            f"the archive {archive} was damaged ({error}) and has been removed: run the same command again"
        ) from error
    return len(members)


def _fetched(archive: Path) -> bool:
    """Whether `download` fetched an archive; a person may have put it there."""
    return archive.name in made(archive.parent, DOWNLOAD)


def _same_size(path: Path, size: int) -> None:
    if not path.is_file() or path.stat().st_size != size:
        raise CanopyError(
            f"{path} is not the file of the archive ({size} bytes), and was left as it is: "
            "move it to another place, then run the same command again"
        )


def _members(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members that belong to `LAYOUT`, by their path in the dataset's folder."""
    files = {PurePosixPath(member.filename).parts: member for member in packed.infolist() if not member.is_dir()}
    tops = {parts[0] for parts in files}
    wrapped = len(tops) == 1 and tops.isdisjoint(LAYOUT) and all(len(parts) > 1 for parts in files)
    inner = {parts[1:] if wrapped else parts: member for parts, member in files.items()}
    return {"/".join(parts): member for parts, member in inner.items() if parts[0] in LAYOUT and ".." not in parts}


def _fetch(competition: str, folder: Path, archive: Path) -> None:
    if archive.exists() and not _fetched(archive):
        raise CanopyError(f"{archive} is no whole ZIP archive: put a whole one there, or remove it to have it fetched")
    api = _signed_in(competition)
    mark(folder, DOWNLOAD, {archive.name})
    try:
        api.competition_download_files(competition, path=str(folder), quiet=False)
    except (Exception, SystemExit) as error:
        raise _explained(error, competition) from error
    if not archive.exists():
        raise CanopyError(f"the kaggle package fetched no {archive}: run the same command again")


def _signed_in(competition: str) -> Any:
    """Return Kaggle's client with the user's credentials.

    The package looks for credentials when it is imported, and then prints its help, exits or raises,
    depending on its version: what it prints is held back, what it raises is told in one sentence.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            from kaggle.api.kaggle_api_extended import KaggleApi

            api = KaggleApi()
            api.authenticate()
    except ImportError as error:
        raise CanopyError(
            f"the data of {competition} is fetched with the kaggle package, which is not installed: run "
            "`make install`, or `pip install kaggle`"
        ) from error
    except SystemExit as error:
        raise CanopyError(f"no valid Kaggle credentials were found: {CREDENTIALS}") from error
    except Exception as error:
        raise _explained(error, competition) from error
    return api


def _explained(error: BaseException, competition: str) -> BaseException:
    """Return the error to raise for one of the kaggle package's."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "status", None))
    name = type(error).__name__
    if status == 401 or (isinstance(error, OSError) and "kaggle.json" in str(error)):
        return CanopyError(f"no valid Kaggle credentials were found: {CREDENTIALS}")
    if status == 403:
        return CanopyError(
            f"Kaggle refused the data of {competition}: accept the rules on "
            f"https://www.kaggle.com/c/{competition}/rules with the account of your credentials, then run this again"
        )
    if status == 404:
        return CanopyError(f"Kaggle has no competition {competition}: see the setting `competition`")
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if "Connection" in kinds or "Timeout" in kinds:
        return CanopyError(
            "Kaggle could not be reached: connect to the network and run this again (it goes on where it stopped), "
            f"or put the files of https://www.kaggle.com/c/{competition}/data where `data` points"
        )
    first_line = next(iter(str(error).splitlines()), "")
    return CanopyError(f"fetching the data of {competition} failed ({name}: {first_line}): run the same command again")
