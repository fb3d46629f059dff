"""Records on the disk: `RESULTS/provenance/jobs/`, in folders like those of the outputs."""

import contextlib
import os
from pathlib import Path

from canopy.plan.records.record import Record, from_text, to_text
from canopy.runtime.digest import digest
from canopy.runtime.files import short_name, whole

FOLDER = os.path.join("provenance", "jobs")
OUTSIDE = "outside"
"""The folder of records of jobs that write elsewhere than into the results."""


class Store:
    """The records of one folder of results.

    Parameters
    ----------
    results : path-like
    """

    def __init__(self, results: str | os.PathLike[str]) -> None:
        self.results = os.path.normpath(os.fspath(results))
        self.folder = Path(self.results, FOLDER)

    def name(self, path: str) -> str:
        """Return how a file is known in the records: by its path in the results, so that these may move."""
        path = os.path.normpath(path)
        inside = path.removeprefix(f"{self.results}{os.sep}")
        return inside if inside != path else os.path.join(os.curdir, path)

    def place(self, output: str) -> Path:
        """Return the file of the record of the job whose first output is `output`."""
        name = self.name(output)
        if name.startswith((os.curdir + os.sep, os.sep)):
            return self.folder / OUTSIDE / short_name(os.path.basename(name), f"-{digest(name)[:8]}.json")
        above, last = os.path.split(name)
        return self.folder / above / short_name(last, ".json")

    def read(self, output: str) -> Record | None:
        """Return a job's record; None where there is none that can be read."""
        try:
            return from_text(self.place(output).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, output: str, record: Record) -> None:
        """Keep a job's record; raises OSError where that cannot be.

        The disk is not waited for: a record that a power cut takes costs one look at all that its job made and read.
        """
        with whole(self.place(output), at_once=False, shared=True) as draft:
            draft.write_text(to_text(record), encoding="utf-8")

    def forget(self, output: str) -> None:
        """Remove a job's record, as far as that can be: what was made is then looked at anew."""
        with contextlib.suppress(OSError):
            self.place(output).unlink(missing_ok=True)
