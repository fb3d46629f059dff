"""How a script ends: well, with a message for its user, or with a traceback for its maker."""

import errno
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from canopy.runtime import command
from canopy.runtime.errors import CanopyError

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "workflow" / "scripts").glob("*.py"))


def raising(error: Exception) -> Callable[[Sequence[str] | None], None]:
    def main(argv: Sequence[str] | None) -> None:
        raise error

    return main


def test_a_users_error_ends_with_its_message_and_status_1(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        "from canopy.runtime import command\n"
        "from canopy.runtime.errors import CanopyError\n"
        "def main(argv=None):\n"
        "    raise CanopyError('train.csv, line 3: no such species; fix it')\n"
        "command.run(main)\n"
    )
    ended = subprocess.run(
        [sys.executable, script], env={"PYTHONPATH": str(SCRIPTS[0].parent)}, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "error: train.csv, line 3: no such species; fix it\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_the_file_and_the_mend(number: int) -> None:
    with pytest.raises(SystemExit) as ended:
        command.run(raising(OSError(number, "full", "results/submission.csv")))
    assert str(ended.value).startswith("error: no disk space left while writing results/submission.csv: free some")
    assert "`results:`" in str(ended.value)


def test_a_full_disk_of_an_unnamed_file_is_told_too() -> None:
    with pytest.raises(SystemExit, match="no disk space left while writing an output"):
        command.run(raising(OSError(errno.ENOSPC, "full")))


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), ValueError("a bug")])
def test_what_is_nobodys_message_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)):
        command.run(raising(error))


def test_a_full_disk_that_hdf5_tells_in_words_is_told_too() -> None:
    with pytest.raises(SystemExit, match="no disk space left while writing an output"):
        command.run(raising(RuntimeError("file write failed: errno = 28, error message = 'No space left on device'")))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError("Unable to allocate 9 GiB"), "no memory left (Unable to allocate 9 GiB): give smaller batches"),
        (MemoryError(), "no memory left: give smaller batches"),
        (type("ResourceExhaustedError", (Exception,), {})("OOM\n\nDetails"), "no memory left (OOM): give smaller"),
    ],
    ids=["array", "bare", "GPU"],
)
def test_missing_memory_is_told_with_the_mend(error: Exception, said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        command.run(raising(error))
    assert said in str(ended.value)


@pytest.mark.parametrize("kind", [IsADirectoryError, NotADirectoryError, PermissionError])
def test_a_file_that_cannot_be_used_is_named(kind: type[OSError]) -> None:
    with pytest.raises(SystemExit, match=r"error: a/scores\.csv cannot be used \(that is why\): restore or remove it"):
        command.run(raising(kind(1, "that is why", "a/scores.csv")))


def test_an_interruption_ends_without_a_traceback() -> None:
    def main(argv: Sequence[str] | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit, match="ended: interrupted"):
        command.run(main)


def test_settings_are_one_json_object() -> None:
    given = command.parser("What it does.").parse_args(["--settings", '{"shard": 1, "names": ["a b"]}'])
    assert given.settings == {"shard": 1, "names": ["a b"]}


def test_settings_that_are_no_json_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parser(None).parse_args(["--settings", "{"])
    assert "--settings" in capsys.readouterr().err


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_ends_its_errors_for_people(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.endswith('if __name__ == "__main__":\n    command.run(main)\n')
    assert "def main(argv: Sequence[str] | None = None) -> None:" in text


def test_the_error_is_raised_where_it_happens() -> None:
    with pytest.raises(SystemExit) as ended:
        command.run(raising(CanopyError("no room")))
    assert isinstance(ended.value.__context__, CanopyError)


def test_a_disk_that_can_only_be_read_is_told_with_the_file_and_the_fix() -> None:
    with pytest.raises(SystemExit) as ended:
        command.run(raising(OSError(errno.EROFS, "Read-only file system", "results/submission.csv")))
    assert str(ended.value).startswith("error: results/submission.csv lies where nothing can be written")
    assert "set `results:`" in str(ended.value)
