"""Where the demo lies: in a folder of its own, never in one with files of somebody else's."""

import os

from canopy.config.demo import Demo
from canopy.data.demo.settings import made_files
from canopy.runtime.owned import DEMO, check_own


def check_folder(settings: Demo, folder: str | os.PathLike[str]) -> None:
    """See that the demo may be written into a folder.

    Raises
    ------
    CanopyError
        It holds a file that no demo made.
    """
    fix = (
        "the demo is written into a folder of its own; move that file, or the folder, to another place, or give the "
        "demo another folder by `demo: {name: NAME}`"
    )
    check_own(folder, DEMO, fix=fix, planned=made_files(settings))
