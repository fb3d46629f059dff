"""All kinds of trunks. A new one is a module beside this one, imported here and named in `TRUNKS`."""

from canopy.config.complaints import nearest
from canopy.models.trunks import compact, none, photographs, waveform
from canopy.models.trunks.kind import Kind
from canopy.runtime.errors import CanopyError

TRUNKS: tuple[Kind, ...] = (
    compact.TRUNK,
    waveform.TRUNK,
    none.TRUNK,
    *photographs.TRUNKS,
)
BY_NAME = {kind.name: kind for kind in TRUNKS}


def trunk_named(name: str) -> Kind:
    """Return a kind of trunk.

    Raises
    ------
    CanopyError
        There is none of that name.
    """
    if name not in BY_NAME:
        raise CanopyError(f"no backbone has this name{nearest(name, list(BY_NAME))} (found {name!r})")
    return BY_NAME[name]
