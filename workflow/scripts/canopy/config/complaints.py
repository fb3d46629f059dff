"""What is said about wrong settings: every wrong key or value at once, with the nearest known key."""

import difflib
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

PLAIN = {
    "tuple_type": "must be a list",
    "dict_type": "must be a section with keys of its own",
    "model_type": "must be a section with keys of its own",
    "model_attributes_type": "must be a section with keys of its own",
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
        keys, known = _place(kind, found["loc"])
        path = ".".join(keys)
        if found["type"] == "extra_forbidden":
            lines.append(f"unknown key {path!r}{nearest(str(found['loc'][-1]), known)}")
        else:
            message = PLAIN.get(found["type"], found["msg"].removeprefix("Value error, "))
            if found["type"] == "union_tag_invalid":
                message = f"kind must be one of {found['ctx']['expected_tags']}, not {found['ctx']['tag']!r}"
            given = "" if isinstance(found["input"], dict | BaseModel) else f" (found {found['input']!r})"
            lines.append(f"{path}: {message}{given}" if path else f"{message}{given}")
    return f"{where}: " + f"\n{where}: ".join(lines)


def nearest(name: str, known: list[str]) -> str:
    """Return the end of a complaint about an unknown name: the known one most like it, or all of them."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(sorted(known))}" if known else ""


def _place(kind: Any, loc: tuple[Any, ...]) -> tuple[list[str], list[str]]:
    """Return the keys that lead to a mistake, as a user writes them, and the known keys of the section it is in.

    Where a section may be of several kinds, pydantic's path names the one that was chosen after the section's own key.
    """
    keys: list[str] = []
    known: list[str] = []
    for part in loc:
        kinds = {str(one.model_fields["kind"].annotation.__args__[0]): one for one in _alternatives(kind)}
        if part in kinds:
            kind = kinds[part]
            continue
        keys.append(str(part))
        known = list(getattr(kind, "model_fields", {}))
        field = getattr(kind, "model_fields", {}).get(part)
        kind = field.annotation if field is not None else next(iter(get_args(kind)[1:]), None)
        if not _alternatives(kind) and _is_union(kind):  # a section or null
            kind = next((one for one in get_args(kind) if hasattr(one, "model_fields")), kind)
    return keys, known


def _alternatives(kind: Any) -> list[Any]:
    """Return the kinds that a section may be of, if there are several."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return [one for one in get_args(kind) if "kind" in getattr(one, "model_fields", {})] if _is_union(kind) else []


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)
