"""What the figures were measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from canopy.runtime.portable import processor_flags

TOLD = ("numpy", "scipy", "soundfile", "librosa", "tensorflow", "keras", "snakemake")
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")


def description() -> str:
    """Return one paragraph: processor, memory, system, versions."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if os.path.exists("/proc/cpuinfo") else ""
    fields = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    told = {key.strip(): value.strip() for key, value in fields.items()}
    flags = processor_flags()
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = told.get("model name", platform.processor() or "unknown processor")
    has = ", ".join(flag for flag in FLAGS if flag in flags) or "no vector extensions that matter here"
    versions = ", ".join(f"{name} {version(name)}" for name in TOLD)
    return (
        f"{os.cpu_count()} cores of {model}, family {told.get('cpu family', '?')} ({has}), {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}; {versions}."
    )
