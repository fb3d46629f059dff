"""Finding in a table's header which column tells what, and stopping at one that may not be left aside."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from canopy.data.annotations.columns import suspects
from canopy.data.annotations.columns.names import KINDS, NAMES, Meaning, meaning, squashed, words
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

EXAMPLE = {
    "time": "onset_s",
    "frequency": "low_hz",
    "species": "species",
    "file": "recording_id",
    "polarity": "polarity",
    "song type": "songtype",
}
GIVEN, FIXED = -2, -1
"""The ranks of a name that the configuration explains, and of one that the format itself does."""
WHAT = {
    "recording_id": "names the recording (such as recording_id or filename)",
    "species": "names the species (such as species or label)",
    "onset_s": "tells the beginning (such as onset_s or start)",
    "offset_s": "tells the end (such as offset_s, end or duration)",
}


class Column(NamedTuple):
    """A column that is read: its name, its place in the header, and what it tells."""

    name: str
    place: int
    meaning: Meaning


@dataclass(frozen=True)
class Header:
    """Which of a table's columns tell what; of several that tell the same, the best known name comes first.

    Attributes
    ----------
    path : str
        The table's file.
    names : list of str
        All columns.
    found : dict of str to list of Column
        By the keys of `canopy.data.annotations.columns.names.NAMES`.
    left : list of str
        Columns of names that nobody knows, which are left aside.
    """

    path: str
    names: list[str]
    found: dict[str, list[Column]]
    left: list[str]

    def __contains__(self, what: str) -> bool:
        return what in self.found

    @property
    def has_times(self) -> bool:
        """Whether beginnings and ends are told."""
        return "onset_s" in self and ("offset_s" in self or "duration_s" in self)

    def need(self, *whats: str) -> None:
        """Raise a CanopyError that names what no column tells."""
        if missing := [what for what in whats if what not in self]:
            raise CanopyError(
                f"{self.path} has no column that {' and none that '.join(WHAT[what] for what in missing)}: it has "
                f"{listed(self.names, shown=20)}; say which one does with "
                f"`annotations: {{columns: {{NAME: {missing[0]}}}}}`"
            )


def understood(
    header: Sequence[str],
    path: str,
    *,
    format: str,
    reads: Collection[str] = tuple(NAMES),
    fixed: Mapping[str, str] | None = None,
    columns: Mapping[str, str | None] | None = None,
    aside: Callable[[str], bool] = lambda name: False,
) -> Header:
    """Find what each column of a table tells.

    Parameters
    ----------
    header : sequence of str
    path : str
        The table's file, for the messages.
    format : str
        The format that it is read as, for the messages.
    reads : collection of str
        The keys of `NAMES` that the format makes use of.
    fixed : mapping of str to str, optional
        What columns of the format's own tell, whatever else their names may mean.
    columns : mapping, optional
        What the configuration's `annotations.columns` says of columns, by their names: None leaves one aside.
    aside : callable
        Tells of a column's name whether the format knows it and leaves it aside.

    Raises
    ------
    CanopyError
        A column that is left over looks like a time, a frequency, a species, a file or a polarity; or a beginning is
        told without an end, or an end without a beginning.
    """
    told = {squashed(name): _explained(name, what) for name, what in (columns or {}).items()}
    own = {squashed(name): what for name, what in (fixed or {}).items()}
    found: dict[str, list[Column]] = {}
    left = []
    for place, name in enumerate(header):
        key = squashed(name)
        if key in told:
            known = told[key]
        elif key in own:
            known = (meaning(name) or Meaning(own[key], 0, "", 1.0))._replace(what=own[key], rank=FIXED)
        elif aside(name):
            continue
        else:
            known = meaning(name)
            if known is None:
                left.append(name)
        if known is not None:
            found.setdefault(known.what, []).append(Column(name, place, known))
    for same in found.values():
        same.sort(key=lambda column: (column.meaning.rank, column.place))
    if "onset_s" not in found and "duration_s" in found and "offset_s" in found:
        ends = found.pop("offset_s")  # Kaleidoscope's OFFSET is where a sound begins
        if not all(words(column.name)[0] == "offset" for column in ends):
            found["offset_s"] = ends
        else:
            found["onset_s"] = [column._replace(meaning=column.meaning._replace(what="onset_s")) for column in ends]
    unknown = [name for name in left if squashed(name) not in suspects.ASIDE]
    result = Header(path, list(header), {what: same for what, same in found.items() if what in reads}, unknown)
    _check_left(result, {what: same for what, same in found.items() if what not in reads}, format)
    if "onset_s" in result or "offset_s" in result:
        result.need("onset_s", *(() if "duration_s" in result else ("offset_s",)))
    return result


def _explained(name: str, what: str | None) -> Meaning | None:
    if what is None:
        return None
    known = meaning(what)
    if known is None:
        raise CanopyError(
            f"config: annotations.columns: {name} is said to be {what!r}, which Canopy does not know: use one of "
            f"{', '.join(NAMES)}, or null to leave the column aside"
        )
    return known._replace(rank=GIVEN)


def _check_left(header: Header, unread: Mapping[str, Sequence[Column]], format: str) -> None:
    """Stop at columns that are left over and may matter."""
    settled = {
        "time": header.has_times,
        "frequency": True,
        "species": "species" in header,
        "file": "recording_id" in header,
        "polarity": True,
    }
    given = any(column.meaning.rank == GIVEN for column in header.found.get("species", ()))
    for name in header.left:
        kind = suspects.suspicion(name)
        if not kind or (kind == "species" and given):
            continue
        if settled.get(kind) and suspects.is_fact(name, kind):
            continue
        near = suspects.nearest(name)
        hint = f"; did you mean {near[1]!r}?" if near else "."
        raise CanopyError(
            f"{header.path}: the column {name!r} looks like a {kind}, and Canopy does not know that name{hint} Say "
            f"what it tells with `annotations: {{columns: {{{_quoted(name)}: {near[0] if near else EXAMPLE[kind]}}}}}` "
            f"(docs/formats.md lists the names), or leave it aside with `{{{_quoted(name)}: null}}`"
        )
    for what in ("onset_s", "offset_s", "low_hz", "high_hz", "polarity"):
        for column in unread.get(what, ()):
            raise CanopyError(
                f"{header.path}: the column {column.name!r} tells a {KINDS[what]}, which the format {format} does not "
                "read. Read the table with `annotations: {format: csv}`, or leave the column aside with "
                f"`annotations: {{columns: {{{_quoted(column.name)}: null}}}}`"
            )


def _quoted(name: str) -> str:
    """Return a name as YAML takes it for a key."""
    plain = name.replace("_", "").replace(" ", "").isalnum() and not name[0].isdigit()
    return name if plain else json.dumps(name, ensure_ascii=False)
