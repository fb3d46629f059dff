"""The readers of annotations. A new format is a module beside this one, imported here and named in `READERS`."""

import difflib
from collections.abc import Mapping
from typing import Any

from canopy.data.annotations.marks import Gathered, Source
from canopy.data.annotations.readers import (
    aoef,
    audacity,
    birdclef,
    birdclef_soundscapes,
    esc50,
    kaleidoscope,
    label_studio,
    opensoundscape,
    plain,
    raven,
    review,
    rfcx,
)
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError

AUTO = "auto"
"""Each file's format is told by what it holds."""

READERS: tuple[Reader, ...] = (
    raven.READER,
    audacity.READER,
    aoef.READER,
    label_studio.READER,
    review.READER,
    rfcx.READER,
    birdclef_soundscapes.READER,
    birdclef.READER,
    esc50.READER,
    opensoundscape.READER,
    kaleidoscope.READER,
    plain.READER,
)
"""A file is read by the first that recognises it, so the most general one comes last."""

BY_NAME = {reader.name: reader for reader in READERS}


def check_format(name: str) -> None:
    """Check the configuration's `annotations.format`.

    Raises
    ------
    CanopyError
        There is no reader of that name.
    """
    names = [AUTO, *BY_NAME]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names)}"
        raise CanopyError(f"there is no format of annotations {name!r}{hint}")


def recognised(source: Source) -> Reader:
    """Return the reader of a file, told by what the file holds.

    Raises
    ------
    CanopyError
        No reader recognises it.
    """
    for reader in READERS:
        if reader.recognises(source):
            return reader
    raise CanopyError(
        f"{source.path} is of no format that is known: it begins with {source.first_line.strip()[:80]!r}; name its "
        f"format with `annotations: {{format: NAME}}` ({', '.join(sorted(BY_NAME))}), or take it out of the folder"
    )


def read_source(source: Source, gathered: Gathered, settings: Mapping[str, Any]) -> None:
    """Read one file into what is gathered, in a named format or in the one that it is found to have.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes what it says.
    settings : mapping
        Keys of `annotations:`: `format`, and options, of which a reader takes those that it declares.
    """
    name = settings.get("format", AUTO)
    check_format(name)
    reader = recognised(source) if name == AUTO else BY_NAME[name]
    reader(source, gathered, settings)
