"""How whole recordings are scored."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Count, Section, Share


class Prediction(Section):
    """How whole recordings are scored."""

    method: Literal["chunks", "windows"] = "chunks"
    """`chunks`: a recording passes through the trunk once, and each window through the head; `windows`: each window
    passes through the whole network. Networks whose trunk looks at the whole window are always scored by windows."""
    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share of each window that the next one covers again."""
    frame_share: Share = 0.5
    """A recording's score is this share of its highest framewise logit and the rest of its highest clipwise one."""
    batch_size: Count = 64
    """Windows per step."""
