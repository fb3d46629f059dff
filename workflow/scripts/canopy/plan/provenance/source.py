"""What a module of Python says: its meaning, by fingerprint, and the names that it imports."""

import ast
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from canopy.runtime.digest import digest
from canopy.runtime.memory import remember, remembered

MEMORY = ".snakemake/canopy/code.json"
"""What sources said, by their content: to parse them all takes longer than all else that is planned."""
MOST = 5000
"""When more sources are remembered, those that nobody asked for are forgotten."""
BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields in which statements hold statements."""


class Sources:
    """What modules say, remembered by their content.

    Parameters
    ----------
    memory : path-like
        A JSON file; losing it costs time only.
    """

    def __init__(self, memory: str | os.PathLike[str] = MEMORY) -> None:
        self._memory = memory
        self._known = {key: entry for key, entry in remembered(memory).items() if _is_entry(entry)}
        self._reader = digest(Path(__file__).read_text(encoding="utf-8"), sys.version)
        self._asked: dict[str, list[str]] = {}
        self._keys: set[str] = set()
        self._learned = False

    def meaning(self, source: str) -> str:
        """Return the fingerprint of a module's syntax tree without strings that stand alone (docstrings)."""
        return str(self._entry(source)[0])

    def imports(self, source: str, package: tuple[str, ...]) -> list[str]:
        """Return the dotted names that a module of a package imports, wherever in it."""
        names = []
        for name in self._entry(source)[1:]:
            base = name.lstrip(".")
            level = len(name) - len(base)
            above = package[: len(package) - level + 1] if level else ()
            names.append(".".join([*above, base]))
        return names

    def keep(self) -> None:
        """Remember what was learned for the next run."""
        if self._learned:
            known = self._known if len(self._known) <= MOST else {key: self._known[key] for key in self._keys}
            remember(self._memory, known)
            self._learned = False

    def _entry(self, source: str) -> list[str]:
        """Return a source's meaning and, after it, its imports; those from a package begin with dots."""
        if source not in self._asked:
            key = digest(self._reader, source)
            if key not in self._known:
                tree = ast.parse(source)
                imports = [name for statement in _statements(tree) for name in _imported(statement)]
                self._known[key] = [_meaning(tree), *imports]
                self._learned = True
            self._keys.add(key)
            self._asked[source] = self._known[key]
        return self._asked[source]


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) > 0 and all(isinstance(part, str) for part in entry)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a module and all statements in it."""
    yield node
    for field in BODIES:
        inner = getattr(node, field, None)
        for statement in inner if isinstance(inner, list) else ():
            yield from _statements(statement)


def _imported(statement: ast.AST) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        base = "." * statement.level + (f"{statement.module}." if statement.module else "")
        return [base + alias.name for alias in statement.names]
    return []


def _meaning(tree: ast.Module) -> str:
    for node in _statements(tree):
        for field in BODIES:
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, [s for s in statements if not _is_bare_string(s)])
    return hashlib.blake2b(ast.dump(tree).encode(), digest_size=12).hexdigest()


def _is_bare_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
