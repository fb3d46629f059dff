"""Filling the folder of a package."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from canopy.config.pretrained import PACKED
from canopy.package.manifest import NAME, Manifest, Member, sha256
from canopy.runtime.files import whole, write_table, write_text
from canopy.runtime.version import __version__

CARD = "README.md"


def build_package(
    folder: str | os.PathLike[str],
    *,
    species: Sequence[str],
    classes: Literal["species", "species_songtype"],
    members: Sequence[Member],
    networks: Mapping[str, str | os.PathLike[str]],
    tables: Mapping[str, pd.DataFrame],
    card: str,
    compute: Mapping[str, Any],
) -> Manifest:
    """Write a package; its manifest comes last, so that a package that has one is whole.

    Parameters
    ----------
    folder : path-like
        What it holds under `members/` and `pretrained/` from before is removed.
    species : sequence of str
        In the order of the networks' outputs.
    classes : {"species", "species_songtype"}
        What these are.
    members : sequence of Member
    networks : mapping of str to path-like
        The files of networks, also of those that others trained and that may travel, by their path in the package.
    tables : mapping of str to DataFrame
        By file name.
    card : str
        The model card, Markdown.
    compute : mapping
        What TensorFlow may use.

    Returns
    -------
    Manifest
    """
    folder = Path(folder)
    (folder / NAME).unlink(missing_ok=True)
    for name in ("members", PACKED):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name, source in networks.items():
        with whole(folder / name) as draft:
            shutil.copyfile(source, draft)
    for name, table in tables.items():
        write_table(table, folder / name)
    write_text(card, folder / CARD)
    names = sorted([*networks, *tables, CARD])
    manifest = Manifest(
        species=tuple(species),
        classes=classes,
        members=tuple(members),
        compute=dict(compute),
        canopy=__version__,
        files={name: sha256(folder / name) for name in names},
    )
    write_text(manifest.text(), folder / NAME)
    return manifest
