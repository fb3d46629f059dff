"""What a package holds, with the fingerprint of every file: text and weights, nothing that runs when it is read."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from canopy.config.compute import Compute
from canopy.config.embedding import computed
from canopy.config.kinds import feature_set
from canopy.config.prediction import Prediction
from canopy.config.settings import section
from canopy.runtime.digest import digest
from canopy.runtime.errors import CanopyError

NAME = "manifest.json"
FORMAT = 1
FIX = (
    "make it anew with `snakemake --cores N --forcerun package_model -- package` in the run it comes from, and copy "
    "the whole folder"
)
TABLES = ("species.csv", "calibration.csv", "thresholds.csv", "scores.csv", "versions.csv")
"""Tables of every package: ranges of the species' boxes, calibrators, thresholds, scores, versions."""


@dataclass(frozen=True)
class Member:
    """One experiment of the ensemble.

    Attributes
    ----------
    experiment : str
    folds : int
        Its networks lie in `members/<experiment>/fold0` and so on.
    coefficient : float
        What the mean of its networks' logits is multiplied with.
    features : dict
        The parameters of its feature set.
    prediction : dict
        How it scores whole recordings.
    """

    experiment: str
    folds: Annotated[int, Field(ge=1)]
    coefficient: Annotated[float, Field(allow_inf_nan=False)]
    features: dict[str, Any]
    prediction: dict[str, Any]

    def networks(self) -> list[tuple[str, str]]:
        """Return each network's architecture and weights, as paths in the package."""
        folders = [f"members/{self.experiment}/fold{fold}" for fold in range(self.folds)]
        return [(f"{folder}/model.json", f"{folder}/model.weights.h5") for folder in folders]


@dataclass(frozen=True)
class Manifest:
    """A package's content.

    Attributes
    ----------
    species : tuple of str
        The classes, in the order of the networks' outputs.
    classes : str
        species, or species_songtype: each of these is a songtype of a species.
    members : tuple of Member
    compute : dict
        TensorFlow's threads and determinism, on which the scores depend.
    canopy : str
        The version of Canopy that made it.
    files : dict of str to str
        SHA-256 of each file, by its path in the package.
    """

    species: Annotated[tuple[str, ...], Field(min_length=1)]
    classes: Literal["species", "species_songtype"]
    members: Annotated[tuple[Member, ...], Field(min_length=1)]
    compute: dict[str, Any]
    canopy: str
    files: dict[str, str]

    @property
    def scoring(self) -> str:
        """The fingerprint of all that scores depend on; calibrators and thresholds are not among it."""
        networks = {path: found for path, found in self.files.items() if path.startswith("members/")}
        members = [{**asdict(member), "features": computed(member.features)} for member in self.members]
        return digest(self.species, members, self.compute, networks)

    def network(self, member: Member) -> str:
        """Return the fingerprint of a member's first network and of what it hears."""
        return digest(computed(member.features), {path: self.files[path] for path in member.networks()[0]})

    @property
    def whole(self) -> str:
        """The fingerprint of the whole package."""
        return digest(self.scoring, self.files)

    @property
    def frame_s(self) -> float:
        """Seconds from frame to frame of the ensemble's framewise scores: those of its finest member."""
        return min(member.features["hop_samples"] / member.features["sample_rate_hz"] for member in self.members)

    def text(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_manifest(package: str | os.PathLike[str]) -> Manifest:
    """Read a package's manifest, and see that each of its files is there.

    Raises
    ------
    CanopyError
        The folder is no package, of a later format, or not whole.
    """
    path = Path(package) / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise CanopyError(
            f"there is no model package in {package} (it would hold {NAME}): finish a run of this configuration with "
            "`snakemake --cores N`, or name a package that was copied from elsewhere with `--config package=FOLDER`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise CanopyError(f"{path} cannot be read ({error}): {FIX}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        version = found.get("format") if isinstance(found, dict) else None
        raise CanopyError(
            f"{path} is of format {version}, and this version of Canopy reads format {FORMAT}: install the version "
            f"that made it ({found.get('canopy') if isinstance(found, dict) else 'unknown'}), or {FIX}"
        )
    try:
        manifest = TypeAdapter(Manifest).validate_json(json.dumps(found), strict=True)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise CanopyError(f"{path} is not a whole manifest ({'; '.join(wrong)}): {FIX}") from None
    _check_settings(path, manifest)
    _check_files(Path(package), manifest)
    return manifest


def _check_settings(path: Path, manifest: Manifest) -> None:
    if len(set(manifest.species)) < len(manifest.species):
        raise CanopyError(f"{path} is not a whole manifest (species: one stands there twice): {FIX}")
    section(Compute, manifest.compute, f"{path}: compute")
    for member in manifest.members:
        feature_set(member.features, f"{path}: features of {member.experiment}")
        section(Prediction, member.prediction, f"{path}: prediction of {member.experiment}")
        missing = {"hop_samples", "sample_rate_hz", "frame_share"} - {*member.features, *member.prediction}
        if missing:
            raise CanopyError(f"{path} is not a whole manifest ({member.experiment}: no {min(missing)}): {FIX}")


def _check_files(package: Path, manifest: Manifest) -> None:
    needed = {path for member in manifest.members for pair in member.networks() for path in pair} | set(TABLES)
    for name in sorted(needed | set(manifest.files)):
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise CanopyError(f"{package / NAME} names the file {name}, which lies outside the package: {FIX}")
        if name not in manifest.files or not (package / name).is_file():
            raise CanopyError(f"the package {package} lacks {name}: {FIX}")


def check_content(package: str | os.PathLike[str], manifest: Manifest) -> None:
    """Raise a CanopyError where a file is not the one that was packed."""
    for name, expected in manifest.files.items():
        if sha256(Path(package) / name) != expected:
            raise CanopyError(
                f"{Path(package) / name} has changed since it was packed (its SHA-256 is not that of {NAME}): {FIX}"
            )
