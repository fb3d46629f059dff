"""What is measured on: one minute of audio, and folders of RFCX's shape that cost nothing to make."""

import csv
import hashlib
import random
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

REPOSITORY = Path(__file__).resolve().parents[1]
REAL = REPOSITORY.parent / "shared" / "data" / "rfcx" / "train" / "0a4e7e350.flac"
RATE_HZ, MINUTE_S = 48000, 60
COLUMNS = ("recording_id", "species_id", "songtype_id", "t_min", "f_min", "t_max", "f_max")
RFCX_TRAIN, RFCX_TEST, RFCX_SPECIES = 4727, 1992, 24
TRUE_SHARE, FALSE_SHARE = 1216 / 4727, 7781 / 4727


def minute(folder: Path) -> tuple[Path, str]:
    """Return a FLAC file of 60 s at 48 kHz and what it is: RFCX's real recording, or noise where it is missing."""
    if REAL.exists():
        return REAL, "the real RFCX recording (60 s, 48 kHz, FLAC)"
    path = folder / "noise.flac"
    if not path.exists():
        noise = np.random.default_rng(1).normal(0, 0.02, RATE_HZ * MINUTE_S)
        soundfile.write(path, np.convolve(noise, np.ones(8) / 8, mode="same"), RATE_HZ, subtype="PCM_16")
    return path, "made-up noise (60 s, 48 kHz, FLAC)"


def flac_header(name: str) -> bytes:
    """Return a FLAC file that is nothing but a header: one minute of samples with an MD5 of their own."""
    sizes = struct.pack(">HH", 4096, 4096) + bytes(6)
    fields = (RATE_HZ << 44) | (15 << 36) | (RATE_HZ * MINUTE_S)
    return b"fLaC\x80\0\0\x22" + sizes + fields.to_bytes(8, "big") + hashlib.md5(name.encode()).digest()


def rfcx_folder(
    folder: Path, *, n_train: int = RFCX_TRAIN, n_test: int = RFCX_TEST, n_species: int = RFCX_SPECIES
) -> Path:
    """Make a folder that can be planned, not run: audio files are headers, boxes are as frequent as RFCX's."""
    draw = random.Random(1)
    ids = {"train": [f"a{n:08x}" for n in range(n_train)], "test": [f"b{n:08x}" for n in range(n_test)]}
    for subset, names in ids.items():
        (folder / subset).mkdir(parents=True)
        for name in names:
            (folder / subset / f"{name}.flac").write_bytes(flac_header(name))
    for table, share in (("train_tp", TRUE_SHARE), ("train_fp", FALSE_SHARE)):
        rows = []
        for number in range(max(round(share * n_train), n_species * 5)):
            onset_s = round(draw.uniform(0, 55), 4)
            species = number % n_species if number < 5 * n_species else draw.randrange(n_species)
            rows.append((ids["train"][number % n_train], species, 1, onset_s, 100.0, onset_s + 2, 9000.0))
        _write(folder / f"{table}.csv", COLUMNS, rows)
    header = ("recording_id", *(f"s{number}" for number in range(n_species)))
    _write(folder / "sample_submission.csv", header, [(name, *[0] * n_species) for name in ids["test"]])
    return folder


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([header, *rows])
