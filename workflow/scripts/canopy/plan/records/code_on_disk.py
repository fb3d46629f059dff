"""Whether a job runs the code that it was planned with: a checkout of another branch may come in between."""

import os
from pathlib import Path

from canopy.plan.provenance.code import Code

IMPORTED_S = 60.0
"""By then a job has imported what it runs."""


class CodeOnDisk:
    """The files that scripts consist of, as they are now.

    Parameters
    ----------
    root : path-like
        The folder of the scripts.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = Path(root)

    def differs(self, script: str, planned: str) -> bool:
        """Whether a script now is another one than planned, by its fingerprint."""
        try:
            return Code(self._root)(script) != planned
        except (OSError, SyntaxError, UnicodeDecodeError):
            return True

    def files(self, script: str) -> dict[str, int]:
        """Return when each file of a script was written, in nanoseconds."""
        code = Code(self._root)
        modules, _ = code.dependencies(f"{script}.py")
        return {os.fspath(path): path.stat().st_mtime_ns for path in (*modules, *code.data_files(modules))}

    def written_since(self, script: str, files: dict[str, int], began_ns: int) -> bool:
        """Whether a job that has ended may have run other code: a file was written while it imported.

        Parameters
        ----------
        script : str
        files : dict of str to int
            What `files` said as it began.
        began_ns : int
            When that was.
        """
        try:
            now = self.files(script)
        except (OSError, SyntaxError, UnicodeDecodeError):
            return True
        written = [stamp for path, stamp in now.items() if files.get(path) != stamp]
        return now.keys() != files.keys() or any(stamp < began_ns + IMPORTED_S * 1e9 for stamp in written)
