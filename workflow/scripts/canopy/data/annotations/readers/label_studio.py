"""Label Studio's exports: JSON (all of a task), and JSON-MIN (the values alone).

Of several annotations of a task, the ground truth counts, else the one that was changed last; a cancelled one
never does. A finished annotation without any result says that its recording was reviewed and is empty. A task
without annotation is left out. Regions have times and no frequencies. Where a file has no labels at all, the choices
that were made for clips are its labels. What else was annotated, such as a region without label, is not understood: it
may be any species, so its recording does not count as reviewed.
"""

import json

from canopy.data.annotations.marks import ALL_OF_THE_BAND, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.label_studio_export import Result, Task, annotated, names
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

UNIT = "task"
LATEST_S = 1e9
"""Times lie before it, whole numbers of any length among them."""


def recognises(source: Source) -> bool:
    """Whether a file is JSON as Label Studio exports it: a list of objects."""
    return source.text.lstrip().startswith("[")


def read(source: Source, gathered: Gathered) -> None:
    """Read an export.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks, a note of what was not read, and the complaints, which name a task by its place in the file,
        the first being 1.

    Raises
    ------
    CanopyError
        The file is no JSON, or no list of tasks; or it is JSON-MIN that may hold choices written as plain text.
    """
    try:
        tasks = json.loads(source.text)
    except ValueError as error:
        raise CanopyError(f"{source.path} is not JSON ({error}): export it from Label Studio again") from None
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise CanopyError(f"{source.path} is no list of tasks: export it from Label Studio as JSON or JSON-MIN")
    found = annotated(tasks)
    kind = "labels" if any("labels" in result.value for task in found for result in task.results) else "choices"
    if kind == "choices":
        _refuse_plain_choices(found, source)
    unread: dict[str, Task] = {}
    for task in found:
        if not task.file:
            gathered.complaints.add(source.path, task.number, "names no audio file in its `data`", unit=UNIT)
            continue
        recording_id = gathered.recording(task.file, source, task.number, unit=UNIT)
        named = {result.region for result in task.results if names(result.value.get(kind))}
        for result in task.results:
            _add(result, kind, recording_id, task.number, source, gathered)
            if result.region not in named and not result.is_remark:
                gathered.unread.add(recording_id)
                for tag in result.kinds:
                    unread.setdefault(tag, task)
        if all(result.is_remark for result in task.results):
            gathered.reviewed.setdefault(recording_id, source.path)
    if unread:
        first = next(iter(unread.values()))
        gathered.notes.append(
            f"{source.path}: what was annotated without a label or under other tags ({listed(unread)}; the first in "
            f"task {first.number}) is not read, and recordings with such regions do not count as reviewed"
        )


def _add(result: Result, kind: str, recording_id: str, number: int, source: Source, gathered: Gathered) -> None:
    """Add a mark for each label of a result."""
    onset, offset = result.value.get("start", 0.0), result.value.get("end", TO_THE_END_S)
    for label in names(result.value.get(kind)):
        if not _is_time(onset) or not (_is_time(offset) or offset is TO_THE_END_S):
            gathered.complaints.add(
                source.path, number, f"a region from {onset!r} to {offset!r} s has no times", unit=UNIT
            )
            continue
        times = float(onset), float(offset)
        mark = Mark(recording_id, tidy(label), *times, *ALL_OF_THE_BAND, 1, source.path, number)
        gathered.add(mark, unit=UNIT)


def _refuse_plain_choices(tasks: list[Task], source: Source) -> None:
    """Stop at JSON-MIN of choices: a single choice is plain text in it, which nothing tells from the task's data."""
    texts = sorted({name for task in tasks for name in task.texts})
    if texts:
        raise CanopyError(
            f"{source.path} is JSON-MIN without regions, in which {listed(texts)} may be a choice or other data of the "
            "task: export the project as JSON instead"
        )


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -LATEST_S < value < LATEST_S


READER = Reader("label_studio", recognises, read)
