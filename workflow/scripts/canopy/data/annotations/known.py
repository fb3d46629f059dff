"""The species that a dataset fixes before its annotations are read."""

from collections.abc import Mapping
from typing import Any

from canopy.data.annotations.classes import configured_species
from canopy.data.sample_submission import read_sample, sample_species


def known_species(settings: Mapping[str, Any]) -> tuple[list[str] | None, str]:
    """Return the species that a dataset fixes, None where its annotations decide, and where they come from.

    Parameters
    ----------
    settings : mapping
        species (list or null), sample_submission (path or null).
    """
    path = settings.get("sample_submission")
    return configured_species(settings.get("species"), sample_species(read_sample(path)) if path else None)
