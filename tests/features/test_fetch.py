"""Fetching a pretrained network: from a server of the test's own, with stand-ins for what the real ones give."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from canopy.config.pretrained import KNOWN
from canopy.features.networks import fetch as module
from canopy.features.networks.fetch import SOURCES, fetch, main
from canopy.features.networks.locate import find
from canopy.runtime.errors import CanopyError

NETWORK = b"TFL3 and more" * 100_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a folder in place of all sources, each under its network's name; work in an empty folder."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, source in SOURCES.items():
            url = f"http://127.0.0.1:{server.server_port}/{name}"
            digest = hashlib.sha256(NETWORK).hexdigest() if source.sha256 else None
            monkeypatch.setitem(SOURCES, name, replace(source, url=url, sha256=digest))
        yield folder
        server.shutdown()


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, content in files.items():
            packed.writestr(f"a folder/{name.replace('_', '-')}.tflite", content)
    return held.getvalue()


def tarred(*names: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as packed:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(NETWORK)
            packed.addfile(member, io.BytesIO(NETWORK))
    return held.getvalue()


def left() -> set[str]:
    return {path.name for path in Path("resources/networks").glob("*")}


def test_every_network_with_a_name_can_be_fetched_to_where_it_is_looked_for() -> None:
    assert SOURCES.keys() == KNOWN.keys()
    assert all(source.goal in KNOWN[name].files for name, source in SOURCES.items())
    assert all(source.url.startswith("https://") for source in SOURCES.values())


@pytest.mark.parametrize(
    ("name", "sent", "files"),
    [
        ("perch", NETWORK, ["perch_v2.onnx"]),
        ("birdnet", zipped(meta_model=b"of places", audio_model=NETWORK), [KNOWN["birdnet"].files[0]]),
        ("yamnet", tarred("./saved_model.pb", "./variables/variables.index"), ["saved_model.pb", "variables"]),
    ],
)
def test_a_network_is_fetched_once_and_then_found_by_its_name(
    served: Path, name: str, sent: bytes, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (served / name).write_bytes(sent)
    main([name])
    assert f"(licence {KNOWN[name].licence}, SHA-256 " in capsys.readouterr().out
    (served / name).unlink()
    path = fetch(name)
    assert find(name) == str(path)
    found = sorted(one.name for one in path.iterdir()) if path.is_dir() else [path.name]
    assert found == files
    assert (path / "saved_model.pb" if path.is_dir() else path).read_bytes() == NETWORK
    assert left() == {path.name}, "nothing else stays"


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        (
            "perch",
            None,
            r"Perch 2 \(https://.*\) could not be fetched \(the server said 404\): connect .* put it at res",
        ),
        (
            "perch",
            b"another",
            r"gave another file than the one of SHA-256 [0-9a-f]{64}: try again, or get it elsewhere",
        ),
        ("birdnet", b"<html>", r"what came is no archive that holds audio-model\.tflite once"),
        ("birdnet", zipped(meta_model=b"of places"), r"what came is no archive that holds audio-model\.tflite once"),
        ("yamnet", zipped(audio_model=b""), r"what came is no archive that holds the folder of a SavedModel once"),
        ("yamnet", tarred("a/saved_model.pb", "../b"), r"what came is no archive that holds the folder"),
    ],
)
def test_what_is_not_the_network_is_told_and_leaves_nothing(
    served: Path, name: str, sent: bytes | None, said: str
) -> None:
    if sent is not None:
        (served / name).write_bytes(sent)
    with pytest.raises(CanopyError, match=said):
        fetch(name)
    assert left() == set()


def test_without_a_connection_both_ways_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.SOURCES, "perch", replace(SOURCES["perch"], url="http://127.0.0.1:9/perch_v2.onnx"))
    with pytest.raises(
        CanopyError, match=r"no connection to 127\.0\.0\.1:9\): connect to the network and try again, or"
    ):
        fetch("perch", folder=tmp_path)


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"no network of the name 'birdnet2' can be fetched.*birdnet, perch, yamnet"):
        fetch("birdnet2", folder=tmp_path)
