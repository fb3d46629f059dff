"""What is wrong with the rows of tables, gathered so that a user sees it together."""

import os
from typing import NamedTuple

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import SHOWN


class _Complaint(NamedTuple):
    path: str
    line: int
    text: str
    unit: str
    fix: str

    def __str__(self) -> str:
        fix = f"; {self.fix}" if self.fix else ""
        return f"{self.path}, {self.unit} {self.line}: {self.text}{fix}"


class Complaints:
    """Bad cells of one or more tables."""

    def __init__(self) -> None:
        self._found: list[_Complaint] = []

    def add(self, path: str | os.PathLike[str], line: int, text: str, *, unit: str = "line", fix: str = "") -> None:
        """Note that a line (or another `unit`) of a file is wrong.

        Parameters
        ----------
        path : path-like
            The file.
        line : int
            The line.
        text : str
            What was found and what is required.
        unit : str
            What is counted, where it is no lines.
        fix : str
            What to do; without it, that the row is to be fixed or removed.
        """
        self._found.append(_Complaint(os.fspath(path), line, text, unit, fix))

    def stop(self) -> None:
        """Raise a CanopyError that lists what was noted, in the order of files and lines, if anything was."""
        if not self._found:
            return
        files = {path: place for place, path in enumerate(dict.fromkeys(one.path for one in self._found))}
        found = sorted(self._found, key=lambda one: (files[one.path], one.line))
        if len(found) == 1:
            raise CanopyError(f"{found[0]}" if found[0].fix else f"{found[0]}; fix or remove the row")
        shown = [str(one) for one in found[:SHOWN]]
        if len(found) > SHOWN:
            shown.append(f"and {len(found) - SHOWN} more like these")
        raise CanopyError(
            f"{len(found)} rows cannot be used, fix or remove them:\n" + "\n".join(f"  {line}" for line in shown)
        )
