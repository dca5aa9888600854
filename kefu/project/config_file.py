"""Reads config.yml: language, pipeline and policies."""

from __future__ import annotations

from typing import Any, Final

from kefu.project.problems import Place, Report, suggestion
from kefu.project.settings import ComponentConfig, ModelConfig
from kefu.project.shape import Shape
from kefu.project.yaml import START, Document, YamlMap, plain

__all__ = ["read_config"]

KNOWN_KEYS: Final = ("version", "recipe", "language", "assistant_id", "pipeline", "policies")
_OTHER_KEYS: Final = ("importers", "spaces")
RECIPE: Final = "default.v1"
_FORMER_PIPELINES: Final = frozenset(
    (
        "supervised_embeddings",
        "pretrained_embeddings_spacy",
        "pretrained_embeddings_convert",
        "tensorflow_embedding",
        "spacy_sklearn",
        "keyword",
    )
)
"""Whole pipelines that Rasa 1 knew by one name."""


def read_config(document: Document, report: Report) -> ModelConfig:
    """Return what the file says; what is wrong is reported and left out.

    Whether the named components and policies exist is known to :mod:`kefu.nlu` and
    :mod:`kefu.policies`.
    """
    root = document.root
    shape = Shape(document, report, "config")
    if not isinstance(root, YamlMap):
        if root is not None:
            shape.wrong(Place(document.file, 1), "the configuration", "a mapping", root)
        root = YamlMap(START)
    _check_keys(document, root, report)
    _check_recipe(document, root, report)
    return ModelConfig(
        language=_language(shape, root),
        recipe=RECIPE,
        assistant_id=_text(root.get("assistant_id")),
        pipeline=tuple(_components(shape, root, "pipeline")),
        policies=tuple(_components(shape, root, "policies")),
        has_pipeline=bool(root.get("pipeline")),
        has_policies=root.get("policies") is not None,
        extra={key: plain(value) for key, value in root.items() if key not in KNOWN_KEYS},
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _language(shape: Shape, root: YamlMap) -> str:
    language = shape.text_at(root, "language", "'language'")
    if language:
        return language
    if root.get("language") is None:
        shape.report.note(
            "config.no-language",
            shape.document.start(root),
            "the configuration names no language, English is assumed",
            "add 'language: zh' or the like",
        )
    return "en"


def _check_keys(document: Document, root: YamlMap, report: Report) -> None:
    for key in root:
        if key == "importers":
            report.warning(
                "config.importers",
                document.key(root, key),
                "importers are not supported; the project is read from its folder",
                "delete the section",
            )
        elif key not in KNOWN_KEYS and key not in _OTHER_KEYS:
            report.note(
                "config.unknown-key",
                document.key(root, key),
                f"the configuration has no section {key!r}, it is ignored",
                suggestion(str(key), KNOWN_KEYS, f"possible: {', '.join(KNOWN_KEYS)}"),
            )


def _check_recipe(document: Document, root: YamlMap, report: Report) -> None:
    recipe = root.get("recipe")
    if recipe not in {None, RECIPE}:
        report.error(
            "config.unknown-recipe",
            document.value(root, "recipe"),
            f"the recipe {recipe!r} is not known",
            f"write 'recipe: {RECIPE}' with 'pipeline' and 'policies'",
        )


def _components(shape: Shape, root: YamlMap, section: str) -> list[ComponentConfig]:
    value = root.get(section)
    place = shape.document.value(root, section)
    if isinstance(value, str) and value in _FORMER_PIPELINES:
        shape.report.error(
            "config.former-pipeline",
            place,
            f"{value!r} is a whole pipeline of Rasa 1",
            "list its components, or delete 'pipeline' to get Kefu's default",
        )
        return []
    items = shape.as_list(value, place, f"{section!r}")
    found: list[ComponentConfig] = []
    for index, item in enumerate(items or ()):
        assert items is not None
        at = shape.document.item(items, index)
        if not isinstance(item, YamlMap):
            wanted = "a mapping with 'name'"
            shape.wrong(at, f"an item of {section!r}", wanted, item)
            continue
        name = shape.text_at(item, "name", f"the name of an item of {section!r}")
        if not name:
            if item.get("name") in (None, ""):
                message = f"an item of {section!r} has no name"
                shape.report.error("config.no-name", at, message, "add 'name: …'")
            continue
        settings = {str(key): plain(v) for key, v in item.items() if key != "name"}
        at = shape.document.value(item, "name")
        found.append(ComponentConfig(name=name, settings=settings, place=at))
    return found
