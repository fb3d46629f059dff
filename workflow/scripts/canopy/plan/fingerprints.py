"""What each job depends on besides its settings, as short strings that change when its output may change."""

from collections.abc import Mapping
from functools import cache

from canopy.config.experiment import Experiment
from canopy.config.export import ExportFormat
from canopy.config.schema import Config
from canopy.data.recordings.columns import known_column
from canopy.features.networks.locate import located
from canopy.plan.dataset import BARE, Dataset
from canopy.plan.held_out import HeldOut
from canopy.plan.labels import Labels
from canopy.plan.optional import of_export, of_features, of_network
from canopy.plan.paths import Paths
from canopy.plan.provenance.code import Code
from canopy.plan.provenance.table import table
from canopy.plan.recordings import Recordings
from canopy.plan.scripts import Scripts
from canopy.plan.settings import Settings
from canopy.plan.teachers import Teachers
from canopy.runtime.digest import digest


class Fingerprints:
    """The fingerprints that jobs carry; those of the demo follow from its settings, since its files need not exist yet.

    Raises
    ------
    CanopyError
        When asked for what depends on them, where the dataset's folder or tables are missing or wrong.
    """

    def __init__(
        self,
        config: Config,
        trained: Mapping[str, Experiment],
        *,
        dataset: Dataset,
        scripts: Scripts,
        code: Code,
        paths: Paths,
        settings: Settings,
        labels: Labels,
        recordings: Recordings,
        teachers: Teachers,
    ) -> None:
        self._config = config
        self._trained = trained
        self._dataset = dataset
        self._scripts = scripts
        self._code = code
        self._paths = paths
        self._settings = settings
        self._labels = labels
        self._recordings = recordings
        self._teachers = teachers

    # The data.

    @cache  # noqa: B019 - a plan lives as long as the process
    def listing(self, subset: str) -> str:
        """Return the fingerprint of what a subset's listing shows: all its files, and the ids that have none."""
        recordings = self._recordings
        if self._dataset.generated or subset in BARE:
            return digest(recordings.audio(subset))
        unnamed = recordings.unnamed(subset) if subset == "test" else []
        shown = [recordings.audio(subset), recordings.missing(subset), unnamed]
        unread = recordings.unread(subset)
        return digest(*shown, unread) if unread else digest(*shown)

    @cache  # noqa: B019
    def shard(self, subset: str, shard: int) -> str:
        """Return the fingerprint of a shard's recordings and their audio; an empty string where it holds none."""
        held = self._recordings.by_shard(subset).get(shard)
        return digest(held) if held else ""

    @cache  # noqa: B019
    def labels(self) -> str:
        """Return the fingerprint of what the label tables or the annotation files say."""
        if self._dataset.generated:
            return self._generator("train")
        known = self._labels.known_species[0]
        if self._dataset.in_folders:
            said = self._labels.in_files
            tables = said.annotations.to_csv(index=False), said.reviewed.to_csv(index=False)
            return digest(*tables, known, sorted(said.in_samples))
        return digest([table(path) for path in self._dataset.label_tables], known and sorted(known))

    def annotated_audio(self) -> str:
        """Return the fingerprint of the annotated recordings' audio, against which boxes are checked."""
        return digest(self._recordings.used("train"))

    @cache  # noqa: B019
    def sample_submission(self) -> str:
        """Return the fingerprint of the sample submission, its order included."""
        path = self._dataset.sample_submission
        if self._dataset.generated:
            return self._generator("test")
        return "" if path is None else table(path, ordered=True)

    @cache  # noqa: B019
    def truth(self) -> str:
        """Return the fingerprint of the test recordings' complete events."""
        path = self._dataset.truth_table
        if self._dataset.generated:
            return self._generator("test")
        return "" if path is None else table(path)

    def priors(self) -> str:
        """Return the fingerprint of the table of class priors."""
        path = self._paths.combination().get("priors")
        return table(path) if path else ""

    # The folds.

    def kept_folds(self) -> str:
        """Return the fingerprint of the table of frozen folds."""
        keep = self._config.splits.keep
        return table(keep) if keep else ""

    @cache  # noqa: B019
    def fold_columns(self) -> str:
        """Return the fingerprint of the groups or given folds of the annotated recordings."""
        read = self._paths.splits()
        if self._dataset.generated or not read:
            return ""
        return digest({name: column.to_dict() for name, column in self._labels.fold_columns.items()})

    @cache  # noqa: B019
    def training_rows(self, held_out: HeldOut) -> str:
        """Return the fingerprint of what the training without some folds is told: its rows and the classes.

        The rows are read here without the recordings, so that boxes which end a little after theirs are
        not cut: what decides that (the audio, the code) counts beside them.
        """
        if self._dataset.generated:
            return digest(*self._made_folds(), *held_out)
        cuts = "ends" if self._dataset.in_folders else "boxes"
        return digest(
            self._labels.rows_without(held_out).to_csv(index=False),
            self._labels.classes,
            self._code.module(f"data/annotations/{cuts}.py"),
        )

    @cache  # noqa: B019
    def trained_audio(self, held_out: HeldOut) -> str:
        """Return the fingerprint of the annotated recordings that the training without some folds uses."""
        used = self._recordings.used("train")
        if self._dataset.generated:
            return digest(used)
        return digest({one: used.get(one) for one in set(self._labels.rows_without(held_out)["recording_id"])})

    @cache  # noqa: B019
    def held_out(self, folds: HeldOut) -> str:
        """Return the fingerprint of which recordings some folds hold out."""
        if self._dataset.generated:
            return digest(*self._made_folds(), *folds)
        return digest(self._labels.of_folds(folds))

    # The networks.

    @cache  # noqa: B019
    def network_packages(self, experiment: str) -> str:
        """Return the fingerprint of the optional packages that an experiment's networks need; empty without any."""
        return of_network(self._trained[experiment])

    @cache  # noqa: B019
    def feature_packages(self, features: str) -> str:
        """Return the fingerprint of the optional packages that a feature set needs; empty without any."""
        return of_features(located(self._config.features[features], f"config: features.{features}"))

    def export_packages(self, written: ExportFormat) -> str:
        """Return the fingerprint of the optional packages that write networks in a format; empty without any."""
        return of_export(written)

    def training(self, experiment: str, held_out: HeldOut) -> str:
        """Return the fingerprint of all that a network depends on, but pseudo-labels: its checkpoints must match it."""
        return digest(
            self._settings.training(experiment, held_out),
            self.training_rows(held_out),
            self.trained_audio(held_out),
            self._unlabelled() if self._teachers.takes_unlabelled(experiment) else "",
            self._code(self._scripts.training(experiment)),
            self._code(self._scripts.extraction(self._trained[experiment].features)),
            self.network_packages(experiment),
            self.feature_packages(self._trained[experiment].features),
        )

    @cache  # noqa: B019
    def _unlabelled(self) -> str:
        return digest(self._recordings.by_shard("unlabelled"))

    # The groups of recordings.

    @cache  # noqa: B019
    def groups(self, subset: str) -> str:
        """Return the fingerprint of the groups of a subset's recordings that the bootstrap draws."""
        return self._column(self._paths.bootstrap(), self._config.evaluation.group, subset)

    @cache  # noqa: B019
    def checked_groups(self) -> str:
        """Return the fingerprint of the groups that `check_data` reads."""
        if self._dataset.generated:
            return ""
        subsets = ("train", "test") if self._dataset.has_test else ("train",)
        return self._column(self._paths.checks(), self._settings.checks()["column"], *subsets)

    def _column(self, read: Mapping[str, str], name: str | None, *subsets: str) -> str:
        if not read:
            return ""
        ids = sorted({one for subset in subsets for one in self._recordings.used(subset)})
        found = known_column(read["recordings_table"], name or "", ids, file_names=read["file_names"])
        # Where nobody tells it, the job says what is wrong.
        return "" if found is None else digest(found.to_dict())

    # What is made by the workflow.

    def _generator(self, subset: str) -> str:
        other = "n_test" if subset == "train" else "n_train"
        settings = {key: value for key, value in self._config.demo.model_dump().items() if key not in (other, "name")}
        return digest(settings, self._code("generate_demo"))

    def _made_folds(self) -> tuple[object, ...]:
        return (
            self._generator("train"),
            self._settings.annotations(),
            self._settings.splits(),
            self.kept_folds(),
            self._code(self._scripts.annotations),
            self._code("make_splits"),
        )
