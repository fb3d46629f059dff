"""The sample submission: which recordings and species a submission must have, in which order."""

import os
from collections.abc import Iterable

import pandas as pd

from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.decoding import FETCH
from canopy.runtime.input_tables.reading import check_ids, read_text
from canopy.runtime.tables import listed


def read_sample(path: str | os.PathLike[str], *, fix: str = FETCH) -> pd.DataFrame:
    """Read a sample submission.

    Parameters
    ----------
    path : path-like
        A table of `recording_id` and one column per species; the values do not matter.
    fix : str
        How to get the file when it is missing.

    Returns
    -------
    pandas.DataFrame
        Its cells as text, in the file's order of rows and columns.

    Raises
    ------
    CanopyError
        The table is missing, empty, not UTF-8, or without `recording_id`, species or rows; or an id is
        a path or stands twice.
    """
    rows = read_text(path, ["recording_id"], fix=fix)
    if len(rows.columns) < 2:
        raise CanopyError(f"{path} has no species columns: it needs recording_id and one column per species")
    if not all(rows.columns):
        raise CanopyError(f"{path} has a column without a name: name it after its species, or remove it")
    if rows.empty:
        raise CanopyError(f"{path} has a header and no rows: it needs one row per test recording")
    complaints = Complaints()
    first_line: dict[str, int] = {}
    check_ids(rows, path, complaints)
    for line, recording_id in zip(rows.index.tolist(), rows["recording_id"], strict=True):
        if recording_id in first_line:
            complaints.add(path, line, f"recording_id {recording_id} stands in line {first_line[recording_id]} already")
        first_line.setdefault(recording_id, line)
    complaints.stop()
    return rows.reset_index(drop=True)


def sample_species(sample: pd.DataFrame) -> list[str]:
    """Return the species columns of a sample submission, in its order."""
    return [str(name) for name in sample.columns if name != "recording_id"]


def check_recordings(sample: pd.DataFrame, found: Iterable[str], *, sample_path: str, folder: str) -> None:
    """Check before anything is computed that a sample submission and a folder of recordings belong together.

    Parameters
    ----------
    sample : pandas.DataFrame
        As `read_sample` returns it.
    found : iterable of str
        The ids of the recordings in the folder.
    sample_path, folder : str
        Where the two come from, for the message.

    Raises
    ------
    CanopyError
        The folder holds recordings that the sample does not list, or none that it lists. Single
        recordings that are missing are left to the quality control.
    """
    wanted, found_ids = set(sample["recording_id"]), set(found)
    fix = "use the sample submission and the folder of the same dataset (`sample_submission`, `test_audio`)"
    if not wanted & found_ids:
        raise CanopyError(
            f"{sample_path} lists other recordings (such as {listed(sorted(wanted), shown=3)}) than {folder} holds "
            f"(such as {listed(sorted(found_ids), shown=3)}): {fix}"
        )
    if extra := sorted(found_ids - wanted):
        raise CanopyError(
            f"{folder} holds recordings that {sample_path} does not list ({listed(extra)}): remove them, or {fix}"
        )
