"""Which unknown columns may not be left aside: they look like a time, a frequency, a species, a file or a polarity."""

import difflib

from canopy.data.annotations.columns.names import HERTZ, KINDS, NAMES, SECONDS, UNITLESS, squashed, words


def _set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


ASIDE = frozenset(
    squashed(name)
    for name in (
        *("annotation_file", "annot_path", "annotation_path", "view", "channel", "selection", "delta_time", "src_file"),
        *(
            "sampling_rate",
            "sample_rate",
            "sr",
            "file_type",
            "file_size",
            "bird_seen",
            "class_id",
            "label_id",
            "species_id",
        ),
        *(
            "fold",
            "target",
            "url",
            "license",
            "type",
            "author",
            "rating",
            "collection",
            "time_of_day",
            "clip",
            "sequence",
        ),
        *("clip_onset_s", "clip_offset_s", "event", "event_id", "det_prob", "class_prob", "confidence", "probability"),
        *("score", "threshold", "overlap", "file_duration", "recording_duration", "audio_duration", "clip_length"),
        *("audio_length", "n_species", "num_species", "species_count", "end_file", "end_path", "begin_clock_time"),
        *("end_clock_time", "begin_date_time", "begin_date", "end_date", "begin_hour", "inat_taxon_id", "lat", "lon"),
        *("lng", "latitude", "longitude", "elevation", "site", "date", "location", "country", "recordist"),
    )
)
"""Columns that are known and tell nothing of a mark."""

SIGNS: dict[str, frozenset[str]] = {
    "time": _set(
        """time times start starts begin begins beginning end ends stop finish sec secs second seconds ms msec
        milliseconds duration dur samples frame frames t0 t1 interval timestamp anfang beginn ende zeit dauer debut
        début fin temps
        inicio início tiempo tempo fim inizio fine einde tijd duracion duración duração durée"""
    ),
    "frequency": _set("hz khz hertz pitch bandwidth band frequenz fréquence frecuencia frequenza frequência"),
    "species": _set(
        """species taxon taxa genus label labels class classes category categories ebird scientific latin vernacular
        bird birds animal tag tags annotation art espèce espece especie espécie soort specie"""
    ),
    "file": _set(
        "file files filename path paths wav flac mp3 audio recording recordings datei fichier archivo arquivo bestand"
    ),
    "polarity": _set(
        """polarity presence present absent absence verdict valid validated validation verified verification correct
        confirmed rejected refuted tp fp istp isfp true false positive negative accepted"""
    ),
}
"""Words that make a column suspect."""
STEMS = {
    "time": ("start", "begin", "onset", "offset", "duration"),
    "frequency": ("freq",),
    "species": ("species", "taxon"),
    "file": ("filename",),
}
"""What makes a column suspect also inside of a word."""

FACTS: dict[str, frozenset[str]] = {
    "time": _set(
        """date clock recorded recording created updated modified annotated day night sunrise sunset utc gmt local zone
        timezone delta peak center centre mean avg average median total survey deployment session hour year month week
        file clip log"""
    ),
    "frequency": _set(
        """peak center centre mean avg average median sample sampling rate dominant fundamental delta entropy spectral
        quartile bw bandwidth"""
    ),
    "species": _set(
        """confidence conf prob probability score certainty certain note notes comment comments remark count number n
        num id group order family quality type url index file path by"""
    ),
    "file": _set(
        """size type format url duration length annotation annot quality number index date time rate id by hash md5
        device begin end start note notes comment comments"""
    ),
    "polarity": _set("by date time at note notes comment comments"),
}
"""Words that make a suspect a mere fact of the recording or the mark, where the table tells its kind otherwise."""
NEARLY = 0.84


def suspicion(name: str) -> str:
    """Return the kind of thing that a column of an unknown name may tell, an empty string where it tells none."""
    parts = words(name)
    for kind, signs in SIGNS.items():
        if signs & set(parts) or any(stem in part for stem in STEMS.get(kind, ()) for part in parts):
            return kind
    if any(squashed(name) in names for names in UNITLESS.values()):
        return "frequency"
    near = nearest(name)
    return KINDS[near[0]] if near else ""


def is_fact(name: str, kind: str) -> bool:
    """Whether a suspect column is only a fact beside what it is suspected of."""
    return bool(FACTS[kind] & set(words(name)))


def nearest(name: str, kind: str = "") -> tuple[str, str] | None:
    """Return what a mistyped name may mean, a key of `NAMES`, and the known name that it is near to."""
    *before, last = words(name) or [""]
    whole = "".join(before) if before and last in SECONDS.keys() | HERTZ.keys() else squashed(name)
    if len(whole) < 5:
        return None
    known = {
        squashed(one): (what, one) for what, names in NAMES.items() for one in names if not kind or KINDS[what] == kind
    }
    near = difflib.get_close_matches(whole, [one for one in known if len(one) > 4], n=1, cutoff=NEARLY)
    return known[near[0]] if near else None
