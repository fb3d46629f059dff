"""Which recording a name in an annotation file means."""

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from canopy.data.recordings.folder import AUDIO_SUFFIXES
from canopy.data.recordings.ids import FOLDER_MARK

TABLE_ENDINGS = re.compile(
    r"(\.Table\.\d+)?(\.selections?)?(\.BirdNET(\.selection)?(\.table|\.results)?)?\.(txt|tsv|csv|json|xlsx)\Z",
    re.IGNORECASE,
)
"""What programs append to a recording's name to name its table: Raven, BirdNET-Analyzer, plain extensions."""
UPLOADED = re.compile(r"\A[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that was uploaded."""
DRIVE = re.compile(r"[A-Za-z]:")

Parts = tuple[str, ...]
"""A path in parts: its folders, and last the file's name without extension."""


@dataclass(frozen=True)
class Found:
    """What a name means.

    Attributes
    ----------
    recording_id : str
        The recording; the first candidate where it is not clear; what its id would be where there is none.
    candidates : tuple of str
        The recordings that the name may mean, where that is not clear.
    elsewhere : str
        The name's folder, where all candidates lie in others.
    by_folder : bool
        Whether a folder told the recording, not the file's name alone.
    """

    recording_id: str
    candidates: tuple[str, ...] = ()
    elsewhere: str = ""
    by_folder: bool = False


class Names:
    """The recordings of a folder, to be found by whatever annotation files call them.

    Parameters
    ----------
    recording_ids : iterable of str
        Ids, which begin with the folders that a recording lies in (`plot 3__20240501_060000`).
    """

    def __init__(self, recording_ids: Iterable[str]) -> None:
        self.known: dict[tuple[str, str], Found] = {}
        self.completions: dict[str, str] = {}
        self.ids = {_composed(one): one for one in recording_ids}
        paths = [tuple(composed.split(FOLDER_MARK)) for composed in self.ids]
        self.folders = sorted({path[:-1] for path in paths if len(path) > 1})
        self.by_stem: dict[str, list[Parts]] = {}
        for path in paths:
            self.by_stem.setdefault(path[-1].casefold(), []).append(path)

    def find(self, name: str, table_folder: str = "") -> Found:
        r"""Return what a name means.

        A name means the recording whose path ends like it: `D:\card\plot 3\a.wav` is `plot 3__a`. A file's name alone
        decides only where no folder contradicts it: `plot 9/a.wav` is not `plot 3__a`. The case of letters counts
        only between recordings that differ in nothing else.

        Parameters
        ----------
        name : str
            A file's name or path, of any system, with or without extension; or an id.
        table_folder : str
            The folder, below that of all annotations, of the file that holds the name: where a name has no folder of
            its own, it is in this one.
        """
        key = name, table_folder
        if key not in self.known:
            self.known[key] = self._find(_bare(name), _parts(_composed(table_folder)))
        return self.known[key]

    def of_table(self, relative: str) -> str:
        """Return the name of the recording that a table's own file name tells."""
        return TABLE_ENDINGS.sub("", relative.replace(os.sep, "/"))

    def completed(self, beginning: str) -> str:
        """Return the only file name of a recording that begins with a name and `_`, or else the name itself."""
        if beginning not in self.completions:
            paths = [path for same in self.by_stem.values() for path in same]
            names = {path[-1] for path in paths if path[-1].startswith(f"{beginning}_")}
            self.completions[beginning] = names.pop() if len(names) == 1 else beginning
        return self.completions[beginning]

    def same_file(self, name: str, recording_id: str) -> bool:
        """Whether the file's name in a name is that of a recording, whatever their folders."""
        return _parts(_bare(name))[-1:] == _parts(_composed(recording_id))[-1:]

    def _find(self, bare: str, table_folder: Parts) -> Found:
        if bare in self.ids and FOLDER_MARK in bare:
            return Found(self.ids[bare], by_folder=True)
        *folders, last = _parts(bare) or (bare,)
        uploaded = UPLOADED.sub("", last)
        for stem in dict.fromkeys((last, uploaded)):
            if stem.casefold() in self.by_stem:
                return self._of_stem(stem, tuple(folders) or table_folder)
        own = uploaded if bare.startswith("/") or DRIVE.match(bare) else FOLDER_MARK.join((*folders, last))
        return Found(self._blank_or_underscore(uploaded) or own)

    def _of_stem(self, stem: str, folders: Parts) -> Found:
        """Return which of the recordings of a file name is in some folders."""
        for first in range(len(folders)):
            if (whole := FOLDER_MARK.join((*folders[first:], stem))) in self.ids:
                return Found(self.ids[whole], by_folder=True)
        ranked: dict[Parts, tuple[int, bool, bool]] = {}
        alike = self.by_stem[stem.casefold()]
        for path in alike:
            shared = _shared(folders, path[:-1])
            if shared is not None:
                same_case = path[-1] == stem and set(path[:-1]) <= set(folders)
                ranked[path] = (shared, len(path) == len(folders) + 1, same_case)
        if ranked:
            highest = max(ranked.values())
            best = [path for path, rank in ranked.items() if rank == highest]
            found = tuple(sorted(self.ids[FOLDER_MARK.join(path)] for path in best))
            return Found(found[0], found if len(found) > 1 else (), by_folder=highest[0] > 0)
        if any(_shared(folders, folder) for folder in self.folders):
            return Found(FOLDER_MARK.join((*self._known_end(folders), stem)))
        others = tuple(sorted(self.ids[FOLDER_MARK.join(path)] for path in alike))
        return Found(others[0], others, elsewhere="/".join(folders))

    def _known_end(self, folders: Parts) -> Parts:
        """Return the last of some folders that are folders of recordings; all of them where none of their ends is."""
        ends = [folders[first:] for first in range(len(folders)) if folders[first:] in self.folders]
        return ends[0] if ends else folders

    def _blank_or_underscore(self, stem: str) -> str | None:
        """Return the id of the only recording whose name differs in blanks alone, which uploads turn to `_`."""
        if "_" not in stem:
            return None
        found = [one for composed, one in self.ids.items() if composed.replace(" ", "_") == stem]
        return found[0] if len(found) == 1 else None


def _shared(named: Parts, real: Parts) -> int | None:
    """Return how many folders a name shares with a recording, in any case of letters; None where they contradict.

    They do not where the recording's path is the end of the name's, as on another computer; nor where the name tells
    fewer folders than there are, such as `plot 3` of `plot 3/20240501`.
    """
    named, real = tuple(map(str.casefold, named)), tuple(map(str.casefold, real))
    if not named or not real:
        return 0
    if len(real) <= len(named):
        return len(real) if named[-len(real) :] == real else None
    rest = iter(real)
    return len(named) if all(folder in rest for folder in named) else None


def _parts(path: str) -> Parts:
    """Return a path in parts, without what leads to its disk; an id's marks stand for folders too."""
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if parts and DRIVE.fullmatch(parts[0]):
        del parts[0]
    return tuple(one for part in parts for one in part.split(FOLDER_MARK))


def _bare(name: str) -> str:
    stem, suffix = os.path.splitext(_composed(name.strip()).replace("\\", "/"))
    return stem if suffix.lower() in AUDIO_SUFFIXES else stem + suffix


def _composed(text: str) -> str:
    """Return text with accents composed: macOS takes names of files apart, other systems do not."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
