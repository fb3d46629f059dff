"""Pseudo-labels: which networks label what for which other ones, so that none of them has seen what it must not."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from canopy.config.experiment import Experiment
from canopy.plan.held_out import HeldOut
from canopy.plan.recordings import Recordings


class TeacherScores(NamedTuple):
    """Scores from which pseudo-labels are made: a network's experiment and held-out folds, and what it scored."""

    experiment: str
    held_out: HeldOut
    subset: str


class Teachers:
    """Who teaches whom.

    Parameters
    ----------
    experiments, trained : mapping of str to Experiment
        Those that are run; these and those that are trained because they teach one of them.
    folds : sequence of int
    recordings : Recordings
    """

    def __init__(
        self,
        experiments: Mapping[str, Experiment],
        trained: Mapping[str, Experiment],
        folds: Sequence[int],
        recordings: Recordings,
    ) -> None:
        self._trained = trained
        self._folds = folds
        self._recordings = recordings
        self.students = [name for name, one in trained.items() if one.teacher]
        """The experiments that have a teacher."""
        self.compared = {name: one.teacher for name, one in experiments.items() if one.teacher}
        """The teacher of each student that is run."""

    @property
    def pairs(self) -> list[str]:
        """The students that are run and their teachers, each once."""
        return list(dict.fromkeys(name for pair in self.compared.items() for name in pair))

    def takes_unlabelled(self, experiment: str) -> bool:
        """Return whether an experiment learns from recordings that nobody annotated."""
        student = self._trained[experiment]
        if student.teacher is None or not student.pseudo_labels.unlabelled:
            return False
        return bool(self._recordings.shards("unlabelled"))

    def scores_for(self, experiment: str, held_out: HeldOut) -> list[TeacherScores]:
        """Return where the pseudo-labels of a network come from; nothing for an experiment without a teacher.

        For training recordings of each fold that the network trains on, the teacher's network without that fold and
        without the network's own held-out ones; or, where the experiment asks for `fold`, the one without the latter.
        For recordings that nobody annotated, always that.
        """
        student = self._trained[experiment]
        if student.teacher is None:
            return []
        found = []
        if student.pseudo_labels.labelled == "inner":
            without = [tuple(sorted({*held_out, fold})) for fold in self._folds if fold not in held_out]
            found += [TeacherScores(student.teacher, folds, "oof") for folds in without]
        elif student.pseudo_labels.labelled == "fold":
            found.append(TeacherScores(student.teacher, held_out, "train"))
        if self.takes_unlabelled(experiment):
            found.append(TeacherScores(student.teacher, held_out, "unlabelled"))
        return found

    @cached_property
    def held_out_sets(self) -> list[HeldOut]:
        """The held-out folds of all networks that a run may train, without looking at any recording."""
        inner = any(self._trained[name].pseudo_labels.labelled == "inner" for name in self.students)
        sizes = range(1, len(self._folds) if inner else 2)
        return [folds for size in sizes for folds in combinations(self._folds, size)]
