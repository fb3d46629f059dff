"""Long lists of files reach a job whole, and pass what the system allows for one argument."""

import shlex
import subprocess

import pytest

from canopy.runtime.shell import numbered

ONE_ARGUMENT = 128 * 1024


def seen(command: str) -> list[str]:
    """Return the arguments that bash gives to a program."""
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


@pytest.mark.parametrize(
    "paths",
    [
        ["results/0.npy", "results/1.npy", "results/12.npy"],
        ["results/3.npy"],
        ["r es'ult $(s)/0.npy", "r es'ult $(s)/1.npy", "r es'ult $(s)/1.csv", "other/1.csv"],
        ["a/1.npy", "b/1.npy", "a/2.npy", "a/x.npy", "7.npy"],
        ["a{1,2}/1.npy", "a{1,2}/2.npy", "*/1.npy", "~/1.npy"],
        [],
    ],
)
def test_bash_sees_the_paths_in_their_order(paths: list[str]) -> None:
    assert (seen(numbered(paths)) if paths else numbered(paths).split()) == paths


def test_the_paths_of_the_most_shards_fit_one_argument() -> None:
    paths = [f"results-of-a-long-name/features/mel_fine/train/{shard}.npy" for shard in range(4096)]
    plain = " ".join(map(shlex.quote, paths))
    assert len(plain) > ONE_ARGUMENT
    with pytest.raises(OSError, match="Argument list too long"):
        seen(plain)
    assert len(numbered(paths)) < ONE_ARGUMENT / 4
    assert seen(numbered(paths)) == paths
