"""Adding clips to a review: verdicts that the page saved are taken in first, then clips are cut and listed."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.clips import cut
from canopy.detections.review.names import clip_name
from canopy.detections.review.place import review_clips
from canopy.detections.review.table import COLUMNS, ReviewTable
from canopy.detections.review.verdicts import saved_verdicts
from canopy.runtime.files import to_disk
from canopy.runtime.progress import Progress
from canopy.runtime.tables import SHOWN, Reporter, listed


def take_in(table: ReviewTable, settings: Mapping[str, Any], report: Reporter) -> None:
    """Write verdicts that the page saved into the table, and tell of those that it does not take.

    Parameters
    ----------
    table : ReviewTable
    settings : mapping
        reviews (the review's folder), verdicts (another place of saved ones, or null).
    report : callable
        Takes a line.
    """
    verdicts = saved_verdicts(settings["reviews"], settings.get("verdicts"))
    if verdicts and (left := table.decide(verdicts)):
        clips = listed(sorted({verdict.clip for verdict in left}), shown=SHOWN)
        report(
            f"{len(left)} saved verdicts were not taken: the table has another that stays, or no such clip ({clips})"
        )


def add_clips(new: pd.DataFrame, table: ReviewTable, *, context_s: float) -> pd.DataFrame:
    """Cut clips and add them to the table, which is begun where there is none.

    Parameters
    ----------
    new : DataFrame
        recording_id, path (of the file), species, onset_s, offset_s and more of `COLUMNS`.
    table : ReviewTable
    context_s : float
        Seconds before and after.

    Returns
    -------
    DataFrame
        The rows that were added, with `COLUMNS`.
    """
    rows = _cut(new, review_clips(table.path.parent), table.next_number(), context_s)
    added = pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"verdict": object, "remark": object})
    to_disk()
    if len(added) or not table.path.exists():
        table.append(added.to_dict("records"))
    return added


def told(added: pd.DataFrame, table: ReviewTable) -> list[str]:
    """Return lines on what was added and what to do."""
    page, n = table.path.parent / "review.html", added["species"].nunique()
    lines = [
        f"{len(added)} clips of {n} species added: judge them in {page}, or",
        f"fill in the column `verdict` of {table.path}",
    ]
    if waiting := sum(not row.get("verdict", "").strip() for row in table.rows) - len(added):
        lines.append(f"{waiting} more wait there without a verdict; they stay as they are, whatever the settings")
    return lines


def _cut(new: pd.DataFrame, clips: Path, first: int, context_s: float) -> list[Mapping[Hashable, Any]]:
    """Cut the clips and return their rows."""
    clips.mkdir(parents=True, exist_ok=True)
    progress = Progress(len(new), "clips")
    rows: list[Mapping[Hashable, Any]] = []
    for number, row in enumerate(new.to_dict("records"), start=first):
        name = clip_name(number, row["species"], row["recording_id"], row["onset_s"])
        start_s, end_s = cut(row["path"], clips / name, row["onset_s"], row["offset_s"], context_s=context_s)
        heard: dict[Hashable, Any] = {"clip": name, "clip_onset_s": round(start_s, 3), "clip_offset_s": round(end_s, 3)}
        rows.append({**row, **heard, "clip_start_s": round(row["onset_s"] - start_s, 6), "asked": row["species"]})
        progress.step()
    return rows
