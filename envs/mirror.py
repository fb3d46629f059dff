"""Write the conda environments of the rules from the locked requirements (`make lock` runs this).

The pins stand in the file itself, not behind a `-r`: Snakemake copies an environment file into
`.snakemake/conda/` before conda reads it, so that a relative `-r` finds nothing there; mamba looks for it in
its own temporary folder; and Snakemake rebuilds an environment when the text of its file changes, which it
would not do when only the lock did.
"""

from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEAD = """\
# Written by envs/mirror.py from {lock}: run `make lock`, do not edit.
name: {name}
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def pins(lock: str) -> list[str]:
    """Return the requirements of a lock file's text, one string each, without hashes and comments."""
    lines = (line.removesuffix("\\").strip() for line in lock.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "--"))]


def environment(name: str, *, lock: str, requirements: Iterable[str]) -> str:
    """Return the text of the conda environment `name` that installs `requirements`, taken from the file `lock`."""
    return HEAD.format(name=name, lock=lock) + "".join(f"      - {pin}\n" for pin in requirements)


def main() -> None:
    """Write canopy.yaml and canopy-gpu.yaml beside the locks."""
    for name, lock in (("canopy", "requirements.lock"), ("canopy-gpu", "requirements-gpu.lock")):
        text = environment(name, lock=lock, requirements=pins((HERE / lock).read_text(encoding="utf-8")))
        (HERE / f"{name}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
