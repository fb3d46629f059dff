"""What every rule's script shares: its settings argument and the way it ends."""

import argparse
import errno
import json
import sys
from collections.abc import Callable, Sequence

from canopy.errors import CanopyError


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return an argument parser with `--settings`, the rule's settings as one JSON object."""
    found = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--settings", type=json.loads, default={}, metavar="JSON", help="settings as one JSON object")
    return found


def run(main: Callable[[Sequence[str] | None], None]) -> None:
    """Run a script's `main`; end a user's error with its message and status 1, without a traceback."""
    try:
        main(None)
    except CanopyError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(
            f"error: no disk space left while writing {error.filename or 'an output'}: free some space, "
            "or set `results:` to a folder on a larger disk, and run the same command again"
        )
