"""The names of columns that people use.

Names are compared without case, blanks and signs: `Start Time (s)`, `start_time_s` and `startTimeS` are one. A unit at
the end of a name is read apart. docs/formats.md has the table for users; a test keeps the two in step.
"""

import re
import unicodedata
from typing import NamedTuple


def _names(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


NAMES: dict[str, tuple[str, ...]] = {
    "recording_id": _names(
        """recording_id recording path file_path audio_path begin_path filename file audio_file audio_filename audio
        sound_file sound_filename wav_file wav wav_filename recording_file recording_name recording_filename
        source_file source_filename input_file in_file begin_file fname audio_file_path sound_path media_file
        orig_file notated_path soundscape item_name"""
    ),
    "folder": _names("folder directory dir subfolder subdirectory"),
    "species": _names(
        """species common_name species_code species_ebird_code ebird_code ebird label annotation species_name
        species_label class class_name class_label event_label primary_label category scientific_name latin_name
        species_scientific_name species_common_name taxon taxon_name annotation_label sound_class bird_species tag
        tag_name sp spp"""
    ),
    "onset_s": _names(
        """onset onset_time start start_time start_offset begin begin_time beginning beg beg_time starting_time
        starting time_start time_begin time_onset time_beg t_start t_begin t_onset t_min min_t time_min min_time
        time_from from from_time t0 xmin segment_start event_start event_onset call_start annotation_start
        label_start box_start sound_start"""
    ),
    "offset_s": _names(
        """offset offset_time end end_time end_offset ending ending_time stop stop_time finish time_end time_stop
        time_offset t_end t_stop t_offset t_max max_t time_max max_time time_to to to_time until t1 xmax
        segment_end event_end event_offset call_end annotation_end label_end box_end sound_end"""
    ),
    "duration_s": _names("duration dur length call_duration event_duration time_duration delta_time"),
    "low_hz": _names(
        """low_freq low_frequency low_f freq_low frequency_low f_low lower_freq lower_frequency f_min min_f min_freq
        min_frequency freq_min frequency_min minimum_frequency bottom_freq bottom_frequency freq_lower
        frequency_lower f_lo lo_freq freq_lo minimum_freq low_freq_bound         lowest_frequency y_min_freq"""
    ),
    "high_hz": _names(
        """high_freq high_frequency high_f freq_high frequency_high f_high upper_freq upper_frequency f_max max_f
        max_freq max_frequency freq_max frequency_max maximum_frequency top_freq top_frequency freq_upper
        frequency_upper f_hi hi_freq freq_hi maximum_freq high_freq_bound         highest_frequency y_max_freq"""
    ),
    "polarity": _names("polarity presence present"),
    "songtype": _names("songtype songtype_id"),
}
"""What each meaning of a column is called, without unit; of several columns of one meaning the first name counts."""

UNITLESS = {"low_hz": ("low", "lower", "bottom", "min"), "high_hz": ("high", "upper", "top", "max")}
"""Names that mean a frequency only with its unit: `low_khz`."""

SAMPLES = "samples"
SECONDS: dict[str, float | str] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds", "millis"), 1e-3),
    **dict.fromkeys(("mins", "minutes"), 60.0),
    **dict.fromkeys(("sample", "samples", "samp"), SAMPLES),
}
HERTZ: dict[str, float | str] = {"hz": 1.0, "hertz": 1.0, "khz": 1000.0, "kilohertz": 1000.0}
UNITS = {
    **dict.fromkeys(("onset_s", "offset_s", "duration_s"), SECONDS),
    **dict.fromkeys(("low_hz", "high_hz"), HERTZ),
}
"""What the units of each meaning are worth in seconds or Hz; samples need the recording's rate."""


class Meaning(NamedTuple):
    """What a column tells: a key of `NAMES`, how well known its name is (0 best), and its unit.

    `unit` is empty where the name has none; `factor` turns its numbers into seconds or Hz.
    """

    what: str
    rank: int
    unit: str
    factor: float

    @property
    def in_samples(self) -> bool:
        """Whether it counts samples."""
        return SECONDS.get(self.unit) == SAMPLES


def words(name: str) -> list[str]:
    """Return the words of a column's name in lower case: at blanks, signs, and where small letters meet a capital."""
    plain = re.sub(r"(?<=[a-z])[kK]Hz", " khz", unicodedata.normalize("NFC", name)).replace("kHz", "khz")
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z]+\b)", " ", plain)
    return re.findall(r"[^\W_]+%?", apart.casefold())


def squashed(name: str) -> str:
    """Return a column's name without case, blanks and signs."""
    return "".join(words(name))


def meaning(name: str) -> Meaning | None:
    """Return what a column of this name tells, None where the name is not known.

    Examples
    --------
    >>> meaning("Start Time (ms)")
    Meaning(what='onset_s', rank=3, unit='ms', factor=0.001)
    >>> meaning("notes") is None
    True
    """
    parts = words(name)
    whole = "".join(parts)
    if whole in _KNOWN:
        return Meaning(*_KNOWN[whole], "", 1.0)
    for unit, rest in ((parts[-1], parts[:-1]), (parts[0], parts[1:])) if len(parts) > 1 else ():
        what, rank = _KNOWN.get("".join(rest)) or _WITH_UNIT.get("".join(rest)) or ("", 0)
        if unit in UNITS.get(what, {}):
            worth = UNITS[what][unit]
            return Meaning(what, rank, unit, 1.0 if isinstance(worth, str) else worth)
    return None


_KNOWN = {
    squashed(name): (what, rank) for what in reversed(NAMES) for rank, name in reversed(list(enumerate(NAMES[what])))
}
_WITH_UNIT = {squashed(name): (what, len(NAMES[what])) for what, names in UNITLESS.items() for name in names}

KINDS = {
    "recording_id": "file",
    "folder": "file",
    "species": "species",
    "polarity": "polarity",
    "songtype": "song type",
    **dict.fromkeys(("onset_s", "offset_s", "duration_s"), "time"),
    **dict.fromkeys(("low_hz", "high_hz"), "frequency"),
}
"""The kinds of what columns tell, for messages."""
