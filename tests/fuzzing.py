"""What the tests that draw their inputs share: how many they draw, and what a person is told."""

from collections.abc import Callable
from typing import Any

from canopy.runtime.errors import CanopyError

N_CONFIGS, N_LABELS, N_OTHER_TABLES, N_RECORDINGS = 800, 500, 500, 600
N_MARKS, N_MISNAMED = 700, 400
N_ALL = N_CONFIGS + N_LABELS + N_OTHER_TABLES + N_RECORDINGS + N_MARKS + N_MISNAMED


def complaint(do: Callable[..., object], *arguments: Any, **options: Any) -> str:
    """Do something; return what Canopy complains of, or nothing where it ran. Other errors are the test's to show."""
    try:
        do(*arguments, **options)
    except CanopyError as error:
        return str(error)
    return ""
