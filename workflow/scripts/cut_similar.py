"""Find the stretches of recordings that sound most like an example, cut them out, and add them to the table of clips.

Settings: species (that is asked about), top, over_range, seed, context_s, file_names (by which recordings' names tell
their site, or null), channel (that is heard, or null), compute, and what hears, as of `embed_applied`; examples (of
each: sound, the fingerprint of its file; onset_s and offset_s, or null); files (where these lie), folder (of the
recordings), reviews (the folder of the clips and of their table), verdicts (where else the page saved verdicts, or
null).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.runtime import command
from canopy.runtime.devices import prepare


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--vectors", type=Path, nargs="+", required=True, help="arrays of what windows sound like")
    parser.add_argument("--offered", type=Path, required=True, help="table of the clips that were added, to write")
    given = parser.parse_args(argv)
    settings = given.settings
    print(prepare(section(Compute, settings["compute"], "compute"), gpu=False), flush=True)

    import numpy as np

    from canopy.detections.review.cutting import add_clips, take_in, told
    from canopy.detections.review.place import review_table
    from canopy.detections.review.sheet import alone
    from canopy.detections.review.table import ReviewTable
    from canopy.detections.search.example import Example
    from canopy.detections.search.hear import hear
    from canopy.detections.search.offer import new_stretches
    from canopy.detections.search.windows import MANY, Windows
    from canopy.inference.apply.hearing import open_hearing
    from canopy.runtime.errors import CanopyError
    from canopy.runtime.files import write_table
    from canopy.runtime.owned import REVIEWS, mark

    windows = Windows(given.vectors)
    if not len(windows):
        problems = [one for one in windows.recordings["problem"] if one]
        raise CanopyError(f"no recording of {settings['folder']} can be heard: {'; '.join(problems[:3])}")
    if len(windows) > MANY:
        size = sum(path.stat().st_size for path in given.vectors) / 1e9
        print(f"all {len(windows)} windows are compared: exact, and as slow as reading {size:.0f} GB", flush=True)
    hearing = open_hearing(settings)
    examples = [
        (one["sound"], Example(path, one["onset_s"], one["offset_s"]))
        for one, path in zip(settings["examples"], settings["files"], strict=True)
    ]
    heard = [hear(one, hearing, channel=settings.get("channel"), report=print) for _, one in examples]
    similarity = windows.similarity(np.concatenate(heard))
    folder = Path(settings["reviews"])
    with alone(folder):
        mark(folder, REVIEWS)
        table = ReviewTable(review_table(folder))
        take_in(table, settings, print)
        new = new_stretches(
            windows,
            similarity,
            table,
            species=settings["species"],
            top=settings["top"],
            over_range=settings["over_range"],
            seed=settings["seed"],
            own=[(sound, one.onset_s or 0.0, one.offset_s or np.inf) for sound, one in examples],
            file_names=settings["file_names"],
        )
        new = new.assign(path=[str(Path(settings["folder"], path)) for path in new["path"]])
        added = add_clips(new, table, context_s=settings["context_s"])
    write_table(added, given.offered)
    hours = windows.recordings["duration_s"].sum() / 3600
    print(f"{len(windows)} windows of {hours:.1f} h compared with {sum(map(len, heard))} of the example")
    print("\n".join(told(added, table)))


if __name__ == "__main__":
    command.run(main)
