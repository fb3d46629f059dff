"""The configuration and the packages of the run."""

from typing import Any

from canopy.report import tables
from canopy.report.sections.section import Page, Section


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    return {"versions": tables.versions(page.run)}


SECTION = Section("settings", "Settings", context, "settings.html")
