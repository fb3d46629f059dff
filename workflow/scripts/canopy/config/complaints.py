"""What is said about wrong settings: every wrong key or value at once, with the nearest known key."""

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

PLAIN = {
    "tuple_type": "must be a list",
    "dict_type": "must be a section with keys of its own",
    "model_type": "must be a section with keys of its own",
}
"""What YAML calls the things that pydantic calls tuple, dictionary and model."""


def explain(error: ValidationError, kind: type[BaseModel], where: str) -> str:
    """Return a validation error in the user's terms, one line per wrong key or value.

    Parameters
    ----------
    error : pydantic.ValidationError
        What validating against `kind` raised.
    kind : type of pydantic.BaseModel
        Knows the keys that would have been right.
    where : str
        What each line begins with.

    Returns
    -------
    str
        Lines such as `config: training.optimizer.epochs: Input should be greater than or equal to 1 (found 0)`.
    """
    lines = []
    for found in error.errors():
        path = ".".join(str(part) for part in found["loc"])
        if found["type"] == "extra_forbidden":
            known = _known_keys(kind, found["loc"][:-1])
            lines.append(f"unknown key {path!r}{nearest(str(found['loc'][-1]), known)}")
        else:
            message = PLAIN.get(found["type"], found["msg"].removeprefix("Value error, "))
            given = "" if isinstance(found["input"], dict | BaseModel) else f" (found {found['input']!r})"
            lines.append(f"{path}: {message}{given}" if path else f"{message}{given}")
    return f"{where}: " + f"\n{where}: ".join(lines)


def nearest(name: str, known: list[str]) -> str:
    """Return the end of a complaint about an unknown name: the known one most like it, or all of them."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(sorted(known))}" if known else ""


def _known_keys(kind: Any, path: tuple[Any, ...]) -> list[str]:
    """Return the keys of the section that a path leads to; a dictionary's sections are all alike."""
    for part in path:
        field = getattr(kind, "model_fields", {}).get(part)
        kind = field.annotation if field is not None else next(iter(getattr(kind, "__args__", ())[1:]), None)
    return list(getattr(kind, "model_fields", {}))
