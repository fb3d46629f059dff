"""What Snakemake must know of a search before any job runs."""

import os
from functools import cached_property
from typing import Any

from canopy.config.embedding import EmbeddingFeatures, computed
from canopy.config.schema import Config
from canopy.data.annotations.marks import label_problem, tidy
from canopy.data.audio.fingerprint import MEMORY, AudioFingerprints
from canopy.detections.search.example import Example, example_of, species_of
from canopy.features.networks.locate import located
from canopy.package.features import heard_by
from canopy.package.manifest import Member
from canopy.plan.application import Application
from canopy.plan.embeddings import network_file, parameters
from canopy.plan.optional import of_features, of_files
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

GIVE = "name the sound to look for by `--config example=FILE:onset-offset` (in seconds; without them, the whole file)"


class Search:
    """The sound to look for, the recordings to look in, and the network that tells how alike two sounds are.

    Nothing of the training is looked at, nor the package where a pretrained network does it.

    Parameters
    ----------
    config : Config
    application : Application
        The recordings and the package.
    """

    def __init__(self, config: Config, application: Application) -> None:
        self.config, self._application = config, application

    @cached_property
    def _features(self) -> str | None:
        """The feature set of a pretrained network, where one does it."""
        named = self.config.search.by
        embeddings = [name for name, one in self.config.features.items() if isinstance(one, EmbeddingFeatures)]
        return next((name for name in embeddings if named in (None, name)), None)

    @property
    def hearing(self) -> str:
        """The name under which vectors lie: what hears, as the settings name it; nothing is looked at."""
        return f"features-{self._features}" if self._features else f"experiment-{self.config.search.by or 'first'}"

    @cached_property
    def member(self) -> Member:
        """The experiment of the package whose network hears.

        Raises
        ------
        CanopyError
            There is no package, or no such experiment in it.
        """
        named, features = self.config.search.by, self.config.features
        if named in features:
            raise CanopyError(
                f"config: search.by names the feature set {named}, which is no embedding: name one of the kind "
                "`embedding` (docs/embeddings.md), or an experiment of the package"
            )
        try:
            members = self._application.manifest.members
        except CanopyError as error:
            raise CanopyError(
                f"{error}. To search before anything is trained, add a feature set of the kind `embedding`, such as "
                "`--configfile configs/birdnet.yaml` (docs/embeddings.md)"
            ) from None
        found = [one for one in members if named in (None, one.experiment)]
        if not found:
            known = listed([one.experiment for one in members])
            raise CanopyError(
                f"config: search.by names {named}, which is neither a feature set of the kind `embedding` nor an "
                f"experiment of the package {self._application.package} ({known})"
            )
        return max(found, key=lambda one: one.coefficient)

    def hearing_settings(self) -> dict[str, Any]:
        """Return what tells a script how to hear."""
        config = self.config
        common = {"window_s": config.search.window_s, "channel": config.channel}
        if self._features:
            keys = computed(parameters(self._features, config.features[self._features]))
            return {**common, "features": keys, "compute": config.compute.model_dump()}
        member, manifest = self.member, self._application.manifest
        return {
            **common,
            "experiment": member.experiment,
            "member": manifest.network(member),
            "compute": manifest.compute,
        }

    def hearing_paths(self) -> dict[str, Any]:
        """Return where the recordings and what hears lie."""
        folder = {"folder": self._application.folder}
        if self._features:
            network = network_file(self._features, self.config.features[self._features])
            return {**folder, "located": {"model": network}}
        return {**folder, "package": self._application.package}

    def packages(self) -> list[str]:
        """Return the fingerprints of the optional packages that hearing needs."""
        if self._features:
            return [of_features(located(self.config.features[self._features], f"config: features.{self._features}"))]
        package = self._application.package
        model, _ = self.member.networks()[0]
        return sorted({of_files([os.path.join(package, model)]), of_features(heard_by(self.member, package))} - {""})

    def shard_settings(self, shard: int) -> dict[str, Any]:
        """Return the settings of `embed_applied`."""
        return {**self.hearing_settings(), "shard": shard, "shards": self.config.shards}

    @cached_property
    def examples(self) -> list[Example]:
        """The sounds to look for.

        Raises
        ------
        CanopyError
            None is configured, or there is no such file.
        """
        told = self.config.example
        if told is None:
            raise CanopyError(f"there is nothing to search for: {GIVE}")
        return [example_of(one, self._file) for one in ([told] if isinstance(told, str) else told)]

    def _file(self, name: str) -> str | None:
        if self.config.recordings is None:
            return None
        table = self._application.recordings
        found = table.loc[(table["recording_id"] == name) | (table["path"] == name), "path"]
        return os.path.join(self._application.folder, found.iloc[0]) if len(found) else None

    @cached_property
    def species(self) -> str:
        """The species that is asked about.

        Raises
        ------
        CanopyError
            Its name can name none.
        """
        name = tidy(self.config.search.species or species_of(self.examples[0]))
        if problem := label_problem(name):
            raise CanopyError(f"search.species: {problem[0]}; {problem[1]}")
        return name

    def settings(self) -> dict[str, Any]:
        """Return the settings of `cut_similar`."""
        paths = [os.path.abspath(one.path) for one in self.examples]
        sounds = AudioFingerprints(MEMORY)(paths)
        review = self.config.review
        return {
            **self.hearing_settings(),
            **self.config.search.model_dump(include={"top", "over_range"}),
            "species": self.species,
            "seed": review.seed,
            "context_s": review.context_s,
            "file_names": self.config.file_names,
            "examples": [
                {"sound": sounds[path], "onset_s": one.onset_s, "offset_s": one.offset_s}
                for path, one in zip(paths, self.examples, strict=True)
            ],
        }

    def paths(self) -> dict[str, Any]:
        """Return where all that `cut_similar` reads and adds to lies."""
        files = {"files": [one.path for one in self.examples]}
        return {**self.hearing_paths(), **self._application.review_paths(), **files}

    def page_settings(self) -> dict[str, Any]:
        """Return the settings of `make_review`."""
        species = dict.fromkeys([self.species, *(self.config.species or ())])
        return {"species": list(species), "channel": self.config.channel}

    def check_unasked(self) -> None:
        """Raise a CanopyError where detections are to be reviewed, and there is an example."""
        if self.config.example is not None:
            raise CanopyError(
                "`review` asks about detections, and `example` is set, which is for `search`: leave `example` out, "
                "or run `snakemake search`"
            )

    def check(self) -> None:
        """Look at all that a search needs; raises a CanopyError where something is missing or wrong."""
        self._application.shards()
        self.settings()
        if not self._features:
            heard_by(self.member, self._application.package)
