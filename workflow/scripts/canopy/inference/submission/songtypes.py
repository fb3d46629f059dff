"""Framewise logits of species, from those of their song types."""

import numpy as np
import pandas as pd

from canopy.data.annotations.classes import ClassMode, bare_species
from canopy.inference.framewise import Framewise
from canopy.inference.scores import species_of


def merge_framewise(framewise: Framewise, by_class: pd.DataFrame, classes: ClassMode) -> Framewise:
    """Merge the song types of a species by their maximum, in every frame, as `merge_classes` does in recordings.

    Parameters
    ----------
    framewise : Framewise
        One column per class.
    by_class : pandas.DataFrame
        Scores that name the classes.
    classes : {"species", "species_songtype"}
    """
    if classes == "species":
        return framewise
    names = species_of(by_class)
    bare = [bare_species(name, classes) for name in names]
    owners = {name: [place for place, one in enumerate(bare) if one == name] for name in dict.fromkeys(bare)}
    merged = np.stack([framewise.values[:, own].max(axis=1) for own in owners.values()], axis=1)
    return Framewise(merged, framewise.index)
