"""The reference of all configuration keys, for people: `python -m canopy.config.reference FILE` writes it.

It is made from the configuration's classes, as the JSON schema is, so that it cannot say anything else.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from canopy.config.meanings import described_schema
from canopy.runtime.files import write_text

HEAD = """# Every configuration key

[config.yaml](../config.yaml) holds all keys with their defaults. Put what you change into a file of your own and name
it with `--configfile my_project.yaml`, or give single keys by `--config key=value`. An unknown key is an error that
names the nearest known one. Numbers with an exponent need a point (`3.0e-3`).

This page is made from the code: `make schema` writes it, and a test keeps it current.
"""
BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}
HUGE = 2**31


def reference() -> str:
    """Return the page, Markdown: one table of keys per section."""
    schema = described_schema()
    definitions = schema["$defs"]
    lines = [HEAD]
    for path, section in _sections("", schema, definitions):
        title = f"## `{path}`" if path else "## At the top"
        about = " ".join(section.get("description", "").split())
        lines += [title, "", *([about, ""] if path and about else []), "| key | default | values | meaning |"]
        lines.append("| --- | --- | --- | --- |")
        for key, field in section["properties"].items():
            if not _section_of(field, definitions):
                cells = [
                    f"`{key}`",
                    _default(field, key in section.get("required", ())),
                    _values(field, definitions),
                    _meaning(field),
                ]
                lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines)


def _sections(
    path: str, section: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each section under its dotted path; the kinds of a feature set each under its own name."""
    yield path, section
    for key, field in section["properties"].items():
        for name, found in _section_of(field, definitions):
            kind = found["properties"].get("kind", {}).get("const") if name else None
            shown = f"{path}.{key}" if path else key
            yield from _sections(f"{shown}.NAME (kind: {kind})" if name else shown, found, definitions)


def _section_of(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the sections that a field holds: one, or those that a dictionary's entries may be."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return [("", definitions[name])] if "properties" in definitions[name] else []
    entries = field.get("additionalProperties")
    if isinstance(entries, Mapping):
        options = entries.get("oneOf", [entries])
        return [
            (option["$ref"].rsplit("/", 1)[-1], definitions[option["$ref"].rsplit("/", 1)[-1]])
            for option in options
            if "$ref" in option
        ]
    return []


def _default(field: Mapping[str, Any], needed: bool) -> str:
    if "default" not in field:
        return f"`{field['const']}`" if "const" in field else "(needed)" if needed else ""
    return f"`{json.dumps(field['default'], ensure_ascii=False)}`"


def _values(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say which values a field takes."""
    if "$ref" in field:
        return _values(definitions[field["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in field:
        return " or ".join(_values(option, definitions) for option in field["anyOf"])
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    kind = field.get("type", "any")
    if "prefixItems" in field:
        return ", ".join(_values(item, definitions) for item in field["prefixItems"])
    if kind == "array":
        return f"list of {_values(field.get('items', {}), definitions)}"
    names = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}
    names |= {"object": "section", "null": "null"}
    bounds = [text.format(field[key]) for key, text in BOUNDS.items() if key in field and field[key] != HUGE]
    return ", ".join([names.get(kind, kind), *bounds])


def _meaning(field: Mapping[str, Any]) -> str:
    return " ".join(field.get("description", "").split())


if __name__ == "__main__":
    write_text(reference(), sys.argv[1])
