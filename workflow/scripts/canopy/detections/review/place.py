"""Where the clips of a folder of recordings and their table lie."""

import os
from pathlib import Path

REVIEWS = "reviews"
"""Where people's verdicts lie, of all results and packages, below the working folder."""


def review_tables() -> list[str]:
    """Return the tables of all reviews."""
    return sorted(str(path) for path in Path(REVIEWS).glob("*/review-*.csv") if path == review_table(path.parent))


def review_table(folder: str | os.PathLike[str]) -> Path:
    """Return the table in a folder of clips: named like the folder, so that tables of several can lie together."""
    return Path(folder, f"review-{Path(folder).name}.csv")


def review_clips(folder: str | os.PathLike[str]) -> Path:
    """Return the folder of the clips."""
    return Path(folder, "clips")


def review_page(folder: str | os.PathLike[str]) -> Path:
    """Return the page in which a person judges the clips."""
    return Path(folder, "review.html")
