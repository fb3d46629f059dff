"""Importing large packages without others that they look for and Canopy does not use: it starts every job sooner."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Let importing some packages fail while the block runs, as if they were not installed.

    For packages that others import only where they are there. One that is already imported stays at hand.

    Parameters
    ----------
    *packages : str
        Names of top-level packages.
    """
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None makes `import` raise ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
