"""Recordings that are copies of each other, wholly or for the most part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from canopy.data.checks.sound import Sound

Floats = NDArray[np.float64]

LIKENESS = 0.6
"""Correlation of detail from which two stretches are the same sound; docs/evaluation.md has what was measured."""
MIN_SHARE = 0.4
"""Share of the shorter recording that must lie in the other."""
MIN_OVERLAP_S = 2.0
MIN_ACTIVE = 0.25
"""Share of its mean power that each side of an overlap must have: correlation of near-silence means nothing."""
ALL_PAIRS = 600
"""Up to so many recordings, every pair is compared; of more, each with its `NEAREST` by mean spectrum."""
NEAREST = 20


@dataclass(frozen=True)
class Copy:
    """Two recordings that hold the same sound.

    `shift_s` is where in the first the second begins; `louder_db` how much louder the second is; `overlap_s` how long
    they share their sound.
    """

    first: str
    second: str
    likeness: float
    shift_s: float
    overlap_s: float
    louder_db: float


def find_copies(sounds: Mapping[str, Sound], *, likeness: float = LIKENESS) -> list[Copy]:
    """Return all pairs of recordings that are copies, shifted, re-encoded or at another level.

    Parameters
    ----------
    sounds : mapping of str to Sound
        By recording; all with the same number of bands and the same step.
    likeness : float

    Returns
    -------
    list of Copy
        By the names.
    """
    names = sorted(name for name, sound in sounds.items() if sound.detail.any())
    longest = max((len(sounds[name].detail) for name in names), default=0)
    n_fft = 1 << max(2 * longest - 1, 1).bit_length()

    @lru_cache(maxsize=ALL_PAIRS)
    def spectrum(name: str) -> NDArray[np.complex64]:
        return scipy.fft.rfft(sounds[name].detail.T.astype(np.float32), n_fft)

    found: list[Copy] = []
    for first, others in _candidates(sounds, names):
        conjugate = spectrum(first).conj()
        for same_length in _by_length(others, sounds):
            crossed = np.stack([np.einsum("bf,bf->f", spectrum(other), conjugate) for other in same_length])
            # Of lag k, the second begins k steps after the first.
            products = scipy.fft.irfft(crossed.conj(), n_fft)
            found += _alike(first, same_length, sounds, products, likeness)
    return sorted(found, key=lambda copy: (copy.first, copy.second))


def _by_length(names: Sequence[str], sounds: Mapping[str, Sound]) -> list[list[str]]:
    lengths: dict[int, list[str]] = {}
    for name in names:
        lengths.setdefault(len(sounds[name].detail), []).append(name)
    return list(lengths.values())


def _candidates(sounds: Mapping[str, Sound], names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    if len(names) <= ALL_PAIRS:
        for place, name in enumerate(names[:-1]):
            yield name, list(names[place + 1 :])
        return
    means = np.stack([sounds[name].mean_db - sounds[name].mean_db.mean() for name in names])
    squares = (means**2).sum(axis=1)
    pairs: set[tuple[int, int]] = set()
    for place in range(len(names)):
        distance = squares - 2 * means @ means[place]
        distance[place] = np.inf
        for other in np.argpartition(distance, NEAREST)[:NEAREST].tolist():
            pairs.add((min(place, other), max(place, other)))
    of_first: dict[int, list[str]] = {}
    for place, other in sorted(pairs):
        of_first.setdefault(place, []).append(names[other])
    for place, others in of_first.items():
        yield names[place], others


def _alike(
    first: str, others: Sequence[str], sounds: Mapping[str, Sound], products: Floats, likeness: float
) -> Iterator[Copy]:
    """Yield those of `others`, all of one length, that are copies of `first`; `products` are (n_others, n_fft)."""
    one, step_s = sounds[first], sounds[first].step_s
    n_one, n_two = len(one.detail), len(sounds[others[0]].detail)
    lag = np.arange(-(n_two - 1), n_one)
    start, stop = np.maximum(lag, 0), np.minimum(n_one, n_two + lag)
    enough = stop - start >= max(MIN_OVERLAP_S / step_s, MIN_SHARE * min(n_one, n_two))
    if not enough.any():
        return
    lag, start, stop = lag[enough], start[enough], stop[enough]
    power_one, power_two = _power(one), np.stack([_power(sounds[other]) for other in others])
    of_one = power_one[stop] - power_one[start]
    of_two = power_two[:, stop - lag] - power_two[:, start - lag]
    active = of_one >= MIN_ACTIVE * power_one[-1] * (stop - start) / n_one
    active = active & (of_two >= MIN_ACTIVE * power_two[:, -1:] * (stop - start) / n_two)
    alike = np.where(active, products[:, lag % products.shape[1]] / np.maximum(np.sqrt(of_one * of_two), 1.0), 0.0)
    for row in np.flatnonzero(alike.max(axis=1) >= likeness).tolist():
        best, two = int(np.argmax(alike[row])), sounds[others[row]]
        yield Copy(
            first,
            others[row],
            float(alike[row, best]),
            float(lag[best] * step_s),
            float((stop[best] - start[best]) * step_s),
            float((two.mean_db - one.mean_db).mean()),
        )


def _power(sound: Sound) -> Floats:
    """Return the power of the detail before each step, (n_steps + 1,)."""
    return np.append(0.0, np.cumsum((sound.detail.astype(np.float32) ** 2).sum(axis=1, dtype=float)))
