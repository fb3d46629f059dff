"""A run on the layer of a network that somebody else trained, from the recordings to the package."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from staleness.checkout import counts, with_data
from tiny_networks import birdnet_like, told, write_tflite

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]


def test_a_run_on_embeddings_ends_in_a_report_and_a_package_and_follows_the_networks_file(
    tmp_path: Path, warm: Mapping[str, str]
) -> None:
    made = with_data(tmp_path / "run")
    made.environment.update(warm)
    network = write_tflite(tmp_path / "bird.tflite", birdnet_like())
    head = {"backbone": "none", "head": "prototypes"}
    made.configure(
        features={"heard": told(model=str(network), licence="MIT")},
        experiments={"heard": {"features": "heard", "model": head}},
        run=["heard"],
        shards=1,
    )
    made.run("all", "package")
    results = made.code / "results"
    assert "bird.tflite (licence MIT)" in (results / "report" / "index.html").read_text(encoding="utf-8")
    manifest = json.loads((results / "package" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["members"][0]["features"]["model"] == "bird.tflite"
    assert not [name for name in manifest["files"] if name.endswith(".tflite")]
    assert made.planned("all", "package") == []
    network.rename(tmp_path / "moved.tflite")
    said = made.snakemake("-n")
    assert f"config: features.heard needs the network {network.name} (licence MIT), which is not here" in said.stdout
    write_tflite(network, birdnet_like(n_classes=4))
    assert counts(made.planned())["extract_spectrograms"] == 2
