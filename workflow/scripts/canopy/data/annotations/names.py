"""Which recording a name in an annotation file means."""

import os
import re
import unicodedata
from collections.abc import Iterable

from canopy.data.recordings.folder import AUDIO_SUFFIXES, FOLDER_MARK

TABLE_ENDINGS = re.compile(
    r"(\.Table\.\d+)?(\.selections?)?(\.BirdNET(\.selection)?(\.table|\.results)?)?\.(txt|tsv|csv|json)\Z",
    re.IGNORECASE,
)
"""What programs append to a recording's name to name its table: Raven, BirdNET-Analyzer, plain extensions."""
UPLOADED = re.compile(r"\A[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that was uploaded."""
ABSOLUTE = re.compile(r"/|[A-Za-z]:")


class Names:
    """The recordings of a folder, to be found by whatever annotation files call them.

    Parameters
    ----------
    recording_ids : iterable of str
        Ids, which begin with the folders that a recording lies in (`plot 3__20240501_060000`).
    """

    def __init__(self, recording_ids: Iterable[str]) -> None:
        self.known: dict[str, list[str]] = {}
        self.ids = {_composed(one): one for one in recording_ids}
        self.by_stem: dict[str, list[str]] = {}
        for composed, one in self.ids.items():
            parts = composed.split(FOLDER_MARK)
            for first in range(1, len(parts)):
                self.by_stem.setdefault(FOLDER_MARK.join(parts[first:]), []).append(one)

    def find(self, name: str) -> list[str]:
        """Return the ids that a name may mean.

        Parameters
        ----------
        name : str
            A file's name or path, of any system, with or without extension; or an id.

        Returns
        -------
        list of str
            One id where it is clear: a recording whose path ends like the name's, or the only one of that
            file name. Several where it is not. For a name without a recording, what its id would be.
        """
        if name not in self.known:
            self.known[name] = self._find(_bare(name))
        return self.known[name]

    def _find(self, bare: str) -> list[str]:
        parts = [part for part in bare.split("/") if part not in ("", ".", "..")] or [bare]
        for last in dict.fromkeys((parts[-1], UPLOADED.sub("", parts[-1]))):
            for first in range(len(parts)):
                whole = FOLDER_MARK.join([*parts[first:-1], last])
                if whole in self.ids:
                    return [self.ids[whole]]
            if last in self.by_stem:
                return sorted(self.by_stem[last])
        own = parts[-1] if ABSOLUTE.match(bare) else FOLDER_MARK.join(parts)
        return [self._blank_or_underscore(UPLOADED.sub("", parts[-1])) or own]

    def of_table(self, relative: str) -> str:
        """Return the name of the recording that a table's own file name tells."""
        return TABLE_ENDINGS.sub("", relative.replace(os.sep, "/"))

    def _blank_or_underscore(self, stem: str) -> str | None:
        """Return the id of the only recording whose name differs in blanks alone, which uploads turn to `_`."""
        if "_" not in stem:
            return None
        found = [one for composed, one in self.ids.items() if composed.replace(" ", "_") == stem]
        return found[0] if len(found) == 1 else None


def _bare(name: str) -> str:
    stem, suffix = os.path.splitext(_composed(name.strip()).replace("\\", "/"))
    return stem if suffix.lower() in AUDIO_SUFFIXES else stem + suffix


def _composed(text: str) -> str:
    """Return text with accents composed: macOS takes names of files apart, other systems do not."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
