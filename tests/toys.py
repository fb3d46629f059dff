"""Adding a toy as CONTRIBUTING.md says: a module and its registration in a copy of the scripts, nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def copy_of_the_scripts(repository: Path, folder: Path) -> Path:
    """Return a copy of `workflow/scripts` to which modules can be added."""
    return Path(
        shutil.copytree(
            repository / "workflow" / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
        )
    )


def add(scripts: Path, name: str, text: str) -> None:
    """Write a file that was not there."""
    path = scripts / name
    assert not path.exists()
    path.write_text(text, encoding="utf-8")


def register(scripts: Path, registry: str, line: str, *, opening: str, closing: str, entry: str) -> None:
    """Add an import to a registry, and an entry to the end of its list.

    Parameters
    ----------
    scripts : pathlib.Path
    registry : str
        The module, below the scripts.
    line : str
        The import.
    opening, closing : str
        The beginning of the list, and what comes behind its last entry.
    entry : str
    """
    path = scripts / registry
    text = path.read_text(encoding="utf-8")
    head, rest = text.split(f"\n{opening}", 1)
    inside, tail = rest.split(closing, 1)
    path.write_text(f"{head}\n{line}\n\n{opening}{inside}{entry}{closing}{tail}", encoding="utf-8")


def run(scripts: Path, program: str, *arguments: str, beside: Path | None = None) -> str:
    """Run a program against the copy in a process of its own, and return what it printed."""
    path = os.pathsep.join(map(str, [scripts, *([beside] if beside else [])]))
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=scripts.parent,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
