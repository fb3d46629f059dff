"""What every rule's script shares: its settings argument and the way it ends."""

import argparse
import errno
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import FULL
from canopy.runtime.watchdog import end_with_starter


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return an argument parser with `--settings`, the rule's settings as one JSON object.

    What `--paths` holds joins them: settings that say where files lie, on which a job does not depend.
    """
    found = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("settings", "paths"):
        found.add_argument(
            f"--{name}",
            dest="settings",
            action=_Join,
            type=json.loads,
            default={},
            metavar="JSON",
            help=f"{name} as one JSON object",
        )
    return found


class _Join(argparse.Action):
    """Add an object's keys to those that are there."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if not isinstance(values, dict):
            parser.error(f"{option} must be a JSON object, not {values!r}")
        namespace.settings = {**namespace.settings, **values}


def run(main: Callable[[Sequence[str] | None], None]) -> None:
    """Run a script's `main`; end what a user can fix with a message and status 1, without a traceback."""
    end_with_starter()
    try:
        main(None)
    except KeyboardInterrupt:
        sys.exit("ended: interrupted")
    except Exception as error:
        message = told(error)
        if not message:
            raise
        sys.exit(f"error: {message}")


def told(error: Exception) -> str:
    """Return what a user should read about an error; an empty string if its traceback says more."""
    if isinstance(error, CanopyError):
        return str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's, on a GPU
        why = next(iter(str(error).splitlines()), "")
        return (
            f"there is no memory left{f' ({why})' if why else ''}: give smaller batches (`batch_size`) or more "
            "`shards`, or let fewer jobs run at once (`--cores`), and run the same command again"
        )
    if isinstance(error, IsADirectoryError | NotADirectoryError | PermissionError) and error.filename:
        return (
            f"{error.filename} cannot be used ({error.strerror}): restore or remove it, and run the same command again"
        )
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return (
            f"{error.filename or 'an output'} lies where nothing can be written (a read-only file system): set "
            "`results:` to a folder that can be written, and run the same command again"
        )
    # HDF5 tells it in words only.
    if (isinstance(error, OSError) and error.errno in FULL) or "No space left on device" in str(error):
        return (
            f"no disk space left while writing {getattr(error, 'filename', None) or 'an output'}: free some space, "
            "or set `results:` to a folder on a larger disk, and run the same command again"
        )
    return ""
