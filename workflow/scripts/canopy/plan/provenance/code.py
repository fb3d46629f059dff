"""What a script runs."""

import ast
import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from canopy.plan.provenance.packages import version
from canopy.runtime.digest import digest


@cache
def code(script: Path, root: Path | None = None) -> str:
    """Fingerprint the code that a script runs: itself, the `canopy` modules it imports, and its packages.

    Parameters
    ----------
    script : pathlib.Path
        A script beside the package `canopy`, or a module in it.
    root : pathlib.Path, optional
        The folder of the package; by default the script's own.

    Returns
    -------
    str
        Changes with any statement of the script or of a module that it imports, directly or not, with
        the files that lie beside these modules (templates), and with the version of any package that one
        of them imports; not with comments, docstrings, formatting or file times. What is imported by a
        computed name goes unseen.
    """
    root = root or script.parent
    modules, packages = dependencies(script, root)
    sources = [(path.relative_to(root).as_posix(), _meaning(path)) for path in modules]
    data = [(path.relative_to(root).as_posix(), _bytes(path)) for path in data_files(modules, root)]
    return digest(sources, data, {name: version(name) for name in packages}, sys.version_info[:2])


def dependencies(script: Path, root: Path | None = None) -> tuple[list[Path], list[str]]:
    """Return the local files that a script consists of, itself first, and the outside packages they import."""
    root = root or script.parent
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


def data_files(modules: Iterable[Path], root: Path) -> list[Path]:
    """Return the files that are no Python in the modules' packages and in folders of these that are no packages."""
    folders = {path.parent for path in modules} - {root}
    return sorted(path for folder in folders for path in _data(folder))


@cache
def _data(folder: Path) -> list[Path]:
    found = []
    for path in folder.iterdir():
        if path.name.startswith((".", "__pycache__")):
            continue
        if path.is_dir():
            found += [] if (path / "__init__.py").exists() else _data(path)
        elif path.suffix != ".py":
            found.append(path)
    return found


@cache
def _bytes(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest()


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
