"""How evenly the species were split among the folds."""

from typing import Any

from canopy.report import pictures, tables
from canopy.report.sections.section import Page, Section


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    return {"counts": tables.folds(page.run)}


SECTION = Section("folds", "Folds", context, "folds.html", pictures={"fold_balance": pictures.fold_balance})
