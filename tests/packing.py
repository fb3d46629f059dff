"""A small model package of networks with random weights, which the tests of packages and of `apply` share."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from canopy.config.model import Model, Waveform
from canopy.models.build import build_model, save_model
from canopy.package.build import build_package
from canopy.package.manifest import Manifest, Member
from tiny import MODEL
from tiny_networks import N_BINS, told

SPECIES = ["s0", "s1", "s2"]
COARSE = {"kind": "mel", "sample_rate_hz": 16000, "n_fft": 512, "hop_samples": 640, "n_bands": 16, "high_hz": 8000.0}
FINE = {**COARSE, "hop_samples": 320, "n_fft": 1024}
PITCH = {
    "kind": "cqt",
    "sample_rate_hz": 16000,
    "hop_samples": 320,
    "low_hz": 500.0,
    "n_bins": 16,
    "bins_per_octave": 6,
}
SAMPLES = {"kind": "waveform", "sample_rate_hz": 16000, "hop_samples": 320}
WAVEFORM = Model(
    backbone="waveform",
    waveform=Waveform(bands=4, filters=(4, 8), kernel_steps=3, stride_samples=16, average=1, pool=4),
    head_units=8,
)
HEAD = Model(backbone="none", head_units=8)
PREDICTION = {"method": "chunks", "overlap": 0.5, "frame_share": 0.5, "batch_size": 16}


def network(folder: Path, seed: int, features: Mapping[str, object]) -> tuple[Path, Path]:
    others = {"waveform": (WAVEFORM, 320), "embedding": (HEAD, N_BINS)}
    settings, n_bins = others.get(str(features["kind"]), (MODEL, 16))
    model = build_model(settings, n_frames=48, n_bins=n_bins, n_species=len(SPECIES), seed=seed)
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        variable.assign(rng.normal(0, 0.3, variable.shape))
    if n_bins == 16:
        model.get_layer("standardize").set_statistics(np.full(16, -60.0), np.full(16, 10.0))
    paths = folder / f"{seed}.json", folder / f"{seed}.weights.h5"
    save_model(model, *paths)
    return paths


def pack(folder: Path, *names: str, pretrained: Path | None = None) -> Manifest:
    """Write the package `folder / "package"`, of the experiments named; its networks are made in `folder`.

    With the file of a pretrained network, `heard` is an experiment too.
    """
    every = [
        Member("fine", 1, 0.7, FINE, PREDICTION),
        Member("coarse", 2, 0.4, COARSE, PREDICTION),
        Member("pitch", 1, 0.5, PITCH, PREDICTION),
        Member("samples", 1, 0.6, SAMPLES, PREDICTION),
    ]
    if pretrained is not None:
        digest = hashlib.sha256(pretrained.read_bytes()).hexdigest()
        heard = told(model=pretrained.name, sha256=digest, sample_rate_hz=16000)
        every.append(Member("heard", 2, 0.5, heard, PREDICTION))
    members = [member for member in every if member.experiment in names]
    networks = {}
    for place, member in enumerate(members):
        for number, (model, weights) in enumerate(member.networks()):
            networks[model], networks[weights] = network(folder, number + 10 * place, member.features)
    tables = {
        "species.csv": pd.DataFrame({"species": SPECIES, "low_hz": 100.0, "high_hz": 900.0, "n_boxes": 3}),
        "calibration.csv": pd.DataFrame({"species": SPECIES, "scale": 1.0, "offset": 0.0, "note": ""}),
        "thresholds.csv": pd.DataFrame({"species": SPECIES, "wanted_precision": 0.9, "threshold": 0.6, "note": ""}),
        "scores.csv": pd.DataFrame({"species": SPECIES}),
        "versions.csv": pd.DataFrame({"package": ["canopy"], "version": ["1"]}),
    }
    return build_package(
        folder / "package",
        species=SPECIES,
        classes="species",
        members=members,
        networks=networks,
        tables=tables,
        card="# Card\n",
        compute={"threads": 1, "deterministic": True},
    )
