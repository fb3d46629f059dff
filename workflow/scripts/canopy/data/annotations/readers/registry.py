"""Formats of annotations by their names, and telling them apart by what a file holds."""

import csv
import re
from collections.abc import Callable
from typing import Any

from canopy.data.annotations.marks import Gathered, Mark, Source
from canopy.data.annotations.readers import audacity, clips, label_studio, plain, raven, review
from canopy.data.annotations.rfcx import COLUMNS as RFCX_COLUMNS
from canopy.data.annotations.rfcx import read_boxes
from canopy.errors import CanopyError

REFUTED = re.compile(r"(\A|[_\W])(fp|false)([_\W]|\Z)", re.IGNORECASE)
"""What the name of a table of refuted boxes holds, such as RFCX's `train_fp.csv`."""


def read_rfcx_file(source: Source, gathered: Gathered) -> None:
    """Read one of RFCX's tables: of refuted boxes if its name says so (`train_fp.csv`), else of confirmed ones."""
    polarity = -1 if REFUTED.search(source.relative) else 1
    boxes = read_boxes(source.path, polarity, gathered.complaints)
    rows = boxes.rows
    for name, species, onset_s, offset_s, low_hz, high_hz, songtype, line in zip(
        rows["recording_id"],
        rows["species"],
        rows["onset_s"].tolist(),
        rows["offset_s"].tolist(),
        rows["low_hz"].tolist(),
        rows["high_hz"].tolist(),
        rows["songtype"].tolist(),
        boxes.lines.tolist(),
        strict=True,
    ):
        if not name or not species or songtype != songtype:
            continue  # complained of
        recording_id = gathered.recording(name, source, line)
        mark = Mark(recording_id, species, onset_s, offset_s, low_hz, high_hz, polarity, source.path, line)
        gathered.marks.append(mark._replace(songtype=int(songtype)))


FORMATS: dict[str, Callable[..., None]] = {
    "rfcx": read_rfcx_file,
    "raven": raven.read,
    "audacity": audacity.read,
    "birdclef": clips.read_birdclef,
    "esc50": clips.read_esc50,
    "csv": plain.read,
    "label_studio": label_studio.read,
    "review": review.read,
}
OPTIONS: dict[str, tuple[str, ...]] = {
    "raven": ("species_column",),
    "csv": ("species_column",),
    "birdclef": ("secondary",),
}
"""The options that each format's reader takes."""


def format_of(source: Source) -> str:
    """Tell the format of a file from its text.

    Raises
    ------
    CanopyError
        It is none of `FORMATS`.
    """
    text = source.text
    if raven.looks_like(text):
        return "raven"
    if audacity.looks_like(text):
        return "audacity"
    if label_studio.looks_like(text):
        return "label_studio"
    first = text.split("\n", 1)[0]
    header = [name.strip() for name in next(csv.reader([first]), [])]
    if review.looks_like(header):
        return "review"
    if set(RFCX_COLUMNS) <= set(header):
        return "rfcx"
    if clips.looks_like_birdclef(header):
        return "birdclef"
    if clips.looks_like_esc50(header):
        return "esc50"
    if plain.looks_like(header):
        return "csv"
    raise CanopyError(
        f"{source.path} is of no format that is known: it begins with {first.strip()[:80]!r}; name its format with "
        f"`annotations: {{format: NAME}}` ({', '.join(sorted(FORMATS))}), or take it out of the folder"
    )


def read_source(source: Source, gathered: Gathered, *, kind: str = "auto", **options: Any) -> None:
    """Read one file into what is gathered, in a named format or in the one it is found to have."""
    name = format_of(source) if kind == "auto" else kind
    FORMATS[name](source, gathered, **{key: options[key] for key in OPTIONS.get(name, ()) if key in options})
