"""Which classes there are, how they are named, and in which order they stand."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import pandas as pd

from canopy.runtime.errors import CanopyError

DIGITS = re.compile(r"(\d+)")
SONGTYPE = re.compile(r"_\d+\Z")

ClassMode = Literal["species", "species_songtype"]


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that takes runs of digits as numbers: `s2` comes before `s10`."""
    parts = DIGITS.split(name)
    key = tuple((1, int(part), part) if number % 2 else (0, 0, part) for number, part in enumerate(parts))
    return key


def natural_sorted(names: Iterable[str]) -> list[str]:
    """Return the distinct names in natural order.

    Examples
    --------
    >>> natural_sorted(["s10", "s2", "s1"])
    ['s1', 's2', 's10']
    """
    return sorted(set(names), key=natural_key)


def species_of_class(name: str, species: Collection[str], classes: ClassMode) -> str:
    """Return the species that a class belongs to.

    Parameters
    ----------
    name : str
        A class: a species (`s17`), or one of its song types (`s17_4`).
    species : collection of str
        The species in use.
    classes : {"species", "species_songtype"}
        What a class is. With `species`, `owl_2` is a species like any other.

    Returns
    -------
    str
        The class itself if it is a species; with `species_songtype`, the class without its song type if that is
        one; else an empty string.

    Examples
    --------
    >>> species_of_class("owl_2", ["owl"], "species_songtype"), species_of_class("owl_2", ["owl"], "species")
    ('owl', '')
    """
    if name in species:
        return name
    bare = bare_species(name, classes)
    return bare if bare in species else ""


def bare_species(name: str, classes: ClassMode) -> str:
    """Return a class without its song type, where classes are song types."""
    return SONGTYPE.sub("", name) if classes == "species_songtype" else name


def classes_of(annotations: pd.DataFrame, known: Sequence[str] | None, classes: ClassMode) -> list[str]:
    """Return the classes in natural order.

    Parameters
    ----------
    annotations : pandas.DataFrame
        Canonical annotations; their `species` are class names.
    known : sequence of str, optional
        The species or classes that the config or the sample submission names. A species of which the
        annotations distinguish song types becomes one class per song type; one without annotations
        stays a class of its own.
    classes : {"species", "species_songtype"}
        What a class is.

    Returns
    -------
    list of str
        The classes of the annotations where `known` is not given.
    """
    present = natural_sorted(annotations["species"])
    if known is None:
        return present
    found: list[str] = []
    for name in known:
        found += [one for one in present if species_of_class(one, known, classes) == name] or [name]
    return natural_sorted(found)


def configured_species(
    species: Sequence[str] | None, sample_columns: Sequence[str] | None
) -> tuple[list[str] | None, str]:
    """Return the species that the dataset fixes, and where they come from.

    Parameters
    ----------
    species : sequence of str, optional
        The config's list; it goes first.
    sample_columns : sequence of str, optional
        The species columns of the sample submission.

    Returns
    -------
    list of str or None
        In natural order; None where the annotations decide.
    str
        Where they come from, for messages.

    Raises
    ------
    CanopyError
        The list is empty or names a species twice.
    """
    if species is None:
        return (None, "") if sample_columns is None else (natural_sorted(sample_columns), "the sample submission")
    double = natural_sorted(name for name in species if list(species).count(name) > 1)
    if not species or double:
        found = f"names {', '.join(double)} more than once" if double else "is empty"
        raise CanopyError(f"`species` {found}: list each species once, or set it to null to use those of the data")
    return natural_sorted(species), "`species` in the config"
