"""Rewrites what endpoints.yml and credentials.yml said otherwise in Rasa 1 and 2."""

from __future__ import annotations

from kefu.project.migration.changes import YamlFile
from kefu.project.yaml import YamlMap

__all__ = ["migrate_settings"]


def migrate_settings(file: YamlFile) -> None:
    """Decide the edits of a file of settings."""
    store = file.root.get("tracker_store")
    if isinstance(store, YamlMap) and "store_type" in store and "type" not in store:
        place = file.document.key(store, "store_type")
        edit = file.blocks.rename(place.line, place.column, "store_type", "type")
        file.change(place.line, "store_type -> type", [edit])
    broker = file.root.get("event_broker")
    if isinstance(broker, YamlMap) and "queue" in broker and "queues" not in broker:
        line = file.document.key(broker, "queue").line
        file.change(
            line,
            "queue -> queues",
            [file.blocks.rewrite_entry(broker, "queue", [broker["queue"]], "queues")],
        )
    if "rasax" in file.root and "rasa" not in file.root:
        place = file.document.key(file.root, "rasax")
        edit = file.blocks.rename(place.line, place.column, "rasax", "rasa")
        file.change(place.line, "rasax -> rasa", [edit])
