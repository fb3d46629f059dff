"""The pretrained networks that feature sets name: where they lie, and what is in them."""

import os
from typing import Any

from canopy.config.embedding import FILE, EmbeddingFeatures
from canopy.config.features import FeatureSet
from canopy.features.networks.locate import content, located


def parameters(name: str, features: FeatureSet) -> dict[str, Any]:
    """Return all keys of the feature set `name`; of a network without a name, that of its file, not its place.

    Its classes are numbers, whatever named them.

    Raises
    ------
    CanopyError
        The network's file is not there, or is another one.
    """
    if not isinstance(features, EmbeddingFeatures):
        return features.model_dump()
    found, base = located(features, f"config: features.{name}"), os.path.basename(features.model)
    told = found.model_dump(exclude={"labels"})
    model = features.model if not features.names_file else base if FILE.search(base) else f"./{base}"
    return {**told, "model": model, "sha256": content(told["model"])}


def network_file(name: str, features: FeatureSet) -> str:
    """Return the path of a feature set's network; empty for kinds that have none."""
    if not isinstance(features, EmbeddingFeatures):
        return ""
    found = located(features, f"config: features.{name}")
    return str(found.model_dump()["model"])
