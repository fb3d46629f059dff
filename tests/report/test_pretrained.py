"""The report names the networks of others."""

from canopy.report.reading import _pretrained


def test_networks_of_others_are_named_with_their_licences() -> None:
    birdnet = {"kind": "embedding", "model": "birdnet", "licence": "CC BY-NC-SA 4.0"}
    features = {"mel": {"kind": "mel"}, "a": birdnet, "b": dict(birdnet), "c": {**birdnet, "model": "own.tflite"}}
    found = _pretrained(features)
    assert found == ("BirdNET 2.4 (licence CC BY-NC-SA 4.0)", "own.tflite (licence CC BY-NC-SA 4.0)")
