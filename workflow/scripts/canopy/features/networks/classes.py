"""The classes that a pretrained network itself tells apart: which of its output's values they are."""

import os
from pathlib import Path

import numpy as np

from canopy.config.complaints import nearest
from canopy.config.embedding import EmbeddingFeatures
from canopy.config.pretrained import KNOWN
from canopy.features.networks.network import Network
from canopy.runtime.errors import CanopyError


def numbered(features: EmbeddingFeatures, path: str) -> tuple[int, ...]:
    """Return the numbers of a feature set's classes, from 0, in the network's output.

    Parameters
    ----------
    features : EmbeddingFeatures
        A class is named as a line of `labels` is, or as a part of it before or after an underscore, as in BirdNET's
        `Gallus gallus_Red Junglefowl`; case does not count. Numbers stay what they are.
    path : str
        The network's file, beside which the labels of a known network lie.

    Raises
    ------
    CanopyError
        The labels are not there, or have no such class, or several.
    """
    if all(isinstance(one, int) for one in features.classes):
        return tuple(int(one) for one in features.classes)
    file = _labels(features, path)
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CanopyError(
            f"the names of the classes of {os.path.basename(path)} are in {file}, which cannot be read ({error}); name "
            "a text file with a line for each class by `labels:`, or give the classes' numbers"
        ) from None
    places: dict[str, list[int]] = {}
    for number, line in enumerate(line.strip() for line in lines):
        for name in {line.casefold(), *(part.casefold() for part in line.split("_"))}:
            places.setdefault(name, []).append(number)
    return tuple(one if isinstance(one, int) else _place(one, places, lines, file) for one in features.classes)


def _labels(features: EmbeddingFeatures, path: str) -> str:
    if features.labels is not None:
        return features.labels
    known = KNOWN.get(features.model)
    if known is None or not known.labels:
        raise CanopyError(
            f"the classes of {features.model} have names only where `labels:` says which: name a text file with a line "
            "for each class, in the order of the network's output, or give the classes' numbers"
        )
    return str(Path(path).with_name(known.labels))


def _place(name: str, places: dict[str, list[int]], lines: list[str], file: str) -> int:
    found = places.get(name.strip().casefold(), [])
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(repr(lines[one].strip()) for one in found[:4])
        raise CanopyError(f"{file} has {len(found)} classes of the name {name!r}: {told}; give the whole line of one")
    raise CanopyError(f"{file} has no class of the name {name!r}{nearest(name, [line.strip() for line in lines])}")


def kept(network: Network, numbers: tuple[int, ...], path: str) -> Network:
    """Return a network that gives some values of its layer alone."""
    if max(numbers) >= network.n_bins:
        raise CanopyError(
            f"{path}: its output has {network.n_bins} values, so that there is no class {max(numbers)}; see that "
            "`labels:` is of this network"
        )
    at = np.array(numbers)
    return Network(network.n_samples, network.n_positions, len(numbers), lambda windows: network.run(windows)[..., at])
