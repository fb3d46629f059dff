"""All kinds of features, told apart by `kind`. A new one is a module beside this one, imported here, in `Kind`."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field

from canopy.config.cqt import CqtFeatures
from canopy.config.embedding import EmbeddingFeatures
from canopy.config.features import FeatureSet, MelFeatures
from canopy.config.settings import section
from canopy.config.waveform import WaveformFeatures
from canopy.runtime.errors import CanopyError

Kind = MelFeatures | CqtFeatures | WaveformFeatures | EmbeddingFeatures

KINDS: dict[str, type[FeatureSet]] = {
    get_args(settings.model_fields["kind"].annotation)[0]: settings for settings in get_args(Kind)
}


def _mel_by_default(raw: Any) -> Any:
    return {"kind": "mel", **raw} if isinstance(raw, dict) else raw


AnyFeatures = Annotated[Annotated[Kind, Field(discriminator="kind")], BeforeValidator(_mel_by_default)]
"""A feature set of any kind."""


def feature_set(raw: Mapping[str, Any], where: str) -> Any:
    """Check a feature set of any kind; `where` begins each complaint."""
    kind = raw.get("kind", "mel")
    if not isinstance(kind, str) or kind not in KINDS:
        raise CanopyError(f"{where}: kind must be one of {', '.join(sorted(KINDS))}, not {kind!r}")
    return section(KINDS[kind], raw, where)
