"""Label Studio's exports: JSON (all of a task), and JSON-MIN (the labels alone).

Of several annotations of a task, the ground truth counts, else the one that was changed last; a cancelled one
never does. A finished annotation without regions says that its recording was reviewed and is empty. A task
without annotation is left out. Regions have times and no frequencies. Where a file has no regions at all, the choices
that were made for clips are its labels.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from canopy.data.annotations.marks import ALL_OF_THE_BAND, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.data.recordings.folder import AUDIO_SUFFIXES
from canopy.errors import CanopyError

UNIT = "task"
LATEST_S = 1e9
"""Times lie before it, whole numbers of any length among them."""
AUDIO = re.compile(rf"({'|'.join(re.escape(suffix) for suffix in sorted(AUDIO_SUFFIXES))})\Z", re.IGNORECASE)


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
        Takes the marks and the complaints, which name a task by its place in the file, the first being 1.

    Raises
    ------
    CanopyError
        The file is no JSON, or no list of tasks.
    """
    try:
        tasks = json.loads(source.text)
    except ValueError as error:
        raise CanopyError(f"{source.path} is not JSON ({error}): export it from Label Studio again") from None
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise CanopyError(f"{source.path} is no list of tasks: export it from Label Studio as JSON or JSON-MIN")
    found = [_regions(task) for task in tasks]
    kind = "labels" if any("labels" in region for regions in found for region in regions or ()) else "choices"
    for number, (task, regions) in enumerate(zip(tasks, found, strict=True), 1):
        if regions is None:
            continue
        name = _file(task)
        if not name:
            gathered.complaints.add(source.path, number, "names no audio file in its `data`", unit=UNIT)
            continue
        recording_id = gathered.recording(name, source, number, unit=UNIT)
        empty = True
        for region in regions:
            for label in _listed(region.get(kind)):
                empty = False
                onset, offset = region.get("start", 0.0), region.get("end", TO_THE_END_S)
                if not _is_time(onset) or not (_is_time(offset) or offset is TO_THE_END_S):
                    gathered.complaints.add(
                        source.path, number, f"a region from {onset!r} to {offset!r} s has no times", unit=UNIT
                    )
                    continue
                mark = Mark(
                    recording_id,
                    tidy(str(label)),
                    float(onset),
                    float(offset),
                    *ALL_OF_THE_BAND,
                    1,
                    source.path,
                    number,
                )
                gathered.add(mark, unit=UNIT)
        if empty:
            gathered.reviewed.setdefault(recording_id, source.path)


def _regions(task: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return a task's regions as `{start, end, labels}`; None where nobody has annotated it."""
    if "annotations" in task or "completions" in task:
        every = _objects(task.get("annotations", task.get("completions")))
        finished = [one for one in every if not one.get("was_cancelled")]
        if not finished:
            return None
        best = max(enumerate(finished), key=lambda one: (bool(one[1].get("ground_truth")), _changed(one[1]), one[0]))
        return _objects([region.get("value") for region in _objects(best[1].get("result"))])
    return list(_minimal(task)) if "annotator" in task or "annotation_id" in task else None


def _minimal(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the regions of a task of JSON-MIN, where each tag's labels lie under the tag's own name."""
    for value in task.values():
        for region in _objects(value):
            if "labels" in region or "choices" in region:
                yield region
        if isinstance(value, dict) and "choices" in value:
            yield value


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in _listed(value) if isinstance(one, dict)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -LATEST_S < value < LATEST_S


def _changed(annotation: dict[str, Any]) -> str:
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _file(task: dict[str, Any]) -> str:
    """Return the name of a task's audio file: the first of its data that ends like one."""
    data = task["data"] if isinstance(task.get("data"), dict) else task
    for value in (*data.values(), task.get("file_upload")):
        if isinstance(value, str):
            parts = urlsplit(value)
            name = unquote(parse_qs(parts.query).get("d", [parts.path])[0])
            if AUDIO.search(name):
                return name
    return ""


READER = Reader("label_studio", recognises, read)
