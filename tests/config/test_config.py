"""The configuration: defaults, expansion of experiments, and what is said about mistakes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from canopy.config.augment import Augment
from canopy.config.demo import Demo
from canopy.config.differing import differing
from canopy.config.experiment import Experiment
from canopy.config.features import MelFeatures
from canopy.config.loading import experiments, load, trained
from canopy.config.loss import terms
from canopy.config.schema import Config
from canopy.config.settings import canonical, section
from canopy.runtime.errors import CanopyError


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def expand(raw: str) -> dict[str, Experiment]:
    return experiments(load(yaml.safe_load(raw)))


def complaint(raw: str) -> str:
    with pytest.raises(CanopyError) as caught:
        load(yaml.safe_load(raw))
    return str(caught.value)


def test_config_yaml_spells_out_every_default_and_nothing_else(repository: Path) -> None:
    written = yaml.safe_load((repository / "config.yaml").read_text(encoding="utf-8"))
    assert flat(written) == flat(Config().model_dump(mode="json"))


def test_an_empty_configuration_is_the_default() -> None:
    assert load({}) == Config()
    assert list(experiments(Config())) == list(Config().experiments)


def test_settings_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load({}).splits.n_folds = 5


def test_numbers_that_yaml_reads_as_text_are_numbers() -> None:
    raw = yaml.safe_load("training: {optimizer: {learning_rate: 1e-3}}")
    assert raw["training"]["optimizer"]["learning_rate"] == "1e-3"
    exact = yaml.safe_load("training: {optimizer: {learning_rate: 1.0e-3}}")
    assert canonical(load(raw)) == canonical(load(exact))
    assert load(raw).training.optimizer.learning_rate == 0.001


def test_canonical_text_ignores_the_order_of_keys_and_tells_values_apart() -> None:
    assert canonical({"b": 1, "a": {"d": "é", "c": 2}}) == '{"a":{"c":2,"d":"é"},"b":1}'
    assert canonical(MelFeatures(n_fft=1024, n_bands=64)) == canonical(MelFeatures(n_bands=64, n_fft=1024))
    assert canonical(MelFeatures(n_fft=1024)) != canonical(MelFeatures())


def test_an_integer_and_the_same_float_are_the_same_setting() -> None:
    assert canonical(load({"training": {"crops": {"window_s": 4}}})) == canonical(Config())


def test_mel_features_know_their_hop_and_bins() -> None:
    features = MelFeatures(sample_rate_hz=48000, hop_samples=512, n_bands=40)
    assert features.hop_s == 512 / 48000
    assert features.n_bins == 40


def test_data_defaults_to_a_folder_named_after_the_dataset() -> None:
    assert load({"dataset": "rfcx"}).folder == "resources/rfcx"
    assert load({"dataset": "rfcx", "data": "/elsewhere"}).folder == "/elsewhere"


# Experiments and grids.


def test_an_experiment_changes_only_what_it_names() -> None:
    found = expand("""
        training: {seed: 7, optimizer: {epochs: 3}}
        experiments: {plain: {}, other: {optimizer: {batch_size: 8}}, empty: }
        """)
    assert list(found) == ["plain", "other", "empty"]
    assert found["plain"] == found["empty"]
    assert found["plain"].optimizer.epochs == found["other"].optimizer.epochs == 3
    assert found["other"].optimizer.batch_size == 8
    assert found["other"].model_copy(update={"optimizer": found["plain"].optimizer}) == found["plain"]


def test_a_grid_makes_one_experiment_per_combination() -> None:
    found = expand("""
        experiments: {a: {seed: 5, grid: {optimizer.epochs: [1, 2], model.filters: [[4, 8], [8]]}}}
        """)
    assert list(found) == [
        "a-epochs_1-filters_4x8",
        "a-epochs_1-filters_8",
        "a-epochs_2-filters_4x8",
        "a-epochs_2-filters_8",
    ]
    assert found["a-epochs_2-filters_4x8"].optimizer.epochs == 2
    assert found["a-epochs_2-filters_4x8"].model.filters == (4, 8)
    assert {experiment.seed for experiment in found.values()} == {5}


def test_adding_a_value_to_a_grid_changes_no_other_experiment() -> None:
    few = expand("experiments: {a: {grid: {model.dropout: [0.1, 0.2], seed: [1]}}}")
    many = expand("experiments: {a: {grid: {model.dropout: [0.3, 0.2, 0.1], seed: [1, 2]}}}")
    assert few.items() <= many.items()
    assert len(many) == 6


def test_grid_keys_with_the_same_last_part_are_named_in_full() -> None:
    raw = "experiments: {a: {grid: {optimizer.batch_size: [8], prediction.batch_size: [16]}}}"
    assert list(expand(raw)) == ["a-optimizer.batch_size_8-prediction.batch_size_16"]


def test_names_of_grid_values_are_fit_for_a_path() -> None:
    found = expand("""
        features: {"mel": {}, "a+b": {}}
        experiments: {a: {grid: {features: [mel, a+b], optimizer.learning_rate: [1e-3, 0.002]}}}
        """)
    assert set(found) == {
        f"a-features_{features}-learning_rate_{rate}" for features in ("mel", "a+b") for rate in ("1e-3", "0.002")
    }
    assert all(re.fullmatch(r"[A-Za-z0-9_.+-]+", name) for name in found)


def test_run_selects_experiments_in_its_own_order() -> None:
    raw = "{experiments: {a: {}, b: {}, c: {grid: {seed: [1, 2]}}}, run: [c, a]}"
    assert list(expand(raw)) == ["c-seed_1", "c-seed_2", "a"]


def test_a_wrong_experiment_that_is_not_run_does_no_harm() -> None:
    assert list(expand("{experiments: {a: {}, b: {features: cqt}}, run: [a]}")) == ["a"]


def taught(raw: str) -> list[str]:
    return list(trained(load(yaml.safe_load(raw))))


def test_teachers_are_trained_whether_run_or_not() -> None:
    named = "experiments: {s: {teacher: t-seed_2}, t: {teacher: u, grid: {seed: [1, 2]}}, u: {}, v: {features: wrong}}"
    raw = f"{{splits: {{n_folds: 4}}, {named}, run: [s]}}"
    assert taught(raw) == ["s", "t-seed_2", "u"]
    assert list(expand(raw)) == ["s"]
    assert taught("experiments: {s: {teacher: t}, t: {}}") == ["s", "t"]


def test_rounds_without_inner_folds_need_no_more_folds() -> None:
    labels = "pseudo_labels: {labelled: fold}"
    assert taught(f"{{splits: {{n_folds: 2}}, experiments: {{a: {{teacher: b, {labels}}}, b: {{}}}}}}") == ["a", "b"]


def test_what_tells_experiments_apart_is_named_by_path() -> None:
    found = expand("""
        experiments: {a: {grid: {seed: [1, 2], model.filters: [[4, 8]]}}, b: {augment: {time_masks: 0}}, c: {}}
        """)
    filters = [16, 32, 64, 128]
    assert differing(found) == {
        "a-seed_1-filters_4x8": {"seed": 1, "model.filters": [4, 8], "augment.time_masks": 2},
        "a-seed_2-filters_4x8": {"seed": 2, "model.filters": [4, 8], "augment.time_masks": 2},
        "b": {"seed": 1, "model.filters": filters, "augment.time_masks": 0},
        "c": {"seed": 1, "model.filters": filters, "augment.time_masks": 2},
    }
    assert differing({"c": found["c"]}) == {"c": {}}
    assert differing({"c": found["c"], "d": found["c"]}) == {"c": {}, "d": {}}


# Overlays.


def test_the_seeds_recipe_differs_from_canopys_in_all_that_it_is_known_for(repository: Path) -> None:
    found = expand((repository / "configs" / "seed.yaml").read_text(encoding="utf-8"))
    assert list(found) == ["canopy", "seed"]
    assert found["canopy"] == Experiment()
    seed = found["seed"]
    assert (seed.model.backbone, seed.model.weights, seed.model.head) == ("efficientnet_b0", "imagenet", "sed")
    assert (terms(seed.loss.clip), terms(seed.loss.frames)) == ({"bce": 0.8}, {"bce": 0.2})
    assert (seed.loss.unknown_weight, seed.crops.refuted_per_positive, seed.crops.reviewed_per_positive) == (
        1.0,
        0.0,
        0.0,
    )
    assert (seed.optimizer.schedule, seed.optimizer.average) == ("triangular", "none")
    assert applied(seed.augment) == []
    assert applied(found["canopy"].augment) != []


def applied(settings: Augment) -> list[str]:
    """Return the augmentations that do something."""
    given = settings.model_dump()
    of = {"time_mask_s": "time_masks", "frequency_mask_share": "frequency_masks", "mixup_alpha": "mixup_probability"}
    return [name for name, value in given.items() if value and given.get(of.get(name, name)) and "bands" not in name]


# Complaints.


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("spits: {}", "config: unknown key 'spits'; did you mean 'splits'?"),
        ("zzz: 1", "config: unknown key 'zzz'; known: annotations, calibration, channel, classes, competition,"),
        ("training: {optimizer: {epoch: 1}}", "unknown key 'training.optimizer.epoch'; did you mean 'epochs'?"),
        ("features: {mel: {n_mels: 64}}", "config: unknown key 'features.mel.n_mels'; known: high_hz, hop_samples"),
        ("features: {mel: {n_band: 64}}", "unknown key 'features.mel.n_band'; did you mean 'n_bands'?"),
        ("features: {mel: 3}", "config: features.mel: must be a section with keys of its own (found 3)"),
        ("features: {p: {kind: cqt, n_bands: 64}}", "unknown key 'features.p.n_bands'; did you mean 'n_bins'?"),
        ("features: {p: {kind: cqt, n_bins: 0}}", "features.p.n_bins: Input should be greater than or equal to 1"),
        (
            "features: {p: {kind: cqtt}}",
            "config: features.p: kind must be one of 'mel', 'cqt', 'waveform', 'embedding', not 'cqtt'",
        ),
        ("features: {mel: {pcen: {gian: 1}}}", "unknown key 'features.mel.pcen.gian'; did you mean 'gain'?"),
        ("features: {mel: {pcen: {eps: 0}}}", "features.mel.pcen.eps: Input should be greater than 0 (found 0)"),
        (
            "features: {w: {kind: waveform, n_fft: 9}}",
            "unknown key 'features.w.n_fft'; known: hop_samples, kind",
        ),
        ("shards: 0", "config: shards: Input should be greater than or equal to 1 (found 0)"),
        (
            "shards: many",
            "shards: Input should be a valid integer, unable to parse string as an integer (found 'many')",
        ),
        ("dataset: rfxc", "config: dataset: Input should be 'demo', 'rfcx' or 'folder' (found 'rfxc')"),
        ("run: mel_sed", "config: run: must be a list (found 'mel_sed')"),
        ("training: fast", "config: training: must be a section with keys of its own (found 'fast')"),
        ("training: ", "config: training: must be a section with keys of its own (found None)"),
        ("features: [mel]", "config: features: must be a section with keys of its own (found ['mel'])"),
        ("experiments: [a]", "config: experiments: must be a section with keys of its own (found ['a'])"),
        ("experiments: {a: 3}", "config: experiments.a: must be a section with keys of its own (found 3)"),
        ("features: {}", "config: features: Dictionary should have at least 1 item after validation"),
        ("training: {seed: 2147483648}", "training.seed: Input should be less than 2147483648"),
        ("training: {optimizer: {learning_rate: .inf}}", "learning_rate: Input should be a finite number (found inf)"),
        ("training: {model: {filters: []}}", "model.filters: Tuple should have at least 1 item"),
        ("features: {mel: {low_hz: 9000, high_hz: 8000}}", "features.mel: low_hz (9000) must lie below high_hz (8000)"),
        ("features: {mel: {sample_rate_hz: 11025}}", "at or below half the sample rate (5512.5)"),
        ("features: {a/b: {}}", "features: 'a/b' is not a usable name: letters, digits and _ . + - only"),
        ("experiments: {.a: {}}", "experiments: '.a' is not a usable name"),
        ("experiments: {}", "config: no experiment to run; name at least one under `experiments:` and `run:`"),
        ("run: []", "config: no experiment to run"),
        ("run: [mel_sad]", "run names the experiment 'mel_sad', which `experiments:` lacks; did you mean 'mel_sed'?"),
        (
            "experiments: {a: {features: mell}}",
            "config: experiment 'a' uses the feature set 'mell', which `features:` lacks; did you mean 'mel'?",
        ),
        (
            "experiments: {a: {optimiser: {}}}",
            "config: experiments.a: unknown key 'optimiser'; did you mean 'optimizer'?",
        ),
        ("experiments: {a: {grid: {seed: 1}}}", "config: experiments.a.grid.seed must be a list of values, not 1"),
        ("experiments: {a: {grid: {seed: []}}}", "config: experiments.a.grid.seed must be a list of values, not []"),
        ("experiments: {a: {grid: [1]}}", "config: experiments.a.grid must hold keys with lists of values, not [1]"),
        ("experiments: {a: {grid: {seeds: [1]}}}", "experiments.a-seeds_1: unknown key 'seeds'; did you mean 'seed'?"),
        ("experiments: {a: {grid: {seed: [1, 1]}}}", "two experiments are named 'a-seed_1'; rename one or drop"),
        ("{experiments: {a: {}}, run: [a, a]}", "config: two experiments are named 'a'"),
        (
            "experiments: {a: {grid: {model.dropout: [2]}}}",
            "experiments.a-dropout_2: model.dropout: Input should be less",
        ),
        (
            "experiments: {a: {teacher: mel}, mell: {}}",
            "experiment 'a' names the teacher 'mel', which `experiments:` lacks; did you mean 'mell'?",
        ),
        (
            "{experiments: {a: {teacher: m}, m: {grid: {seed: [1, 2]}}}, run: [a]}",
            "experiment 'a' names the teacher 'm', which `experiments:` lacks; did you mean",
        ),
        (
            "{experiments: {a: {teacher: b}, b: {teacher: c}, c: {teacher: b}}, run: [a]}",
            "config: experiment 'a': its labels come from itself (a from b from c from b); name another `teacher`",
        ),
        ("{training: {teacher: a}, experiments: {a: {}}}", "What stands under `training:` is every experiment's"),
        (
            "{splits: {n_folds: 2}, experiments: {a: {teacher: b}, b: {}}}",
            "config: experiment 'a': to label inner folds, the teacher 'b' trains without 2 folds of 2, which leaves "
            "it nothing; set `splits: n_folds:` to 3 or more, or `pseudo_labels: {labelled: fold}`",
        ),
        (
            "{splits: {n_folds: 3}, experiments: {a: {teacher: b}, b: {teacher: c}, c: {}}}",
            "config: experiment 'a': to label inner folds, the teacher 'c' trains without 3 folds of 3",
        ),
        (
            "experiments: {a: {pseudo_labels: {labelled: none, unlabelled: false}}}",
            "config: experiments.a: pseudo_labels: labelled is none and unlabelled is false, so that nothing is left",
        ),
        (
            "training: {loss: {clip: 0, frames: 0 bce}}",
            "config: training.loss: clip and frames are both without weight, so that nothing would be learned; weigh",
        ),
        (
            "experiments: {a: {model: {head: clip}, loss: {clip: 0}}}",
            "config: experiments.a: the head `clip` learns from the loss of clips alone: give `loss: clip:` weight",
        ),
        ("experiments: {a: {pseudo_labels: {real_share: 1}}}", "pseudo_labels.real_share: Input should be less than 1"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_mend(raw: str, expected: str) -> None:
    assert expected in complaint(raw)


def test_all_mistakes_are_told_at_once() -> None:
    lines = complaint("{shards: 0, spits: {}, training: {seed: -1}}").splitlines()
    assert len(lines) == 3
    assert all(line.startswith("config: ") for line in lines)


def test_a_section_is_checked_as_the_whole_is() -> None:
    assert section(MelFeatures, {"n_bands": "64"}, "features.mel") == MelFeatures(n_bands=64)
    with pytest.raises(CanopyError, match=r"^features\.mel: unknown key 'bands'; did you mean 'n_bands'\?$"):
        section(MelFeatures, {"bands": 64}, "features.mel")
    with pytest.raises(CanopyError, match=r"^demo: n_train: .*greater than or equal to 1 \(found 0\)$"):
        section(Demo, {"n_train": 0}, "demo")


def test_null_on_the_command_line_is_none() -> None:
    """Snakemake hands on what `--config` gives in YAML as texts."""
    given = {"splits": {"group": "null", "n_folds": "4"}, "package": "null", "tables": {"test_audio": "null"}}
    found = load({"dataset": "folder", "data": "here", **given})
    assert (found.splits.group, found.package, found.tables.test_audio) == (None, None, None)
    assert found.splits.n_folds == 4
