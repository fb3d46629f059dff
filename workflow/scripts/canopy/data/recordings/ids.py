"""A recording's id: its path below the recordings' folder, as one name."""

import os

FOLDER_MARK = "__"
"""What stands in a recording's id for the `/` between a folder below the recordings' own and what lies in it."""


def recording_id(relative: str) -> str:
    """Return the id of a recording, given its path below the recordings' folder.

    Examples
    --------
    >>> recording_id("plot 3/20240501_060000.WAV")
    'plot 3__20240501_060000'
    """
    return os.path.splitext(relative)[0].replace(os.sep, FOLDER_MARK)
