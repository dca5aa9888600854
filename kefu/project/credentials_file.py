"""Reads credentials.yml: which channels there are, and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kefu.project.problems import Place, Report
from kefu.project.settings import Credentials
from kefu.project.shape import Shape
from kefu.project.yaml import Document, YamlMap, plain

__all__ = ["read_credentials"]


def read_credentials(document: Document, report: Report) -> Credentials:
    """Return the channels with their settings; what is wrong is reported and left out."""
    root = document.root
    shape = Shape(document, report, "credentials")
    if not isinstance(root, YamlMap):
        if root is not None:
            shape.wrong(Place(document.file, 1), "the file", "a mapping of channels", root)
        return Credentials()
    channels: dict[str, Mapping[str, Any]] = {}
    for name, settings in root.items():
        at = document.value(root, name)
        checked = shape.as_map(settings, at, f"the settings of channel {name!r}")
        if checked is not None or settings is None:
            channels[str(name)] = plain(checked or {})
    return Credentials(channels=channels)
