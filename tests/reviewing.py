"""A folder of clips for review, made up: tones of which the first half is the species', and its page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile as sf

from canopy.detections.review.place import review_clips, review_page, review_table
from canopy.detections.review.table import ReviewTable
from canopy.report.review.clips import page_clips
from canopy.report.review.page import render_review

RATE_HZ = 16000
SPECIES = ["owl", "wren", "robin"]


def curve(recording_id: str, species: str, start_s: float, end_s: float) -> dict[str, Any]:
    """Return a score curve that rises to the middle."""
    import base64

    values = (255 * np.hanning(60)).astype(np.uint8).tobytes()
    return {"first": 0.0, "step": (end_s - start_s) / 60, "values": base64.b64encode(values).decode()}


def make_review(folder: Path, n_clips: int) -> Path:
    """Make a folder with a table, `n_clips` clips of 2.5 s and the page, and return the folder."""
    rng = np.random.default_rng(1)
    rows: list[Mapping[Any, Any]] = []
    for number in range(1, n_clips + 1):
        species = SPECIES[number % 2]
        name = f"{species}/{number:04d}_rec{number % 7}_{number * 10.0:.1f}s.flac"
        time_s = np.arange(int(2.5 * RATE_HZ)) / RATE_HZ
        hz = 1000 + 2500 * (number % 2)
        tone = 0.3 * np.sin(2 * np.pi * hz * time_s) * ((time_s > 1.0) & (time_s < 1.5))
        path = review_clips(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, tone + rng.normal(0, 0.005, len(time_s)), RATE_HZ, subtype="PCM_16")
        rows.append(
            {
                **{"clip": name, "species": species, "why": "top" if number % 3 else "random", "asked": species},
                **{"probability": round(float(rng.uniform(0.3, 1)), 4), "clip_onset_s": 1.0, "clip_offset_s": 1.5},
                **{
                    "recording_id": f"rec{number % 7}",
                    "path": f"rec{number % 7}.flac",
                    "clip_start_s": number * 10 - 1.0,
                },
                **{"onset_s": number * 10.0, "offset_s": number * 10.5 - number * 0.5 + 0.5},
                **{"low_hz": hz - 300.0, "high_hz": hz + 300.0, "round": 1, "chance": 1.0, "of": n_clips},
            }
        )
    ReviewTable(review_table(folder)).append(rows)
    write_page(folder)
    return folder


def write_page(folder: Path) -> None:
    """Make the page of what the table holds now."""
    rows = ReviewTable(review_table(folder)).rows
    page = render_review(folder.name, page_clips(rows, folder, curve=curve), SPECIES)
    review_page(folder).write_text(page, encoding="utf-8")


def table(folder: Path) -> pd.DataFrame:
    """Return the table as it stands."""
    return pd.read_csv(review_table(folder), dtype=str, keep_default_na=False)
