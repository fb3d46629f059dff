"""Lines in a terminal: those that stay, and below them those that are replaced."""

from collections.abc import Sequence
from typing import TextIO

from canopy.runtime.terminal.board import Line

COLOURS = {"red": 31, "green": 32, "yellow": 33}


class Screen:
    """A stream that lines are written to.

    Parameters
    ----------
    stream : file object
    live : bool
        Whether it knows colours, and lines can be replaced.
    """

    def __init__(self, stream: TextIO, *, live: bool) -> None:
        self._stream, self._live = stream, live
        self._drawn = 0

    def write(self, lines: Sequence[Line], status: Sequence[str]) -> None:
        """Write lines that stay, and anew those below them, each of which is shorter than the terminal is wide."""
        if not lines and not status and not self._drawn:
            return
        up = f"\033[{self._drawn - 1}A" if self._drawn > 1 else ""
        back = f"\r{up}\033[J" if self._drawn else ""
        self._stream.write(back + "".join(f"{self._coloured(line)}\n" for line in lines) + "\n".join(status))
        self._stream.flush()
        self._drawn = len(status)

    def _coloured(self, line: Line) -> str:
        if not self._live or line.colour not in COLOURS:
            return line.text
        return f"\033[{COLOURS[line.colour]}m{line.text}\033[0m"
