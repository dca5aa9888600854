"""What a migration does to one YAML file, and the lines that tell of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kefu.errors import EditRefused
from kefu.project.editing.blocks import Blocks
from kefu.project.editing.source import SourceFile, TextEdit
from kefu.project.problems import Place
from kefu.project.yaml import Document, YamlMap

__all__ = ["FORMAT", "YamlFile", "set_version"]

FORMAT = "3.1"


@dataclass(slots=True)
class YamlFile:
    """A YAML file with the edits that were decided for it."""

    source: SourceFile
    blocks: Blocks
    edits: list[TextEdit] = field(default_factory=list)
    done: list[tuple[Place, str]] = field(default_factory=list)
    """Where, and what."""

    @classmethod
    def read(cls, file: Path) -> YamlFile | None:
        """Read a file; None when it is no YAML mapping or has errors."""
        try:
            source = SourceFile.read(file.absolute())
        except EditRefused:
            return None
        document = source.document
        if not document.is_whole or not isinstance(document.root, YamlMap):
            return None
        return cls(source, Blocks(source))

    @property
    def document(self) -> Document:
        """The file as it was read."""
        return self.source.document

    @property
    def root(self) -> YamlMap:
        """Its content."""
        root: YamlMap = self.document.root
        return root

    def change(self, line: int, text: str, edits: Iterable[TextEdit | None] = ()) -> None:
        """Note what was done at a line, and the edits that do it."""
        self.done.append((Place(self.source.name, line), text))
        self.edits += [edit for edit in edits if edit is not None]

    def edited(self) -> SourceFile:
        """Return the file with all edits.

        Raises:
            EditRefused: It would not be readable any more.
        """
        after = self.source.edited(self.edits)
        after.check_readable_as(self.source)
        return after


def set_version(file: YamlFile) -> None:
    """Let a file say that it is of the present format."""
    root, blocks = file.root, file.blocks
    version = root.get("version")
    if version is None:
        first = min((file.document.key(root, key).line for key in root), default=1)
        edit = blocks.insert(first, [f'version: "{FORMAT}"', ""])
        file.change(first, f'added version: "{FORMAT}"', [edit])
    elif str(version).strip("\"' ") != FORMAT or not isinstance(version, str):
        first, end, indent = blocks.entry(root, "version")
        line = " " * indent + f'version: "{FORMAT}"'
        file.change(first, f"version {version} -> {FORMAT}", [blocks.replace(first, end, [line])])
