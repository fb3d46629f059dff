"""What Canopy says of a person's files is explained in docs/troubleshooting.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "workflow" / "scripts" / "canopy"
ROOMS = ("data", "detections", "runtime/input_tables")
"""What reads the files that people bring, and what is made of detections with their tables and verdicts."""
ERRORS = {"CanopyError", "BadRecording"}
WORDS = 3
"""So many words in a row, fixed ones, tell a message from others."""
PLAIN = (
    "list each species once, or set it to null",
    "the folds leave out",
    "holds no samples (zero length): remove it, or record again",
    "is empty: it needs a header line with the columns",
    "more than once: keep one",
    "rows cannot be used, fix or remove them",
    "; fix or remove the row",
    "has no sheet that holds anything",
    "has a column without a name: name it after its species, or remove it",
    "verdicts must be told as JSON",
    "must be text",
    "a verdict names no clip",
    "which is no moment",
    "the verdict on ...: ",
    "must lie below its",
    "detections lack the column",
    "a detection has no onset_s or offset_s",
    "which no table can hold: rename it",
    "which are not among the usable recordings",
    "scores must begin with the column",
    "more than once: it must stand once",
)
"""Messages that say all there is to say: what is wrong, in which file, and the one thing to do."""


def words(text: str) -> list[tuple[str, ...]]:
    found = re.findall(r"[a-z']+", text.lower())
    return [tuple(found[at : at + WORDS]) for at in range(len(found) - WORDS + 1)]


def fixed(message: ast.expr) -> list[str]:
    """Return the pieces of a message that are always the same."""
    if isinstance(message, ast.Constant) and isinstance(message.value, str):
        return [message.value]
    if isinstance(message, ast.JoinedStr):
        return [part.value for part in message.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if isinstance(message, ast.BinOp | ast.BoolOp | ast.IfExp):
        return [piece for part in ast.iter_child_nodes(message) if isinstance(part, ast.expr) for piece in fixed(part)]
    return []


def messages(source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the fixed pieces of each error that a module raises with words of its own."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
            pieces = fixed(node.args[0])
            if any(words(piece) for piece in pieces):
                yield node.lineno, pieces


def unexplained(pieces: list[str], page: str) -> bool:
    headings = {found for heading in re.findall(r"\*\*`+ ?(.+?) ?`+\*\*", page) for found in words(heading)}
    return not any(found in headings for piece in pieces for found in words(piece))


MODULES = sorted(path for room in ROOMS for path in (LIBRARY / room).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_every_message_about_a_persons_files_is_explained(path: Path) -> None:
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    found = [
        (line, "...".join(pieces)) for line, pieces in messages(path.read_text("utf-8")) if unexplained(pieces, page)
    ]
    assert [one for one in found if not any(plain in one[1] for plain in PLAIN)] == []


def test_a_message_that_the_page_does_not_have_is_found() -> None:
    source = 'raise CanopyError(f"{path} is made of cheese: fetch another moon")\nraise CanopyError(str(error))\n'
    ((line, pieces),) = messages(source)
    assert line == 1
    assert unexplained(pieces, "**`... is made for cheese`**\nEat it. ... is made of cheese: fetch another moon")
    assert not unexplained(pieces, "**`moon.wav is made of cheese`**\nEat it.")


def test_every_plain_message_is_raised() -> None:
    raised = ["...".join(pieces) for path in MODULES for _, pieces in messages(path.read_text("utf-8"))]
    assert [plain for plain in PLAIN if not any(plain in one for one in raised)] == []
