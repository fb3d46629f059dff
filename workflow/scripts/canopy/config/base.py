"""What all parts of the configuration share."""

import os
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _usable(path: str) -> str:
    if not path.strip() or not path.isprintable() or "{" in path or "}" in path:
        raise ValueError("a path must not be empty, nor hold braces or characters that cannot be printed")
    return os.path.expanduser(path).rstrip("/") or "/"


Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Natural = Annotated[int, Field(ge=0, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
PATH = AfterValidator(_usable)
PathText = Annotated[str, PATH]
"""A file or folder, without what Snakemake takes for a wildcard; `~` is the user's own folder."""


class Section(BaseModel):
    """A part of the configuration: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
