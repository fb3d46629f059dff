"""All kinds of features, told apart by `kind`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from canopy.config.cqt import CqtFeatures
from canopy.config.features import FeatureSet, MelFeatures
from canopy.config.settings import section
from canopy.config.waveform import WaveformFeatures

KINDS: dict[str, type[FeatureSet]] = {"mel": MelFeatures, "cqt": CqtFeatures, "waveform": WaveformFeatures}


def _mel_by_default(raw: Any) -> Any:
    return {"kind": "mel", **raw} if isinstance(raw, dict) else raw


AnyFeatures = Annotated[
    Annotated[MelFeatures | CqtFeatures | WaveformFeatures, Field(discriminator="kind")],
    BeforeValidator(_mel_by_default),
]
"""A feature set of any kind."""


def feature_set(raw: Mapping[str, Any], where: str) -> Any:
    """Check a feature set of any kind; `where` begins each complaint."""
    return section(KINDS[raw.get("kind", "mel")], raw, where)
