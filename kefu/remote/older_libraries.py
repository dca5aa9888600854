"""Functions of libraries that custom actions of existing projects call and newer versions lack.

``ruamel.yaml.safe_load`` and its kin were there with rasa-sdk 3.6 and raise today; both demo
assistants of Rasa call them at import. Their new forms do the same.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["restore_older_functions"]


def restore_older_functions() -> None:
    """Make the old functions work again in this process, where the library is installed."""
    try:
        yaml: Any = importlib.import_module("ruamel.yaml")  # noqa: TID251 - optional dependency
    except ModuleNotFoundError:
        return

    def safe_load(stream: Any, version: Any = None) -> Any:
        reader = yaml.YAML(typ="safe", pure=True)
        reader.version = version
        return reader.load(stream)

    def round_trip_load(stream: Any, version: Any = None, **_options: Any) -> Any:
        reader = yaml.YAML()
        reader.version = version
        return reader.load(stream)

    def load(stream: Any, _loader: Any = None, version: Any = None, **_options: Any) -> Any:
        return safe_load(stream, version)

    yaml.safe_load, yaml.round_trip_load, yaml.load = safe_load, round_trip_load, load
