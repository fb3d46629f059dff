"""What an export of Label Studio holds: of each task, its audio file and the results of the annotation that counts.

`JSON` has the annotations of a task in a list, each with its results. `JSON-MIN` has one object per annotation, with
the values of each tag under the tag's own name; a choice of one is plain text there, as the task's data is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from canopy.data.recordings.folder import AUDIO_SUFFIXES

AUDIO = re.compile(rf"({'|'.join(re.escape(suffix) for suffix in sorted(AUDIO_SUFFIXES))})\Z", re.IGNORECASE)
UPLOADS = re.compile(r".*(\A|/)upload/\d+/")
"""Where Label Studio keeps uploaded files: folders of its own, which say nothing of the recording's."""
OWN_KEYS = frozenset(["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"])
"""What JSON-MIN adds to a task's data and results."""
REMARKS = frozenset(["text", "rating", "number", "datetime"])
"""Values of a whole task that say nothing of species: comments and the like."""


@dataclass(frozen=True)
class Result:
    """A value of an annotation: `start` and `end` in seconds where it is of a region, and lists under its tag's name.

    `region` is the same for all values of one region.
    """

    value: dict[str, Any]
    region: Any

    @property
    def is_remark(self) -> bool:
        """Whether it is of a whole task, and says nothing of species."""
        return bool(REMARKS & self.value.keys()) and not {"start", "end", "x"} & self.value.keys()

    @property
    def kinds(self) -> list[str]:
        """The names of its tags, such as `labels`."""
        return [name for name, value in self.value.items() if isinstance(value, list)] or ["region"]


@dataclass(frozen=True)
class Task:
    """A task with the annotation that counts.

    Attributes
    ----------
    number : int
        Its place in the file, the first being 1.
    file : str
        The name of its audio file; an empty string where it names none.
    results : list of Result
        What was annotated.
    texts : list of str
        The names of values that may be choices of one, or data.
    """

    number: int
    file: str
    results: list[Result]
    texts: list[str] = field(default_factory=list)


def annotated(tasks: list[dict[str, Any]]) -> list[Task]:
    """Return the tasks that somebody has annotated, in the order of the file."""
    counts: dict[str, tuple[bool, str, int]] = {}
    for number, task in enumerate(tasks):
        if _is_minimal(task):
            counts[_key(task)] = max(counts.get(_key(task), (False, "", -1)), _rank(task, number))
    found = []
    for number, task in enumerate(tasks):
        if _is_minimal(task):
            if counts[_key(task)][-1] == number:
                found.append(Task(number + 1, _file(task), list(_minimal(task)), _texts(task)))
        elif (results := _results(task)) is not None:
            found.append(Task(number + 1, _file(task), results))
    return found


def names(value: Any) -> list[str]:
    """Return the labels or choices of a value."""
    return [str(one) for one in value if str(one).strip()] if isinstance(value, list) else []


def _is_minimal(task: dict[str, Any]) -> bool:
    return not ("annotations" in task or "completions" in task) and ("annotator" in task or "annotation_id" in task)


def _results(task: dict[str, Any]) -> list[Result] | None:
    """Return the results of the annotation that counts; None where nobody has finished one."""
    finished = [
        one for one in _objects(task.get("annotations", task.get("completions"))) if not one.get("was_cancelled")
    ]
    if not finished:
        return None
    _, best = max(enumerate(finished), key=lambda one: _rank(one[1], one[0]))
    found = []
    for number, one in enumerate(_objects(best.get("result"))):
        if isinstance(one.get("value"), dict):  # a relation between regions has none
            found.append(Result(one["value"], str(one.get("id", number))))
    return found


def _minimal(task: dict[str, Any]) -> Iterator[Result]:
    for value in task.values():
        several = isinstance(value, dict) and bool({"choices", "text"} & value.keys())
        for one in _objects([value] if several else value):
            region = [one.get("start"), one.get("end")] if "start" in one else id(one)
            yield Result(one, str(region))


def _texts(task: dict[str, Any]) -> list[str]:
    texts = {name: value for name, value in task.items() if isinstance(value, str) and name not in OWN_KEYS}
    return [name for name, value in texts.items() if not AUDIO.search(urlsplit(value).path)]


def _key(task: dict[str, Any]) -> str:
    return str(task["id"]) if task.get("id") is not None else f"file {_file(task)}"


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rank(annotation: dict[str, Any], number: int) -> tuple[bool, str, int]:
    """Return what the annotation that counts has most of: it is the ground truth, or else was changed last."""
    changed = str(annotation.get("updated_at") or annotation.get("created_at") or "")
    return bool(annotation.get("ground_truth")), changed, number


def _file(task: dict[str, Any]) -> str:
    """Return the name of a task's audio file: the first of its data that ends like one."""
    data = task["data"] if isinstance(task.get("data"), dict) else task
    for value in (*data.values(), task.get("file_upload")):
        if isinstance(value, str):
            parts = urlsplit(value)
            name = unquote(parse_qs(parts.query).get("d", [parts.path])[0])
            if AUDIO.search(name):
                return UPLOADS.sub("", name)
    return ""
