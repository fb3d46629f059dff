"""The configuration's JSON schema, for editors and readers: `python -m canopy.config.document FILE` writes it."""

import json
import sys

from canopy.config.meanings import described_schema
from canopy.runtime.files import write_text


def json_schema() -> str:
    """Return the JSON schema of the whole configuration, with every key's default and meaning."""
    return json.dumps(described_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_text(json_schema(), sys.argv[1])
