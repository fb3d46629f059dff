"""Fingerprints: what a job's output depends on, as short strings that change when it may change.

They are computed while Snakemake parses the workflow, so nothing heavy is imported here.
"""

import ast
import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

DISTRIBUTIONS = {
    "keras": "keras",
    "sklearn": "scikit-learn",
    "tensorflow_probability": "tensorflow-probability",
    "yaml": "PyYAML",
}
FLAC_HEADER_BYTES = 42
FLAC_MD5 = slice(26, 42)


def digest(*parts: Any) -> str:
    """Return a short hash of JSON-like values, the same for the same content."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@cache
def code(script: Path) -> str:
    """Fingerprint the code that a script runs: itself, the `canopy` modules it imports, and its packages.

    Parameters
    ----------
    script : pathlib.Path
        A script beside the package `canopy`.

    Returns
    -------
    str
        Changes with any statement of the script or of a module that it imports, directly or not, and
        with the version of any package that one of them imports; not with comments, docstrings,
        formatting or file times.
    """
    modules, packages = dependencies(script)
    sources = [(path.relative_to(script.parent).as_posix(), _meaning(path)) for path in modules]
    return digest(sources, {name: version(name) for name in packages}, sys.version_info[:2])


def dependencies(script: Path) -> tuple[list[Path], list[str]]:
    """Return the local files that a script consists of, itself first, and the outside packages they import."""
    root = script.parent
    files, packages = [script], set()
    seen = {script}
    for path in files:
        for name in _imports(path, root):
            found = _local(name, root)
            if found is None:
                packages.add(name.split(".")[0])
            for module in found or []:
                if module not in seen:
                    seen.add(module)
                    files.append(module)
    return [script, *sorted(seen - {script})], sorted(packages - set(sys.stdlib_module_names))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def _meaning(path: Path) -> str:
    """Return a module's syntax tree as text, without strings that stand alone (docstrings)."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
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


@cache
def _imports(path: Path, root: Path) -> list[str]:
    """Return the dotted names that a module imports, wherever in it."""
    names = []
    package = path.parent.relative_to(root).parts
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            names += [f"{base}.{alias.name}" for alias in node.names]
    return names


@cache
def _local(name: str, root: Path) -> list[Path] | None:
    """Return the files that importing a dotted name runs, or None if it is not beside the scripts."""
    parts = name.split(".")
    found = []
    for depth in range(1, len(parts) + 1):
        stem = root.joinpath(*parts[:depth])
        if (stem / "__init__.py").exists():
            found.append(stem / "__init__.py")
        elif stem.with_suffix(".py").exists():
            found.append(stem.with_suffix(".py"))
            break
        else:
            break
    return found or None


@cache
def version(package: str) -> str:
    """Return the installed version of the distribution that an import name belongs to, or an empty string."""
    try:
        return importlib.metadata.version(DISTRIBUTIONS.get(package, package))
    except importlib.metadata.PackageNotFoundError:
        return ""


def audio(path: str | os.PathLike[str], known: Mapping[str, Any] | None = None) -> str:
    """Fingerprint a recording by its samples where the file tells them cheaply, else by all its bytes.

    A FLAC file's header holds the MD5 of its samples next to rate, width, channels and length: 42
    bytes say all. Other formats, and FLAC files without an MD5, are hashed whole.

    Parameters
    ----------
    path : path-like
        The file; one that cannot be read has a fingerprint of its own.
    known : mapping, optional
        Fingerprints of an earlier look, by path: `[size, time, fingerprint]`; used while size and
        time are the same.

    Returns
    -------
    str
    """
    try:
        with open(path, "rb") as handle:
            head = handle.read(FLAC_HEADER_BYTES)
            if head[:4] == b"fLaC" and any(head[FLAC_MD5]):
                return f"flac-{os.fstat(handle.fileno()).st_size:x}-{head[8:].hex()}"
            status = os.fstat(handle.fileno())
            kept = (known or {}).get(os.fspath(path))
            if kept and kept[:2] == [status.st_size, status.st_mtime_ns]:
                return str(kept[2])
            handle.seek(0)
            return hashlib.file_digest(handle, lambda: hashlib.blake2b(digest_size=12)).hexdigest()
    except OSError as error:
        return f"unreadable-{error.errno}"


class AudioFingerprints:
    """Fingerprints of many recordings, those that cost a full read kept between runs.

    Parameters
    ----------
    memory : path-like
        A JSON file; losing it costs time only.
    """

    def __init__(self, memory: str | os.PathLike[str]) -> None:
        self.memory = Path(memory)
        try:
            self.known = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def __call__(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the fingerprint of each path, and remember what was read in full."""
        found, learnt = {}, False
        for path in paths:
            found[path] = audio(path, self.known)
            if not found[path].startswith(("flac-", "unreadable-")):
                status = os.stat(path)
                entry = [status.st_size, status.st_mtime_ns, found[path]]
                learnt |= self.known.get(path) != entry
                self.known[path] = entry
        if learnt:
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            draft = self.memory.with_suffix(f".{os.getpid()}.part")
            draft.write_text(json.dumps(self.known), encoding="utf-8")
            os.replace(draft, self.memory)
        return found


def table(path: str | os.PathLike[str]) -> str:
    """Fingerprint a table from outside by its content: order of rows and columns, quotes and line ends aside."""
    import csv

    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            rows = [[cell.strip() for cell in row] for row in csv.reader(handle) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        return audio(path)
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return audio(path)
    order = sorted(range(len(rows[0])), key=lambda column: rows[0][column])
    cells = [[row[column] for column in order] for row in rows]
    return digest(cells[0], sorted(cells[1:]))
