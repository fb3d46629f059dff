"""Tables from outside, by their content."""

import csv
import os

from canopy.data.audio.fingerprint import audio
from canopy.runtime.digest import digest


def table(path: str | os.PathLike[str], *, ordered: bool = False) -> str:
    """Fingerprint a table from outside by its content: quotes, line ends and blanks around cells aside.

    Parameters
    ----------
    path : path-like
        A CSV file; one that is none is fingerprinted by its bytes.
    ordered : bool
        Whether the order of rows and columns counts.

    Returns
    -------
    str
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            rows = [[cell.strip() for cell in row] for row in csv.reader(handle) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        return audio(path)
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return audio(path)
    if ordered:
        return digest(rows)
    order = sorted(range(len(rows[0])), key=lambda column: rows[0][column])
    cells = [[row[column] for column in order] for row in rows]
    return digest(cells[0], sorted(cells[1:]))
