"""Where the file of a pretrained network lies, and whether it is the one that is meant."""

import hashlib
import importlib.util
import os
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from canopy.config.embedding import EmbeddingFeatures
from canopy.config.features import FeatureSet
from canopy.config.pretrained import KNOWN, PACKED
from canopy.data.audio.fingerprint import AudioFingerprints
from canopy.features.networks.classes import numbered
from canopy.runtime.errors import CanopyError

FOLDER = "resources/networks"
"""Where networks lie that no installed package carries."""
MEMORY = ".snakemake/canopy/networks.json"
"""The SHA-256 of files that were read."""

RUNTIMES = {".onnx": ("onnxruntime",), ".tflite": ("ai_edge_litert",)}
"""The optional packages that open a network, by the end of its file's name."""


def find(model: str, package: str | os.PathLike[str] | None = None) -> str | None:
    """Return the path of a network's file or folder; None where there is none.

    Parameters
    ----------
    model : str
        The name of a known network, or a path. A file of the path's name is looked for in `resources/networks` too, so
        that a package finds it on another machine.
    package : path-like, optional
        The model package that needs it, which may hold it.
    """
    return next((path for path in _places(model, package) if os.path.exists(path)), None)


def _places(model: str, package: str | os.PathLike[str] | None) -> Iterator[str]:
    known = KNOWN.get(model)
    names = known.files if known else (os.path.basename(model),)
    if package is not None:
        yield from (os.path.join(package, PACKED, name) for name in names)
    if known is None:
        yield model
    yield from (os.path.join(FOLDER, name) for name in names)
    if known is not None and known.package:
        name, inside = known.package
        spec = importlib.util.find_spec(name)  # which imports nothing
        yield from (os.path.join(place, inside) for place in (spec and spec.submodule_search_locations) or ())


def content(path: str) -> str:
    """Return the SHA-256 of a file; of a folder, that of the list of its files with theirs."""
    fingerprints = AudioFingerprints(MEMORY, whole=_sha256)
    if not os.path.isdir(path):
        return fingerprints([os.path.abspath(path)])[os.path.abspath(path)]
    files = sorted(str(one) for one in Path(path).absolute().rglob("*") if one.is_file())
    lines = [f"{found}  {os.path.relpath(file, path)}\n" for file, found in fingerprints(files).items()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(handle: BufferedReader) -> str:
    handle.seek(0)
    return hashlib.file_digest(handle, "sha256").hexdigest()


def located(features: FeatureSet, where: str, package: str | os.PathLike[str] | None = None) -> FeatureSet:
    """Return a feature set whose `model` is the path of its network's file and whose classes are numbers.

    Other kinds stay as they are.

    Parameters
    ----------
    features : FeatureSet
    where : str
        What needs it, for messages.
    package : path-like, optional
        As of `find`.

    Raises
    ------
    CanopyError
        The file is not there, or is another one.
    """
    if not isinstance(features, EmbeddingFeatures):
        return features
    path = find(features.model, package)
    if path is None:
        raise CanopyError(f"{where} needs {_told(features)}, which is not here: {_fix(features)}")
    if features.sha256 is not None and (found := content(path)) != features.sha256:
        raise CanopyError(
            f"{where} needs {_told(features)}, but {path} is another file (its SHA-256 is {found}): {_fix(features)}"
        )
    return features.model_copy(update={"model": path, "classes": numbered(features, path)})


def _told(features: EmbeddingFeatures) -> str:
    known = KNOWN.get(features.model)
    name = f"the network {known.title}" if known else f"the network {os.path.basename(features.model)}"
    digest = f"SHA-256 {features.sha256}" if features.sha256 else ""
    licence = f"licence {features.licence}" if features.licence != "not told" else ""
    facts = ", ".join(fact for fact in (digest, licence) if fact)
    return f"{name} ({facts})" if facts else name


def _fix(features: EmbeddingFeatures) -> str:
    known = KNOWN.get(features.model)
    name = known.files[0] if known else os.path.basename(features.model)
    get = known.install if known else f"get it ({features.source})" if features.source != "not told" else "get it"
    return f"{get}, or put the file at {FOLDER}/{name}"
