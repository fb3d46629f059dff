"""The plan of the house: twelve rooms, and imports in one direction."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import pytest

ROOMS = ["runtime", "config", "data", "features", "models", "training"]
ROOMS += ["package", "inference", "evaluation", "detections", "plan", "report"]
"""The rooms in the order in which they may import: a room takes from itself and from those before it."""
HOUSE = Path(__file__).resolve().parents[2] / "workflow" / "scripts" / "canopy"
BESIDE = {"__init__.py"}


def imported(module: Path) -> Iterator[str]:
    """Yield the parts of `canopy` that a module imports: `runtime` for `from canopy.runtime import files`."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports are not followed here; name the module in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("canopy."))


def upward(house: Path, rooms: Sequence[str] = tuple(ROOMS)) -> list[str]:
    """Return the imports that run back up, or out of the house's rooms."""
    found = []
    for module in sorted(house.rglob("*.py")):
        parts = module.relative_to(house).parts
        if len(parts) == 1:
            continue
        allowed = rooms[: rooms.index(parts[0]) + 1]
        found += [f"{'/'.join(parts)} imports {name}" for name in imported(module) if name not in allowed]
    return found


def test_there_are_twelve_rooms_and_nothing_beside_them() -> None:
    names = {path.name for path in HOUSE.iterdir() if path.name != "__pycache__"}
    assert names == {*ROOMS, *BESIDE}
    assert all((HOUSE / room / "__init__.py").is_file() for room in ROOMS)


def test_rooms_import_in_one_direction() -> None:
    assert upward(HOUSE) == []


def test_the_order_is_the_one_that_the_package_tells() -> None:
    told = ast.get_docstring(ast.parse((HOUSE / "__init__.py").read_text(encoding="utf-8"))) or ""
    places = [told.index(f"`{room}`") for room in ROOMS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("from canopy.report import page", ["runtime/files.py imports report"]),
        ("from canopy import report", ["runtime/files.py imports report"]),
        ("import canopy.plan.plan", ["runtime/files.py imports plan"]),
        ("def late():\n    from canopy.data import audio", ["runtime/files.py imports data"]),
        ("from canopy.cellar import wine", ["runtime/files.py imports cellar"]),
        ("from canopy.runtime.errors import CanopyError\nfrom canopy.runtime import tables", []),
    ],
)
def test_an_import_that_runs_back_up_is_seen(line: str, wanted: list[str], tmp_path: Path) -> None:
    (tmp_path / "runtime").mkdir()
    (tmp_path / "runtime" / "files.py").write_text(line, encoding="utf-8")
    assert upward(tmp_path) == wanted


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in HOUSE.rglob("*.py")}
    assert max(lengths.values()) <= 300, max(lengths, key=lambda path: lengths[path])
    assert median(lengths.values()) <= 120


def test_tests_stand_in_folders_that_mirror_the_rooms() -> None:
    tests = HOUSE.parents[2] / "tests"
    assert not list(tests.glob("test_*.py"))
    folders = {path.parent.relative_to(tests).parts[0] for path in tests.rglob("test_*.py")}
    assert folders == {*ROOMS, "workflow"}
