"""What clips are called."""

import re

from canopy.runtime.files import short_name

NUMBERED = re.compile(r"(?:.*[/\\])?(?P<number>[0-9]+)_[^/\\]*")


def clip_name(number: int, species: str, recording_id: str, onset_s: float) -> str:
    """Return a clip's path below the folder of clips: `<species>/<number>_<recording>_<onset>s.flac`."""
    return f"{species_folder(species)}/{short_name(f'{number:04d}_{_safe(recording_id)}', f'_{onset_s:.1f}s.flac')}"


def clip_number(clip: str) -> int:
    """Return the number in a clip's path; 0 where it has none."""
    found = NUMBERED.fullmatch(clip.strip())
    return int(found["number"]) if found else 0


def species_folder(species: str) -> str:
    """Return the name of the folder of a species' clips."""
    return short_name(_safe(species).strip(".") or "_")


def _safe(name: str) -> str:
    return re.sub(r'[/\\:*?"<>|]', "_", name)
