"""List the recordings to apply a package to, with the fingerprints of their audio.

Settings: folder (of the recordings), memory (where fingerprints that cost a full read are kept).
"""

from collections.abc import Sequence

from canopy.data.recordings.folder import count_line, passed_over
from canopy.inference.apply.folder import find_recordings
from canopy.runtime import command
from canopy.runtime.files import write_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--output", required=True, help="table to write")
    given = parser.parse_args(argv)
    found = find_recordings(given.settings["folder"], given.settings["memory"])
    write_table(found, given.output)
    print(f"{given.settings['folder']}: {len(found)} recordings")
    for line in count_line(passed_over(given.settings["folder"], below=True)):
        print(line)


if __name__ == "__main__":
    command.run(main)
