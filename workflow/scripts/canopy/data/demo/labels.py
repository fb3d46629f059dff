"""Which boxes an annotator would have left: a few true ones, and a few that were suspected and refuted."""

import numpy as np

from canopy.config.demo import Demo
from canopy.data.demo.soundscape import Event
from canopy.data.demo.species import SPECIES

_ON_ANOTHER_CALL = 0.7
_TRIES = 30
_APART_S = 0.1


def listed_events(events: list[Event], leader: int, count: tuple[int, int], rng: np.random.Generator) -> list[Event]:
    """Return the events that the table of true positives lists, the louder ones more often.

    Parameters
    ----------
    events : list of Event
        All events of a recording.
    leader : int
        The species whose loudest call is listed in any case, so that no species goes short.
    count : pair of int
        Lowest and highest number of boxes.
    rng : numpy.random.Generator
        Source of randomness.
    """
    first = max((e for e in events if e.species_id == leader), key=lambda e: e.snr_db)
    rest = [e for e in events if e is not first]
    n_more = min(int(rng.integers(*count, endpoint=True)) - 1, len(rest))
    chosen = {id(first)}
    if n_more > 0:
        weight = np.exp(np.array([e.snr_db for e in rest]) / 5)
        chosen |= {id(rest[i]) for i in rng.choice(len(rest), n_more, replace=False, p=weight / weight.sum())}
    return [e for e in events if id(e) in chosen]


def confusable(n_species: int) -> list[list[int]]:
    """Return, for each of the first species, those that are easily taken for it or it for them."""
    number = {species.name: i for i, species in enumerate(SPECIES[:n_species])}
    pairs = {(i, number[n]) for i, s in enumerate(SPECIES[:n_species]) for n in s.looks_like if n in number}
    pairs |= {(b, a) for a, b in pairs}
    return [sorted(b for a, b in pairs if a == i) for i in range(n_species)]


def suspected_events(settings: Demo, events: list[Event], rng: np.random.Generator) -> list[Event]:
    """Return the boxes that the table of false positives lists, sorted by onset.

    Most lie on the call of a species that is easily mistaken for the suspected one, the rest
    anywhere. None lies within 0.1 s of a true event or another suspicion of its species; elsewhere in
    the recording the species may well call.
    """
    alike = confusable(settings.n_species)
    taken: list[Event] = list(events)
    found: list[Event] = []
    wanted = int(rng.integers(*settings.suspects_per_recording, endpoint=True))
    for _ in range(_TRIES):
        if len(found) == wanted:
            break
        cause = events[rng.integers(len(events))]
        if rng.random() < _ON_ANOTHER_CALL and alike[cause.species_id]:
            species_id = int(rng.choice(alike[cause.species_id]))
            t_min, t_max = cause.t_min, cause.t_max
        else:
            species_id = int(rng.integers(settings.n_species))
            length_s = rng.uniform(0.8, 2.5)
            t_min = rng.uniform(0, settings.duration_s - length_s)
            t_max = t_min + length_s
        near = [e for e in taken if e.t_min < t_max + _APART_S and e.t_max > t_min - _APART_S]
        if any(e.species_id == species_id for e in near):
            continue
        species = SPECIES[species_id]
        trim_low, trim_high = rng.uniform(0, 0.2, 2) * (species.high_hz - species.low_hz)
        songtype_id = int(rng.choice(species.songtypes))
        low_hz, high_hz = species.low_hz + trim_low, species.high_hz - trim_high
        box = Event(species_id, songtype_id, t_min, low_hz, t_max, high_hz, np.nan)
        taken.append(box)
        found.append(box)
    return sorted(found, key=lambda event: (event.t_min, event.species_id))
