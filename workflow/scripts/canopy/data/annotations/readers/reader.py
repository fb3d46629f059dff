"""What a format of annotations declares of itself: its name, how a file of it is recognised, and its options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from canopy.data.annotations.marks import Gathered, Source


@dataclass(frozen=True)
class Reader:
    """The reader of one format.

    Attributes
    ----------
    name : str
        What `annotations: {format: NAME}` calls the format.
    recognises : callable
        Takes a `Source` and tells from what it holds whether it is of this format; raises nothing.
    read : callable
        Takes a `Source`, the `Gathered` that marks are added to and, by keyword, the reader's options.
    options : tuple of str
        The keys of `annotations:` that `read` takes.

    See Also
    --------
    canopy.data.annotations.readers.registry : Names all readers.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[..., None]
    options: tuple[str, ...] = ()

    def __call__(self, source: Source, gathered: Gathered, settings: Mapping[str, Any]) -> None:
        """Read a file with those keys of `annotations:` that this reader takes; others keep their defaults."""
        self.read(source, gathered, **{name: settings[name] for name in self.options if name in settings})
