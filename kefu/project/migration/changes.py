"""What a migration does to one file, and the lines that tell of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kefu.project.lint.sources import Edit, Source
from kefu.project.migration.blocks import Blocks
from kefu.project.problems import Place, Report
from kefu.project.yaml import Document, YamlMap, parse

__all__ = ["FORMAT", "FileChange", "YamlFile", "set_version"]

FORMAT = "3.1"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is written, or taken away because another one has its content."""

    file: str
    """As messages name it: relative to the working directory where it is below."""
    text: str | None
    """Its new text; None when it goes away."""
    is_new: bool = False


@dataclass(slots=True)
class YamlFile:
    """A YAML file with the edits that were decided for it."""

    document: Document
    source: Source
    blocks: Blocks
    edits: list[Edit] = field(default_factory=list)
    done: list[tuple[Place, str]] = field(default_factory=list)
    """Where, and what."""

    @classmethod
    def read(cls, file: str) -> YamlFile | None:
        """Read a file; None when it is no YAML mapping or has errors."""
        source = Source.read(file)
        if source is None:
            return None
        report = Report()
        text = source.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        document = parse(text, file, report, environment={})
        if not document.is_whole or not isinstance(document.root, YamlMap):
            return None
        return cls(document, source, Blocks(document, source))

    @property
    def root(self) -> YamlMap:
        """Its content."""
        root: YamlMap = self.document.root
        return root

    def change(self, line: int, text: str, edits: Iterable[Edit | None] = ()) -> None:
        """Note what was done at a line, and the edits that do it."""
        self.done.append((Place(self.document.file, line), text))
        self.edits += [edit for edit in edits if edit is not None]

    def text(self) -> str:
        """Return the text with all edits."""
        return self.source.edited(self.edits)


def set_version(file: YamlFile) -> None:
    """Let a file say that it is of the present format."""
    root, blocks = file.root, file.blocks
    version = root.get("version")
    if version is None:
        first = min((file.document.key(root, key).line for key in root), default=1)
        edit = file.source.insert(first, [f'version: "{FORMAT}"', ""])
        file.change(first, f'added version: "{FORMAT}"', [edit])
    elif str(version).strip("\"' ") != FORMAT or not isinstance(version, str):
        first, end, indent = blocks.entry(root, "version")
        line = " " * indent + f'version: "{FORMAT}"'
        file.change(first, f"version {version} -> {FORMAT}", [blocks.replace(first, end, [line])])
