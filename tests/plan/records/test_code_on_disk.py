"""A job that runs other code than planned is noticed, and a comment that is written meanwhile is not."""

import os
from pathlib import Path

import pytest

from canopy.plan.provenance.code import Code
from canopy.plan.records.code_on_disk import IMPORTED_S, CodeOnDisk

BEGAN_NS = 10**18
LATE_NS = int(BEGAN_NS + (IMPORTED_S + 1) * 1e9)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "canopy").mkdir()
    (tmp_path / "canopy" / "__init__.py").write_text("")
    (tmp_path / "canopy" / "losses.py").write_text("LOSS = 1\n")
    (tmp_path / "canopy" / "plots.py").write_text("PLOT = 1\n")
    (tmp_path / "train.py").write_text("from canopy import losses\n\nprint(losses)\n")
    for path in tmp_path.rglob("*.py"):
        os.utime(path, ns=(BEGAN_NS - 1, BEGAN_NS - 1))
    return tmp_path


def write(path: Path, text: str, stamp_ns: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(stamp_ns, stamp_ns))


@pytest.mark.parametrize(
    ("name", "text", "differs"),
    [
        ("canopy/losses.py", "LOSS = 2\n", True),
        ("canopy/losses.py", "LOSS = 1  # a comment\n", False),
        ("canopy/losses.py", "LOSS = \n", True),
        ("canopy/plots.py", "PLOT = 2\n", False),
        ("train.py", "print(1)\n", True),
    ],
)
def test_code_that_means_something_else_differs(scripts: Path, name: str, text: str, differs: bool) -> None:
    planned = Code(scripts)("train")
    on_disk = CodeOnDisk(scripts)
    assert not on_disk.differs("train", planned)
    (scripts / name).write_text(text)
    assert on_disk.differs("train", planned) is differs


def test_a_script_that_is_gone_differs(scripts: Path) -> None:
    planned = Code(scripts)("train")
    (scripts / "train.py").unlink()
    assert CodeOnDisk(scripts).differs("train", planned)


@pytest.mark.parametrize(
    ("name", "stamp_ns", "doubt"),
    [
        ("canopy/losses.py", BEGAN_NS + 1, True),
        ("canopy/losses.py", LATE_NS, False),
        ("canopy/plots.py", BEGAN_NS + 1, False),
    ],
)
def test_a_file_written_while_a_job_imports_is_doubted(scripts: Path, name: str, stamp_ns: int, doubt: bool) -> None:
    on_disk = CodeOnDisk(scripts)
    files = on_disk.files("train")
    assert not on_disk.written_since("train", files, BEGAN_NS)
    write(scripts / name, (scripts / name).read_text(), stamp_ns)
    assert on_disk.written_since("train", files, BEGAN_NS) is doubt
    (scripts / "train.py").unlink()
    assert on_disk.written_since("train", files, BEGAN_NS)
