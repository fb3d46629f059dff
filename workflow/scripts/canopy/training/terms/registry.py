"""The terms of the loss. A new term is a module beside this one, imported here and named in `TERMS`."""

from canopy.config.complaints import nearest
from canopy.runtime.errors import CanopyError
from canopy.training.terms import bce, dice, focal, reverse
from canopy.training.terms.term import Term

TERMS: tuple[Term, ...] = (
    bce.TERM,
    focal.TERM,
    reverse.TERM,
    dice.TERM,
)
BY_NAME = {term.name: term for term in TERMS}


def term_named(name: str) -> Term:
    """Return a term of the loss.

    Raises
    ------
    CanopyError
        There is no term of that name.
    """
    if name not in BY_NAME:
        raise CanopyError(f"there is no loss term {name!r}{nearest(name, list(BY_NAME))}")
    return BY_NAME[name]
