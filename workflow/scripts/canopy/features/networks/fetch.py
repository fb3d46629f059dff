"""Fetching a pretrained network by its name into `resources/networks`.

    make fetch-network NETWORK=perch

What was fetched lies there for all projects of this checkout; a package names it by its SHA-256.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from canopy.config.complaints import nearest
from canopy.config.pretrained import KNOWN
from canopy.features.networks.locate import FOLDER, content
from canopy.runtime.command import told
from canopy.runtime.errors import CanopyError


@dataclass(frozen=True)
class Source:
    """Where a network can be had.

    Attributes
    ----------
    url : str
    goal : str
        What the network is called in `resources/networks`.
    sha256 : str or None
        Of what the address gives; None where nobody has told it.
    inside : str
        The end of the name of the file in the ZIP archive that the address gives; empty where it gives the file itself.
        `/` stands for a `.tar.gz` whose whole content is the folder of a SavedModel.
    """

    url: str
    goal: str
    sha256: str | None = None
    inside: str = ""


SOURCES: dict[str, Source] = {
    "birdnet": Source(
        "https://zenodo.org/api/records/15050749/files/BirdNET_v2.4_tflite.zip/content",
        "BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite",
        inside="audio-model.tflite",
    ),
    "perch": Source(
        "https://huggingface.co/justinchuby/Perch-onnx/resolve/da88bf8c37c0b3068fc706fe509f633b9fbd28c1/perch_v2.onnx",
        "perch_v2.onnx",
        sha256="bf0c8467a924cb074663970ca4a0ab1e143602121930209657d0dff5d5cefa1f",
    ),
    "yamnet": Source(
        "https://www.kaggle.com/api/v1/models/google/yamnet/tensorFlow2/yamnet/1/download", "yamnet", inside="/"
    ),
}
"""By the names of `canopy.config.pretrained.KNOWN`."""


def fetch(name: str, *, folder: str | os.PathLike[str] = FOLDER, progress: bool = False) -> Path:
    """Fetch a network, whole or not at all, unless it is there.

    Parameters
    ----------
    name : str
        As in `model:` of a feature set.
    folder : path-like
        Where it goes.
    progress : bool
        Whether a bar is shown.

    Returns
    -------
    Path
        Its file or folder.

    Raises
    ------
    CanopyError
        There is no such network, it cannot be reached, or something else came.
    """
    if name not in SOURCES:
        raise CanopyError(
            f"no network of the name {name!r} can be fetched{nearest(name, list(SOURCES))}; there are "
            f"{', '.join(SOURCES)}. Of others, put the file into {FOLDER}/ and name its path"
        )
    source, known, goal = SOURCES[name], KNOWN[name], Path(folder, SOURCES[name].goal)
    if goal.exists():
        return goal
    goal.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=goal.parent) as draft:
        fetched = _fetched(source, Path(draft), f"{known.title} ({known.source})", goal, progress=progress)
        os.replace(fetched, goal)
    return goal


def _fetched(source: Source, draft: Path, what: str, goal: Path, *, progress: bool) -> Path:
    import pooch
    from requests import RequestException

    pooch.get_logger().setLevel("ERROR")
    by_hand = f"or get it elsewhere and put it at {goal}"
    try:
        path = Path(
            pooch.retrieve(
                source.url,
                known_hash=source.sha256 and f"sha256:{source.sha256}",
                fname="fetched",
                path=draft,
                downloader=pooch.HTTPDownloader(progressbar=progress, timeout=60),
            )
        )
    except RequestException as error:
        status = getattr(error.response, "status_code", None)
        said = f"the server said {status}" if status else f"no connection to {source.url.split('/')[2]}"
        raise CanopyError(
            f"{what} could not be fetched ({said}): connect to the network and try again, {by_hand}"
        ) from error
    except ValueError as error:  # what pooch raises where the digest is another one
        raise CanopyError(
            f"{what}: {source.url} gave another file than the one of SHA-256 {source.sha256}: try again, {by_hand}"
        ) from error
    if not source.inside:
        return path
    return _unpacked(path, source.inside, what, by_hand)


def _unpacked(archive: Path, inside: str, what: str, by_hand: str) -> Path:
    import tarfile
    import zipfile

    goal = archive.with_name("unpacked")
    try:
        if inside == "/":
            with tarfile.open(archive) as packed:
                for member in packed:
                    if member.isfile():
                        _write(packed.extractfile(member), _within(goal, member.name))
            (saved,) = goal.rglob("saved_model.pb")
            return saved.parent
        with zipfile.ZipFile(archive) as packed:
            (name,) = (one for one in packed.namelist() if one.rpartition("/")[2] == inside)
            _write(packed.open(name), goal)
        return goal
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError) as error:
        wanted = "the folder of a SavedModel" if inside == "/" else inside
        raise CanopyError(f"{what}: what came is no archive that holds {wanted} once: try again, {by_hand}") from error


def _within(folder: Path, name: str) -> Path:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(folder):
        raise ValueError(f"{name} leads out of the archive")
    return path


def _write(packed: IO[bytes] | None, path: Path) -> None:
    assert packed is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    with packed, path.open("wb") as sink:
        shutil.copyfileobj(packed, sink, length=1 << 20)


def main(argv: Sequence[str] | None = None) -> None:
    """Fetch the network that the command line names, and tell where it lies and under which licence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help=", ".join(SOURCES))
    given = parser.parse_args(argv)
    path = fetch(given.network, progress=sys.stderr.isatty())
    known = KNOWN[given.network]
    print(f"{path} holds {known.title} (licence {known.licence}, SHA-256 {content(str(path))})")


if __name__ == "__main__":
    try:
        main()
    except (CanopyError, OSError) as problem:
        if not (text := told(problem)):
            raise
        sys.exit(f"error: {text}")
