"""What a script runs."""

import hashlib
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from canopy.plan.provenance.packages import OPTIONAL, version
from canopy.plan.provenance.source import MEMORY, Sources
from canopy.runtime.digest import digest

TEMPLATES = {".css", ".html", ".js"}
"""Suffixes of files that count beside modules. Others do not: editors leave backups, and tools their caches."""


class Code:
    """The code of the rules' scripts, by fingerprint. It stays what it was when it was first asked for.

    Parameters
    ----------
    root : pathlib.Path
        The folder that holds the scripts and, beside them, the package `canopy`.
    memory : path-like
        Where it is remembered what the sources say (`canopy.plan.provenance.source`).
    """

    def __init__(self, root: Path, memory: str | os.PathLike[str] = MEMORY) -> None:
        self.root = root
        self._sources = Sources(memory)

    def __call__(self, script: str) -> str:
        """Return the fingerprint of the code that a script runs.

        Parameters
        ----------
        script : str
            Its name, such as `train_fold`.

        Returns
        -------
        str
            Changes with any statement of the script or of a `canopy` module that it imports, directly or not, with
            the files that lie beside these modules (templates), and with the version of any package that one
            of them imports, unless only some settings need it (`OPTIONAL`); not with comments, docstrings,
            formatting or file times. What is imported by a computed name goes unseen.
        """
        return self._fingerprint(f"{script}.py")

    def module(self, name: str) -> str:
        """Return the fingerprint of a module of `canopy` (`data/annotations/ends.py`) and of what it imports."""
        return self._fingerprint(f"canopy/{name}")

    @cache  # noqa: B019
    def _fingerprint(self, file: str) -> str:
        modules, packages = self.dependencies(file)
        sources = [(self._name(path), self._sources.meaning(self._text(path))) for path in modules]
        data = [(self._name(path), _bytes(path)) for path in self.data_files(modules)]
        self._sources.keep()
        versions = {name: version(name) for name in packages if name not in OPTIONAL}
        return digest(sources, data, versions, sys.version_info[:2])

    def dependencies(self, file: str) -> tuple[list[Path], list[str]]:
        """Return the local files that a file consists of, itself first, and the outside packages they import."""
        first = self.root / file
        files, packages = [first], set()
        seen = {first}
        for path in files:
            modules, outside = self._imports(path)
            packages.update(outside)
            for module in modules:
                if module not in seen:
                    seen.add(module)
                    files.append(module)
        return [first, *sorted(seen - {first})], sorted(packages - set(sys.stdlib_module_names))

    def data_files(self, modules: Iterable[Path]) -> list[Path]:
        """Return the templates in the modules' packages and in folders of these that are no packages."""
        folders = {path.parent for path in modules} - {self.root}
        return sorted(path for folder in folders for path in self._data(folder))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    @cache  # noqa: B019
    def _text(self, path: Path) -> str:
        return path.read_text(encoding="utf-8")

    @cache  # noqa: B019
    def _data(self, folder: Path) -> list[Path]:
        found = []
        for path in folder.iterdir():
            if path.name.startswith((".", "__pycache__")):
                continue
            if path.is_dir():
                found += [] if (path / "__init__.py").exists() else self._data(path)
            elif path.suffix in TEMPLATES:
                found.append(path)
        return found

    @cache  # noqa: B019
    def _imports(self, path: Path) -> tuple[list[Path], set[str]]:
        """Return the local files and the outside packages that one file imports."""
        modules: dict[Path, None] = {}
        packages = set()
        for name in self._sources.imports(self._text(path), path.parent.relative_to(self.root).parts):
            found = self._local(name)
            modules.update(dict.fromkeys(found))
            if not found:
                packages.add(name.split(".")[0])
        return list(modules), packages

    @cache  # noqa: B019
    def _local(self, name: str) -> list[Path]:
        """Return the files that importing a dotted name runs; none if it is not beside the scripts."""
        parent = name.rpartition(".")[0]
        above = self._local(parent) if parent else []
        stem = self.root.joinpath(*name.split("."))
        if parent and stem.parent / "__init__.py" not in above:
            return above
        own = next((path for path in (stem / "__init__.py", stem.with_suffix(".py")) if path.exists()), None)
        return above if own is None else [*above, own]


def _bytes(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest()
