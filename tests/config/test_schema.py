"""The committed JSON schema is the one that the configuration's classes give."""

from pathlib import Path

from canopy.config.document import json_schema
from canopy.config.reference import reference


def test_committed_schema_is_what_the_classes_give(repository: Path) -> None:
    committed = (repository / "workflow" / "schemas" / "config.schema.json").read_text(encoding="utf-8")
    assert committed == json_schema(), "run `make schema`"


def test_every_key_has_a_meaning() -> None:
    import json

    schema = json.loads(json_schema())
    sections = {"Config": schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key, value in section["properties"].items()
        if "description" not in value and "$ref" not in value
    ]
    assert silent == []


def test_committed_reference_of_the_keys_is_what_the_classes_give(repository: Path) -> None:
    committed = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert committed == reference(), "run `make schema`"


def test_the_reference_names_every_key_with_its_limits() -> None:
    import yaml

    page = reference()
    keys = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
    leaves = {leaf for section in keys.values() if isinstance(section, dict) for leaf in section}
    named = {"mel", "mel_fine", "mel_sed", "mel_sed_fine", *keys["training"]}
    assert [leaf for leaf in sorted(leaves - named) if f"| `{leaf}` |" not in page] == []
    assert "| `threshold` | `0.5` | number, above 0, below 1 | Calibrated probability" in page
    assert "| `formats` |" in page
    assert "## `training.optimizer`" in page
