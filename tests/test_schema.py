"""The committed JSON schema is the one that the configuration's classes give."""

from pathlib import Path

from canopy.config.document import json_schema


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
