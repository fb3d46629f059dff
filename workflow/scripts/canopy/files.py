"""Writing outputs whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path` and rename it to `path` when the block ends well.

    Parameters
    ----------
    path : path-like
        The final name. Missing folders above it are made.

    Yields
    ------
    pathlib.Path
        Where to write: the same folder and suffixes, so that the rename is atomic and writers that
        look at the suffix behave. It is removed when the block raises.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    draft = final.with_name(f".{os.getpid()}.part.{final.name}")
    try:
        yield draft
        os.replace(draft, final)
    finally:
        draft.unlink(missing_ok=True)


def write_table(table: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table as UTF-8 CSV without its index, Unix line ends, whole or not at all."""
    with whole(path) as draft:
        table.to_csv(draft, index=False, lineterminator="\n")


def write_text(text: str, path: str | os.PathLike[str]) -> None:
    """Write text as UTF-8, whole or not at all."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")
