"""What all that handles tables shares: reading those that Canopy wrote, and telling people about them."""

import csv
import os
from collections.abc import Callable, Iterable

import pandas as pd

SHOWN = 10
"""How many of many things a message names."""

Reporter = Callable[[str], None]
"""What takes the lines that a person should see: `print` in a script."""


def silent(line: str) -> None:
    """Take a line and show it to nobody: the default `Reporter`."""


def read_table(path: str | os.PathLike[str], text: Iterable[str] = ("recording_id",)) -> pd.DataFrame:
    """Read a table that Canopy wrote.

    Parameters
    ----------
    path : path-like
        A table of `results/`.
    text : iterable of str
        Columns that hold text: `007` and `NA` stay what they are, an empty cell is an empty string. In
        all other columns an empty cell is missing.

    Returns
    -------
    pandas.DataFrame
        The table, floats exactly as written.
    """
    with open(path, encoding="utf-8", newline="") as handle:
        header = next(csv.reader(handle), [])
    texts = set(text).intersection(header)
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(texts, str),
        keep_default_na=False,
        na_values={name: [""] for name in header if name not in texts},
        float_precision="round_trip",
    )


def listed(names: Iterable[str], *, shown: int = SHOWN) -> str:
    """Return names for a message, the first few of them: `a, b and 3 more`."""
    names = list(names)
    head = ", ".join(names[:shown])
    return head if len(names) <= shown else f"{head} and {len(names) - shown} more"
