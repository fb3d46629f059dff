"""Writers of detections by the name of their format.

A writer takes detections, the folder to write to and, by keyword, the table of recordings and the names of all
classes, and returns the files it wrote. A new format is a module beside this one, with its name here.
"""

import difflib
from collections.abc import Callable
from pathlib import Path

from canopy.detections.writers.aoef import write_aoef
from canopy.detections.writers.audacity import write_audacity
from canopy.detections.writers.kaleidoscope import write_kaleidoscope
from canopy.detections.writers.label_studio import write_label_studio
from canopy.detections.writers.opensoundscape import write_opensoundscape
from canopy.detections.writers.parquet import write_parquet
from canopy.detections.writers.plain import write_birdnet, write_csv
from canopy.detections.writers.raven import write_raven, write_raven_all
from canopy.detections.writers.whombat import write_whombat
from canopy.runtime.errors import CanopyError

Writer = Callable[..., list[Path]]

WRITERS: dict[str, Writer] = {
    "csv": write_csv,
    "raven": write_raven,
    "raven_all": write_raven_all,
    "audacity": write_audacity,
    "birdnet": write_birdnet,
    "kaleidoscope": write_kaleidoscope,
    "opensoundscape": write_opensoundscape,
    "label_studio": write_label_studio,
    "aoef": write_aoef,
    "whombat": write_whombat,
    "parquet": write_parquet,
}


def writer(name: str) -> Writer:
    """Return the writer of a format.

    Raises
    ------
    CanopyError
        There is none of that name.
    """
    if name not in WRITERS:
        near = difflib.get_close_matches(name, WRITERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CanopyError(f"there is no format of detections {name!r}: there are {', '.join(sorted(WRITERS))}{hint}")
    return WRITERS[name]
