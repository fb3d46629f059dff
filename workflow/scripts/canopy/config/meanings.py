"""What the configuration's keys mean: the docstrings below them, for the schema and the reference.

pydantic can attach them to its fields (`use_attribute_docstrings`), but would read all sources whenever Canopy starts.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from canopy.config.base import Section
from canopy.config.schema import Config


def described_schema() -> dict[str, Any]:
    """Return the JSON schema of the whole configuration, with every key's default and meaning."""
    schema = Config.model_json_schema()
    sections = {kind.__name__: kind for kind in _kinds(Section)}
    for name, part in {Config.__name__: schema, **schema["$defs"]}.items():
        texts = meanings(sections[name]) if name in sections else {}
        fields = part.get("properties", {})
        for key in fields.keys() & texts.keys():
            fields[key] = dict(sorted({**fields[key], "description": texts[key]}.items()))
    return schema


def meanings(section: type[Section]) -> dict[str, str]:
    """Return the docstring below each key of a section, those of the sections that it extends among them."""
    return {key: text for kind in reversed(section.__mro__) if issubclass(kind, Section) for key, text in _below(kind)}


def _below(kind: type[Section]) -> Iterator[tuple[str, str]]:
    body = _classes(kind.__module__)[kind.__name__].body
    for key, text in pairwise(body):
        if isinstance(key, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            yield ast.unparse(key.target), inspect.cleandoc(str(text.value.value))


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _kinds(section: type[Section]) -> Iterator[type[Section]]:
    yield section
    for kind in section.__subclasses__():
        yield from _kinds(kind)
