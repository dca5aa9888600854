"""A named declaration of a project, with its places."""

from __future__ import annotations

from typing import Any, NamedTuple

from kefu.project.problems import Place
from kefu.project.yaml import Document, YamlList

__all__ = ["Declared", "places_of_items"]


class Declared(NamedTuple):
    """A slot, form or response as declared in a file."""

    name: str
    content: Any
    """Its options or variations, made of ordinary values."""
    place: Place
    parts: tuple[Place, ...] = ()
    """Where each of its mappings, required slots or variations stands."""


def places_of_items(document: Document, items: Any) -> tuple[Place, ...]:
    """Return the places of the items of a list; nothing when it is no list."""
    if not isinstance(items, YamlList):
        return ()
    return tuple(document.at(mark) for mark in items.marks)
