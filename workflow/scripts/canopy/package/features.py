"""What the networks of a package hear."""

import os

from canopy.config.features import FeatureSet
from canopy.config.kinds import feature_set
from canopy.features.networks.locate import located
from canopy.package.manifest import Member


def heard_by(member: Member, package: str | os.PathLike[str]) -> FeatureSet:
    """Return the feature set of a member of a package; the network that makes it, if any, is found.

    Raises
    ------
    CanopyError
        The file of that network is not there, or is another one.
    """
    return located(feature_set(member.features, f"{package}: features"), f"the package {package}", package)
