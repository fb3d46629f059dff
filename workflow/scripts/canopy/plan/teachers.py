"""Pseudo-labels: which networks label what for which other ones, so that none of them has seen what it must not.

A network is known by its experiment and by the folds that it does not train on, its held-out folds: `(2,)` for the
network of fold 2, `(0, 2)` for one that labels recordings of fold 0 for a student of fold 2, or the other way round.
"""

from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

from canopy.config.experiment import Experiment
from canopy.plan.settings import HeldOut, Told, fold_name


class Source(NamedTuple):
    """Scores from which pseudo-labels are made: a network's experiment and held-out folds, and what it scored."""

    experiment: str
    held_out: HeldOut
    subset: str


def held_out_folds(name: str) -> HeldOut:
    """Return the folds that `fold_name` names."""
    return tuple(map(int, name.split("-")))


class Teaching(Told):
    """What the scripts are told, and who teaches whom."""

    @property
    def students(self) -> dict[str, Experiment]:
        """The experiments that have a teacher."""
        return {name: one for name, one in self.trained.items() if one.teacher}

    @property
    def compared(self) -> dict[str, str]:
        """The teacher of each student that is run."""
        return {name: one.teacher for name, one in self.experiments.items() if one.teacher}

    @property
    def paired(self) -> list[str]:
        """The students that are run and their teachers, each once."""
        return list(dict.fromkeys(name for pair in self.compared.items() for name in pair))

    def takes_unlabelled(self, experiment: str) -> bool:
        """Return whether an experiment learns from recordings that nobody annotated."""
        student = self.trained[experiment]
        return student.teacher is not None and student.pseudo_labels.unlabelled and bool(self.shards("unlabelled"))

    def sources(self, experiment: str, held_out: HeldOut) -> list[Source]:
        """Return where the pseudo-labels of a network come from; nothing for an experiment without a teacher.

        For training recordings of each fold that the network trains on, the teacher's network without that fold and
        without the network's own held-out ones; or, where the experiment asks for `fold`, the one without the latter.
        For recordings that nobody annotated, always that.
        """
        student = self.trained[experiment]
        if student.teacher is None:
            return []
        found = []
        if student.pseudo_labels.labelled == "inner":
            without = [tuple(sorted({*held_out, fold})) for fold in self.folds if fold not in held_out]
            found += [Source(student.teacher, folds, "oof") for folds in without]
        elif student.pseudo_labels.labelled == "fold":
            found.append(Source(student.teacher, held_out, "train"))
        if self.takes_unlabelled(experiment):
            found.append(Source(student.teacher, held_out, "unlabelled"))
        return found

    @cached_property
    def held_out_sets(self) -> list[HeldOut]:
        """The held-out folds of all networks that a run may train, without looking at any recording."""
        inner = any(one.pseudo_labels.labelled == "inner" for one in self.students.values())
        sizes = range(1, len(self.folds) if inner else 2)
        return [folds for size in sizes for folds in combinations(self.folds, size)]

    def pseudo_settings(self, experiment: str, held_out: HeldOut) -> dict[str, Any]:
        """Return the settings of `pseudo_label`."""
        return {
            "name": f"{experiment} fold {fold_name(held_out)}",
            "pseudo_labels": self.trained[experiment].pseudo_labels.model_dump(exclude={"real_share"}),
        }

    def effect_settings(self) -> dict[str, Any]:
        """Return the settings of `compare_teachers`."""
        return {
            "teachers": self.compared,
            "bootstrap": self.config.evaluation.model_dump(),
            "classes": self.config.classes,
        }
