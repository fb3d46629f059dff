"""Species one by one: their curves, their scores, and how far probabilities can be trusted."""

from typing import Any

from canopy.report import pictures, tables
from canopy.report.payload import species_data
from canopy.report.sections.section import Page, Section


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    return {"headline": page.run.headline.title, "scores": tables.species(page.run)}


SECTION = Section(
    "species",
    "Species",
    context,
    "species.html",
    pictures={"species_scores": pictures.species_picture},
    data=lambda run, wanted: species_data(run),
    scripts=("curves.js", "species.js"),
    inputs={name: f"ensemble/{name}.csv" for name in ("calibration", "thresholds", "reliability")},
)
