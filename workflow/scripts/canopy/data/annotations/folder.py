"""Annotations of a folder of recordings: files of any of the formats, gathered into canonical tables."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.data.annotations.boxes import without_duplicates
from canopy.data.annotations.classes import ClassMode, species_of_class
from canopy.data.annotations.empty import KEY, complain_of_marks, empty_recordings
from canopy.data.annotations.ends import ended
from canopy.data.annotations.files import FIX, annotation_files, passed_over
from canopy.data.annotations.known import known_species
from canopy.data.annotations.marks import Gathered, Mark, Source, tidy
from canopy.data.annotations.names import Names
from canopy.data.annotations.readers.registry import read_source
from canopy.data.annotations.reviewed import RECORDING_COLUMNS, read_reviewed
from canopy.data.annotations.table import COLUMNS, canonical
from canopy.data.annotations.verdicts import read_verdicts
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.decoding import decode
from canopy.runtime.tables import Reporter, listed, silent


@dataclass(frozen=True)
class Labelled:
    """What annotation files say.

    Attributes
    ----------
    annotations : pandas.DataFrame
        `canopy.data.annotations.table.COLUMNS`. An offset is infinite where a mark spans all of its recording and no
        table of recordings said how long that is.
    reviewed : pandas.DataFrame
        `recording_id, reviewed, species`: the recordings whose review the files themselves tell.
    named : dict of str to str
        All recordings that the files name, with the name of the first file that does.
    in_samples : frozenset of str
        Recordings of which times are in samples still, since no table of recordings told their rates.
    """

    annotations: pd.DataFrame
    reviewed: pd.DataFrame
    named: dict[str, str]
    in_samples: frozenset[str] = frozenset()


def read_folder(
    settings: Mapping[str, Any],
    recording_ids: Iterable[str],
    *,
    recordings: pd.DataFrame | None = None,
    report: Reporter = silent,
) -> Labelled:
    """Read and check the annotation files of a folder of recordings.

    Parameters
    ----------
    settings : mapping
        annotation_files, a file or a folder of files; annotations {format, species_column, secondary, rename,
        others, empty} as in the configuration; reviewed_table, the path of a table `recording_id, reviewed, species`
        that overrules what the files say of reviews (or null); reviews, tables of people's verdicts, which count for
        recordings in the folder audio; species and sample_submission, which fix the species
        there are (or null); classes (species or species_songtype); unlisted (unknown or absent); channel, the one
        that is heard (or none: the mean of all).
    recording_ids : iterable of str
        The recordings that have audio, by which the files' names for them are found.
    recordings : pandas.DataFrame, optional
        `canopy.data.recordings.table.COLUMNS`: marks must end within them, and those that span all of one end there.
    report : callable
        Takes a line where marks were dropped or cut.

    Returns
    -------
    Labelled

    Raises
    ------
    CanopyError
        A file cannot be read, or has rows that cannot be true; up to ten of these are named by file and line.
        Or no file marks a species.
    """
    path, reviewed = settings["annotation_files"], settings.get("reviewed_table")
    options = settings.get("annotations") or {}
    known, known_from = known_species(settings)
    ids = list(recording_ids)
    gathered, empty = Gathered(Names(ids)), empty_recordings(options.get("empty") or (), ids)
    for file in annotation_files(path, besides=reviewed, needed=not settings.get("reviews")):
        relative = file.name if Path(path).is_file() else file.relative_to(path).as_posix()
        source = Source(os.fspath(file), relative, decode(file, fix=FIX, empty=True), options.get("columns") or {})
        read_source(source, gathered, options)
    for table in settings.get("reviews") or ():
        read_verdicts(table, settings["audio"], gathered, options.get("columns") or {})
    for note in (*gathered.notes, _left(gathered), passed_over(path)):
        if note:
            report(note)
    if (heard := settings.get("channel")) is not None and (unheard := _on_others(gathered.marks, heard)):
        report(unheard)
    complete = settings.get("unlisted", "unknown") == "absent"
    marks = _named(gathered, options, settings.get("classes", "species"), known, known_from, report)
    if complete:  # whoever marks other species has listened, and the listed ones are not there
        gathered.reviewed |= {one: file for one, file in gathered.foreign.items() if one not in gathered.reviewed}
    complain_of_marks(marks, empty, gathered)
    rows = pd.DataFrame(marks, columns=list(Mark._fields))
    if recordings is not None and len(rows):
        rows = ended(rows, recordings, gathered.complaints, report)
    gathered.complaints.stop()
    if rows.empty:
        raise CanopyError(f"there is nothing to train on: the files at {path} mark no species; {FIX}")
    annotations = canonical(without_duplicates(rows[list(COLUMNS)], report))
    species = set(annotations["species"]) | set(known or ())
    told = _told(gathered, set(annotations["recording_id"]), species, complete=complete)
    if empty:
        told = told[~told["recording_id"].isin(empty)]
        nothing = pd.DataFrame([(one, "all", "") for one in empty], columns=list(RECORDING_COLUMNS), dtype=object)
        told = pd.concat([told, nothing], ignore_index=True)
    if reviewed is not None:
        own = read_reviewed(reviewed)
        told = pd.concat([told[~told["recording_id"].isin(own["recording_id"])], own], ignore_index=True)
    named = {
        **dict.fromkeys(empty, KEY),
        **gathered.named,
        **{one: os.fspath(reviewed) for one in told["recording_id"] if reviewed},
    }
    named = {one: os.path.basename(gathered.named.get(one, file)) for one, file in named.items()}
    in_samples = frozenset(rows["recording_id"][rows["in_samples"]] if recordings is None else ())
    return Labelled(annotations, told.sort_values("recording_id", ignore_index=True), named, in_samples)


def _left(gathered: Gathered) -> str:
    """Return a line that names the columns which were left aside; an empty one if none was."""
    names = [
        f"{name} ({os.path.basename(files[0])}{' and others' * (len(files) > 1)})"
        for name, files in gathered.left.items()
    ]
    told = f"columns of these names tell nothing that Canopy knows, and were left aside: {listed(names)}"
    return told if names else ""


def _on_others(marks: Iterable[Mark], heard: int) -> str:
    """Return a line on marks that were drawn on another channel than the one that is heard; empty if none was."""
    others = [mark for mark in marks if mark.channel not in (None, heard)]
    if not others:
        return ""
    first = others[0]
    return (
        f"{len(others)} marks are on another channel than the one that is heard (`channel: {heard}`), and count all "
        f"the same (the first in {first.path}, line {first.line}, on channel {first.channel}): listen whether their "
        "calls are on both, or set `channel` to null"
    )


def _named(
    gathered: Gathered,
    options: Mapping[str, Any],
    classes: ClassMode,
    known: Collection[str] | None,
    known_from: str,
    report: Reporter,
) -> list[Mark]:
    """Rename species as the configuration says, and sort out those that it does not know."""
    rename = {tidy(old): new for old, new in (options.get("rename") or {}).items()}
    marks, others = [], set()
    for mark in gathered.marks:
        species = rename.get(mark.species, mark.species)
        if species is None:
            continue
        if classes == "species_songtype" and mark.songtype >= 0:
            species = f"{species}_{mark.songtype}"
        if known is not None and not species_of_class(species, known, classes):
            others.add(species)
            if options.get("others", "stop") == "stop":
                gathered.complaints.add(
                    mark.path,
                    mark.line,
                    f"species {species} is unknown, {known_from or 'the dataset'} has {listed(known)}",
                    fix="add it there, or leave such marks out with `annotations: {others: skip}`",
                )
            elif mark.path not in gathered.reviews:
                gathered.foreign.setdefault(mark.recording_id, mark.path)
            continue
        marks.append(mark._replace(species=species))
    if others and options.get("others", "stop") == "skip":
        report(f"marks of {len(others)} species that `species` does not name are left out: {listed(sorted(others))}")
    return marks


def _told(gathered: Gathered, marked: set[str], species: set[str], *, complete: bool) -> pd.DataFrame:
    """Return what the files themselves say of reviews: of all species, or of all but some where that is `complete`."""
    annotated = {mark.recording_id for mark in gathered.marks if mark.path not in gathered.reviews}
    rows = [(one, "all", "") for one in gathered.reviewed if one not in marked & annotated | gathered.unread]
    told = annotated | set(gathered.reviewed) | set(gathered.partly)
    unsaid = (gathered.judged - told) | gathered.unread
    rows += [(one, "none", "") for one in sorted(unsaid) if one in marked]
    for one, unsure in gathered.partly.items():
        if one in gathered.unread:
            continue
        sure = sorted(species - unsure) if complete else []
        rows.append((one, "some", ";".join(sure)) if sure else (one, "none", ""))
    return pd.DataFrame(rows, columns=list(RECORDING_COLUMNS), dtype=object)
