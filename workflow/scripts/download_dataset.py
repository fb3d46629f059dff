"""Fetch a competition's data from Kaggle into a folder.

Settings: competition (Kaggle's short name), folder.
"""

from collections.abc import Sequence

from canopy.data.download import download
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `download`."""
    args = command.parser(__doc__).parse_args(argv)
    download(args.settings["competition"], args.settings["folder"], report=print)


if __name__ == "__main__":
    command.run(main)
