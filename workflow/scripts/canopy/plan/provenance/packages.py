"""What is installed."""

import importlib.metadata
import sys
from functools import cache
from pathlib import Path

from canopy.runtime.digest import digest

DISTRIBUTIONS = {
    "PIL": "pillow",
    "_miniaudio": "miniaudio",
    "ai_edge_litert": "ai-edge-litert",
    "keras_hub": "keras-hub",
    "sklearn": "scikit-learn",
    "tensorflow_probability": "tensorflow-probability",
    "yaml": "PyYAML",
}
"""Distributions whose name is not that of what they let one import."""

OPTIONAL = frozenset({"ai_edge_litert", "keras_hub", "onnx", "onnxruntime", "tf2onnx"})
"""Packages that only some settings need. They count with these (`canopy.plan.optional`), not with all code that could
import them: to install one wakes nothing that works without it."""


@cache
def version(package: str) -> str:
    """Return the installed version of the distribution that an import name belongs to, or an empty string."""
    try:
        return importlib.metadata.version(DISTRIBUTIONS.get(package, package))
    except importlib.metadata.PackageNotFoundError:
        return ""


@cache
def installed() -> str:
    """Fingerprint the names and versions of all installed packages, by the folders that describe them."""
    found: set[str] = set()
    for folder in sys.path:
        path = Path(folder or ".")
        if path.is_dir():
            found.update(entry.name for entry in path.iterdir() if entry.suffix in (".dist-info", ".egg-info"))
    return digest(sorted(found), sys.version)
