"""Write down the resolved configuration and the versions of all installed packages.

Settings: config (the whole configuration).
"""

import importlib.metadata
import json
import platform
from collections.abc import Sequence

import pandas as pd

from canopy.runtime import command
from canopy.runtime.files import write_table, write_text
from canopy.runtime.version import __version__


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--config", required=True, help="JSON file to write")
    parser.add_argument("--versions", required=True, help="table to write")
    given = parser.parse_args(argv)
    write_text(json.dumps(given.settings["config"], indent=2, ensure_ascii=False) + "\n", given.config)
    packages = {found.metadata["Name"]: found.version for found in importlib.metadata.distributions()}
    rows = [("canopy", __version__), ("python", platform.python_version()), *sorted(packages.items())]
    write_table(pd.DataFrame(rows, columns=["package", "version"]), given.versions)


if __name__ == "__main__":
    command.run(main)
