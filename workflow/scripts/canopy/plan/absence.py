"""Whether anything is known to be absent: without that little can be learnt, which is told before a run trains."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from canopy.config.experiment import Experiment
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

ADD = (
    "Add recordings that were reviewed from end to end, some 20 minutes of them (`reviewed: all` in the table "
    "`annotations.reviewed`, or `unlisted: absent` where the annotation is complete), or refuted boxes (`polarity` -1, "
    "or a filled-in `snakemake review`)."
)


def never_absent(annotations: pd.DataFrame, listing: pd.DataFrame, species: list[str]) -> list[str]:
    """Return the species that nothing says the absence of: no refuted box, and no recording reviewed for them.

    Parameters
    ----------
    annotations : DataFrame
        recording_id, species, polarity.
    listing : DataFrame
        recording_id, reviewed, species.
    species : list of str
    """
    if (listing["reviewed"] == "all").any():
        return []
    some = listing.loc[listing["reviewed"] == "some", "species"]
    reviewed = {name for names in some for name in str(names).split(";")}
    refuted = set(annotations.loc[annotations["polarity"] < 0, "species"])
    return [name for name in species if name not in reviewed | refuted]


def check_absence(
    annotations: pd.DataFrame, listing: pd.DataFrame, species: list[str], experiments: Mapping[str, Experiment]
) -> list[str]:
    """Return what is to be said of labels without any absence, before a run trains.

    Parameters
    ----------
    annotations, listing, species
        See `never_absent`.
    experiments : mapping of str to Experiment

    Raises
    ------
    CanopyError
        Where nothing at all could be told from a call.
    """
    unknown = never_absent(annotations, listing, species)
    if not unknown:
        return []
    if len(unknown) == len(species):
        blind = [name for name, one in experiments.items() if one.loss.unknown_weight == 0]
        whole = annotations["polarity"].gt(0) & ~np.isfinite(annotations["offset_s"].astype(float))
        if len(species) == 1 and whole.sum() == annotations["polarity"].gt(0).sum() > 0:
            raise CanopyError(
                f"every recording is marked as a whole with {species[0]}, and none is known to be without it: a "
                f"network could only learn to say yes. {ADD}"
            )
        if blind:
            raise CanopyError(
                f"no species is known to be absent anywhere, and loss.unknown_weight is 0 for {listed(blind)}: a "
                f"network could only learn to say yes. {ADD} Or set loss.unknown_weight above 0."
            )
    everywhere = "any species is" if len(unknown) == len(species) else f"{listed(unknown)} is"
    return [
        f"Nothing says where {everywhere} absent: no box is refuted, and no recording was reviewed. Time that nobody "
        "judged counts a little as absent (loss.unknown_weight), so that networks train, but false alarms cannot be "
        f"counted, and probabilities are estimates. {ADD}"
    ]
