"""A loss term, a trunk and a kind of feature are each added as CONTRIBUTING.md says, and learn together."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from canopy.plan.provenance.code import Code
from toys import add, copy_of_the_scripts, register, run

TERM = '''"""Brier score."""

from typing import Any

from canopy.config.loss import Loss
from canopy.training.terms.term import Term, Weighed


def brier(given: Weighed, settings: Loss) -> Any:
    """Return the mean squared distance of probabilities from targets."""
    from keras import ops

    return given.mean(ops.square(ops.sigmoid(given.logits) - given.target))


TERM = Term("brier", brier)
'''
TRUNK = '''"""One convolution over each eight frames."""

from typing import Any

from canopy.config.model import Model
from canopy.runtime.errors import CanopyError
from canopy.models.trunks.kind import Kind, Maps

STRIDE = 8


def maps(features: Any, settings: Model) -> Maps:
    """Return the maps."""
    from keras import layers

    n_frames, n_bins = features.shape[1:]
    image = layers.Reshape((n_frames, n_bins, 1), name="toy_image")(features)
    return Maps(layers.Conv2D(4, (STRIDE, n_bins), strides=(STRIDE, n_bins), name="toy_maps")(image), STRIDE)


def check(settings: Model, n_frames: int, n_bins: int) -> None:
    """Refuse a window that is shorter than a step."""
    if n_frames < STRIDE:
        raise CanopyError(f"a window of {n_frames} frames is too short for the toy, which needs {STRIDE}")


TRUNK = Kind("toy", maps, check)
'''
SETTINGS = '''"""Loudness of the thirds of a frame."""

from typing import ClassVar, Literal

from canopy.config.base import Count
from canopy.config.features import FeatureSet


class ToyFeatures(FeatureSet):
    """Loudness in dB."""

    script: ClassVar[str] = "extract_toy"

    kind: Literal["toy"]
    """The kind of feature."""
    n_bins: Count = 3
    """Parts of a frame."""

    @property
    def bin_hz(self) -> tuple[float, ...]:
        """Not frequencies, but the report draws them as if they were."""
        return tuple(100.0 * (number + 1) for number in range(self.n_bins))

    @property
    def reach_samples(self) -> int:
        """Samples before and after its centre on which a frame may depend."""
        return self.hop_samples
'''
FEATURE = '''"""Loudness of the parts of a frame."""

import numpy as np

from canopy.config.toy import ToyFeatures


def loudness(audio: np.ndarray, settings: ToyFeatures) -> np.ndarray:
    """Return the loudness in dB, shape `(1 + n_samples // hop_samples, n_bins)`."""
    hop = settings.hop_samples
    padded = np.pad(np.asarray(audio, np.float32), (hop // 2, hop))
    frames = np.stack([padded[at * hop : (at + 1) * hop] for at in range(1 + len(audio) // hop)])
    power = [np.square(part).mean(axis=1) for part in np.array_split(frames, settings.n_bins, axis=1)]
    return 10 * np.log10(np.maximum(np.stack(power, axis=1), 1e-10))
'''
SCRIPT = '''"""Decode the recordings of one shard and write their loudness."""

from collections.abc import Sequence

from canopy.config.toy import ToyFeatures
from canopy.features.extraction import extract
from canopy.features.toy import loudness
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    extract(argv, doc=__doc__, kind=ToyFeatures, compute=loudness)


if __name__ == "__main__":
    command.run(main)
'''
USE = """
import importlib, json, sys
import numpy as np
from canopy.config.loading import trained
from canopy.features.shards import Store
from canopy.data.audio.decoding import Recording
from canopy.features.pieces import Span, n_frames
from canopy.inference.apply.features import piece
from canopy.plan.checks import checked
from canopy.report.levels import axis_of

config = checked(json.loads(sys.argv[1]))
assert not {"tensorflow", "keras"} & set(sys.modules)
experiment, features = trained(config)["one"], config.features["loud"]
extract = importlib.import_module(features.script)
settings = {"features": features.model_dump(), "id_tables": [], "shard": 0, "shards": 1}
extract.main(["--settings", json.dumps(settings), "--recordings", "recordings.csv", "--output", "0.npy"])

with Recording("r0.wav") as recording:
    part = piece(recording, Span(10, 20), features)
    assert n_frames(recording, features) == len(Store(["0.npy"])["r0"])
np.testing.assert_allclose(part, Store(["0.npy"])["r0"][10:20], atol=0.05)
assert axis_of(features).n_bins == 3

