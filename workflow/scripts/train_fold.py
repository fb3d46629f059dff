"""Train one network of one experiment, on all folds but those held out.

Settings: name (for the log), training (an experiment), features (its feature set, of which hop_s, unit and bin_hz are
read), compute.
"""

from collections.abc import Sequence

from canopy.runtime import command
from canopy.training.job import fit


def main(argv: Sequence[str] | None = None) -> None:
    fit(argv, doc=__doc__)


if __name__ == "__main__":
    command.run(main)
