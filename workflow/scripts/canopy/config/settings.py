"""Settings on their way from a rule to its script: one JSON string, checked again where it arrives.

It knows no section by name, so that a script depends on the sections it reads and on no others.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from canopy.config.base import Section
from canopy.config.complaints import explain
from canopy.runtime.errors import CanopyError


def canonical(settings: Any) -> str:
    """Return settings as one JSON string that depends on their content alone."""
    if isinstance(settings, Section):
        settings = settings.model_dump(mode="json")
    return json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def section(kind: type[Section], raw: Mapping[str, Any], where: str) -> Any:
    """Check one section, as `load` does for the whole; `where` begins each complaint."""
    try:
        return kind.model_validate(dict(raw))
    except ValidationError as error:
        raise CanopyError(explain(error, kind, where)) from None