import predict_fold, train_fold
told = experiment.model_dump(mode="json", exclude={"prediction", "teacher", "pseudo_labels"})
told_features = {**features.model_dump(), "hop_s": features.hop_s, "unit": features.unit}
compute = config.compute.model_dump()
network = ["--classes", "classes.csv", "--shards", "0.npy", "--model", "model.json", "--weights", "model.weights.h5"]
settings = {"name": "one", "training": told, "features": told_features, "compute": compute}
train_fold.main(["--settings", json.dumps(settings), "--rows", "rows.csv", "--history", "history.csv", *network])
settings = {"name": "one", "prediction": experiment.prediction.model_dump(), "compute": compute, "folds": None}
settings |= {"hop_s": features.hop_s, "unit": features.unit}
outputs = ["--scores", "scores.csv", "--framewise", "framewise.npy"]
predict_fold.main(["--settings", json.dumps(settings), *network, *outputs])
"""
EXPERIMENT = {
    "features": "loud",
    "loss": {"clip": "brier", "frames": "0.5 brier"},
    "model": {"backbone": "toy", "head_units": 4},
    "crops": {"window_s": 1.6},
    "augment": {"time_stretch": 0},
    "optimizer": {"epochs": 2, "batch_size": 4},
}


@pytest.fixture(scope="module")
def scripts(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the scripts to which the toys were added."""
    copied = copy_of_the_scripts(repository, tmp_path_factory.mktemp("toys"))
    tuples = {"closing": "\n)", "entry": ""}
    add(copied, "canopy/training/terms/toy.py", TERM)
    line, entry = "from canopy.training.terms import toy", "\n    toy.TERM,"
    register(copied, "canopy/training/terms/registry.py", line, opening="TERMS: ", **{**tuples, "entry": entry})
    add(copied, "canopy/models/trunks/toy.py", TRUNK)
    line, entry = "from canopy.models.trunks import toy", "\n    toy.TRUNK,"
    register(copied, "canopy/models/trunks/registry.py", line, opening="TRUNKS: ", **{**tuples, "entry": entry})
    add(copied, "canopy/config/toy.py", SETTINGS)
    line = "from canopy.config.toy import ToyFeatures"
    register(copied, "canopy/config/kinds.py", line, opening="Kind = ", closing="\n", entry=" | ToyFeatures")
    add(copied, "canopy/features/toy.py", FEATURE)
    line += "\nfrom canopy.features.toy import loudness"
    entry = "    ToyFeatures: loudness,\n"
    register(copied, "canopy/features/registry.py", line, opening="COMPUTE: ", closing="}\n", entry=entry)
    add(copied, "extract_toy.py", SCRIPT)
    return copied


def test_a_new_feature_trunk_and_loss_term_learn_together(scripts: Path) -> None:
    folder, rng = scripts.parent, np.random.default_rng(3)
    boxes = []
    for number in range(4):
        samples = rng.normal(0, 0.01, 4 * 8000)
        samples[8000 * (number % 3) : 8000 * (number % 3 + 1)] *= 20
        soundfile.write(folder / f"r{number}.wav", samples.clip(-1, 1), 8000)
        boxes.append((f"r{number}", f"s{number % 2}", float(number % 3), number % 3 + 1.0, 1, "none", ""))
    names = ["recording_id", "species", "onset_s", "offset_s", "polarity", "reviewed", "reviewed_species"]
    pd.DataFrame(boxes, columns=names).to_csv(folder / "rows.csv", index=False)
    pd.DataFrame({"species": ["s0", "s1"]}).to_csv(folder / "classes.csv", index=False)
    listed = pd.DataFrame({"recording_id": [f"r{number}" for number in range(4)]})
    listed = listed.assign(path=listed["recording_id"] + ".wav", duration_s=4.0, sample_rate_hz=8000, channels=1)
    listed.assign(problem="").to_csv(folder / "recordings.csv", index=False)
    features = {"loud": {"kind": "toy", "sample_rate_hz": 8000, "hop_samples": 800}}
    raw = {"features": features, "training": {"features": "loud"}, "experiments": {"one": EXPERIMENT}, "run": ["one"]}
    run(scripts, USE, json.dumps(raw))
    history = pd.read_csv(folder / "history.csv")
    assert history["loss"].between(0.0, 1.5, inclusive="neither").all()  # a Brier score is below 1
    assert '"toy_maps"' in (folder / "model.json").read_text(encoding="utf-8")
    scores = pd.read_csv(folder / "scores.csv")
    assert scores[["s0", "s1"]].notna().all(axis=None)
    assert len(scores) == 4


def test_fingerprints_follow_what_was_added_and_no_kind_of_feature_wakes_another(scripts: Path) -> None:
    def files(script: str) -> set[str]:
        found, _ = Code(scripts).dependencies(f"{script}.py")
        return {path.relative_to(scripts).as_posix() for path in found}

    assert files("train_fold") >= {"canopy/models/trunks/toy.py", "canopy/training/terms/toy.py"}
    assert files("extract_toy") >= {"canopy/config/toy.py", "canopy/features/toy.py"}
    assert "canopy/features/toy.py" in files("apply_shard")
    own = {"canopy/config/cqt.py", "canopy/features/cqt.py", "canopy/features/mel.py", "canopy/features/waveform.py"}
    assert not files("extract_toy") & own
    for script in ("extract_cqt", "extract_spectrograms", "extract_waveform"):
        assert not any("toy" in name for name in files(script))
