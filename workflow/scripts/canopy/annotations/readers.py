"""Readers of annotations by the name of their format.

A reader takes its format's files and the options of `read_rfcx` by keyword, and returns canonical
annotations. A new format is a module beside `rfcx`, with its name here.
"""

import difflib
from collections.abc import Callable

import pandas as pd

from canopy.annotations.rfcx import read_rfcx
from canopy.errors import CanopyError

Reader = Callable[..., pd.DataFrame]

READERS: dict[str, Reader] = {"rfcx": read_rfcx}


def reader(name: str) -> Reader:
    """Return the reader of a format.

    Raises
    ------
    CanopyError
        There is none of that name.
    """
    if name not in READERS:
        near = difflib.get_close_matches(name, READERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CanopyError(f"there is no annotation format {name!r}: there are {', '.join(sorted(READERS))}{hint}")
    return READERS[name]
