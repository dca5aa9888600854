"""What a project's files have by now; they are read again only when one of them changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from kefu.errors import ProjectError
from kefu.evaluation.inbox.groups import NO_INTENTS
from kefu.evaluation.inbox.proposing import key_of
from kefu.project.editing import ProjectEditor
from kefu.project.load import load_project
from kefu.project.watched import Look, WatchedProject

__all__ = ["ProjectExamples", "ProjectFiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectExamples:
    """What counts of a project."""

    keys: frozenset[str]
    """What its examples say; see :func:`kefu.evaluation.inbox.proposing.key_of`."""
    entities: frozenset[str]
    intents: tuple[str, ...]
    """That an example can be of."""
    is_writable: bool
    """Whether files can be put in the place of those that are there."""


class ProjectFiles:
    """Reads a project's files; may be used by several threads at once.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._watched = WatchedProject(root=root)
        self._look: Look | None = None
        self._known: ProjectExamples | None = None
        self._lock = Lock()

    def examples(self) -> ProjectExamples:
        """Return what is in the files now.

        Raises:
            ProjectError: They cannot be read as they are.
        """
        with self._lock:
            look = self._watched.look()
            if self._known is None or look != self._look:
                self._known = self._read(look)
                self._look = look
            return self._known

    def _read(self, look: Look) -> ProjectExamples:
        project = load_project(self._root, parts=("domain", "nlu")).project
        if project is None:
            raise ProjectError(
                "the project's files cannot be read as they are: 'kefu data validate' lists what is"
                " wrong"
            )
        names = ProjectEditor(self._root).intents()
        folders = {path.resolve().parent for path in look.files} or {self._root}
        return ProjectExamples(
            keys=frozenset(filter(None, (key_of(one.text) for one in project.nlu.examples))),
            entities=frozenset(project.domain.entities),
            intents=tuple(name for name in names if name not in NO_INTENTS),
            is_writable=all(os.access(folder, os.W_OK) for folder in folders),
        )
