"""Which kinds of files there are, with their schemas and where they stand in a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kefu.project.schema.data import data_schema, test_schema
from kefu.project.schema.domain import domain_schema
from kefu.project.schema.names import ProjectNames, Registries
from kefu.project.schema.parts import Schema
from kefu.project.schema.settings import (
    config_schema,
    credentials_schema,
    desk_schema,
    endpoints_schema,
)
from kefu.project.schema.sharing import with_definitions
from kefu.project.sections import NLU_KEYS, STORY_KEYS

__all__ = ["KINDS", "file_patterns", "schemas"]

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""What the YAML extension of VS Code and the language servers of other editors know best."""


class _Kind(NamedTuple):
    title: str
    schema: Callable[[ProjectNames, Registries], Schema]
    patterns: tuple[str, ...] = ()
    """Where such files stand; none: the kind is part of another one."""


def _data(*sections: str) -> Callable[[ProjectNames, Registries], Schema]:
    return lambda names, _: data_schema(names, sections)


KINDS: Final[Mapping[str, _Kind]] = {
    "domain": _Kind(
        "domain of a bot",
        lambda names, _: domain_schema(names),
        ("/domain.yml", "/domain.yaml", "/domain/**/*.yml", "/domain/**/*.yaml"),
    ),
    "training": _Kind(
        "training data",
        _data(*NLU_KEYS, *STORY_KEYS),
        ("/data/**/*.yml", "/data/**/*.yaml"),
    ),
    "nlu": _Kind("examples", _data(*NLU_KEYS)),
    "stories": _Kind("stories", _data("stories")),
    "rules": _Kind("rules", _data("rules")),
    "tests": _Kind(
        "test stories",
        lambda names, _: test_schema(names),
        ("/tests/**/test_*.yml", "/tests/**/test_*.yaml", "/tests/stories/**/*.yml"),
    ),
    "config": _Kind(
        "pipeline and policies",
        lambda _, registries: config_schema(registries),
        ("/config.yml", "/config.yaml"),
    ),
    "endpoints": _Kind("endpoints", lambda names, _: endpoints_schema(names), ("/endpoints.yml",)),
    "credentials": _Kind(
        "channels", lambda _, registries: credentials_schema(registries), ("/credentials.yml",)
    ),
    "desk": _Kind("options of the desk", desk_schema, ("/desk.yml",)),
}
"""Name of a kind -> what it is."""


def schemas(names: ProjectNames, registries: Registries) -> dict[str, dict[str, Any]]:
    """Return the schema of every kind of file, with the names of a project to complete."""
    found = {}
    for name, kind in KINDS.items():
        schema = with_definitions(kind.schema(names, registries))
        body = {key: value for key, value in schema.items() if key != "type"}
        # An empty file is one that is about to be written.
        found[name] = {
            "$schema": _DIALECT,
            "title": f"Kefu: {kind.title}",
            "type": ["object", "null"],
            **body,
        }
    return found


def file_patterns() -> dict[str, list[str]]:
    """Return where the files of each kind stand, as the YAML extension of VS Code reads it."""
    return {name: list(kind.patterns) for name, kind in KINDS.items() if kind.patterns}
