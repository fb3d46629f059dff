"""How whole recordings are scored."""

from typing import Annotated

from pydantic import Field

from canopy.config.base import Count, Section


class Prediction(Section):
    """How whole recordings are scored."""

    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share of each window that the next one covers again."""
    batch_size: Count = 64
    """Windows per step."""
