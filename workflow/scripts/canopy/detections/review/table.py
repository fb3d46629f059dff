"""The table that a person fills in: a verdict per clip. `canopy.data.annotations.readers.review` reads it back."""

COLUMNS = (
    "clip",
    "species",
    "verdict",
    "remark",
    "why",
    "probability",
    "clip_onset_s",
    "clip_offset_s",
    "recording_id",
    "path",
    "onset_s",
    "offset_s",
    "low_hz",
    "high_hz",
)
"""`verdict` and `remark` are for the person; `clip_onset_s` and `clip_offset_s` say where in its clip to listen."""
