"""JSON Schemas of a project's files for editors, with the names of the project to complete."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from kefu.channels.registry import CHANNELS
from kefu.desk.registry import STRATEGIES
from kefu.errors import ProjectError
from kefu.nlu.registry import COMPONENTS
from kefu.policies.registry import POLICIES, load_object
from kefu.project.editing.writing import replace
from kefu.project.project import Project
from kefu.project.schema import ProjectNames, Registries, names_of, schemas

__all__ = ["FOLDER", "SchemaKeeper", "project_schemas", "write_schemas"]

log = logging.getLogger(__name__)

EDITOR_FOLDER: Final = ".vscode"
FOLDER: Final = Path(EDITOR_FOLDER, "schemas")
"""Where the settings of a project for VS Code look for schemas."""


def project_schemas(project: Project | None) -> dict[str, dict[str, Any]]:
    """Return the schema of every kind of file.

    Args:
        project: Whose names are offered, or what could be read of it; None: no names.
    """
    names = ProjectNames() if project is None else names_of(project)
    return schemas(names, _registries())


def write_schemas(
    found: Mapping[str, Mapping[str, Any]], folder: Path, kinds: Iterable[str] | None = None
) -> list[Path]:
    """Write schemas that are not there yet as they are, and return the files.

    Raises:
        ProjectError: The folder cannot be written.
    """
    written = []
    for kind in found if kinds is None else kinds:
        path = folder / f"{kind}.json"
        data = (json.dumps(found[kind], ensure_ascii=False, indent=1) + "\n").encode()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_bytes() != data:
                replace(path, data)
                written.append(path)
        except OSError as error:
            raise ProjectError(
                f"{error.filename or path} cannot be written: {error.strerror}"
            ) from error
    return written


class SchemaKeeper:
    """Keeps the schemas of a project as its files are, where an editor is set up to read them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: ProjectNames | None = None

    def update(self, project: Project) -> None:
        """Write the schemas anew if the project's names are others; never raises."""
        if not (self._root / EDITOR_FOLDER).is_dir():
            return
        names = names_of(project)
        if names == self._names:
            return
        self._names = names
        try:
            write_schemas(schemas(names, _registries()), self._root / FOLDER)
        except ProjectError as error:
            log.warning("the schemas for editors are not renewed: %s", error)


def _registries() -> Registries:
    return Registries(
        components={
            name: sorted(entry.settings | entry.ignored)
            for name, entry in COMPONENTS.items()
            if not entry.missing
        },
        policies={
            name: sorted(_settings_of(entry.settings) | entry.knows)
            for name, entry in POLICIES.items()
        },
        channels=tuple(sorted(CHANNELS)),
        strategies=tuple(sorted(STRATEGIES)),
    )


def _settings_of(path: str) -> set[str]:
    return {one.name for one in dataclasses.fields(load_object(path))}
