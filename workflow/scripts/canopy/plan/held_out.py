"""The folds that a network does not train on, and their name in paths.

A network is known by its experiment and by its held-out folds: `(2,)` for the network of fold 2, `(0, 2)` for one that
labels recordings of fold 0 for a student of fold 2, or the other way round.
"""

HeldOut = tuple[int, ...]


def fold_name(held_out: HeldOut) -> str:
    """Return what names held-out folds in paths and to people: `0-2`."""
    return "-".join(map(str, held_out))


def held_out_folds(name: str) -> HeldOut:
    """Return the folds that `fold_name` names."""
    return tuple(map(int, name.split("-")))
