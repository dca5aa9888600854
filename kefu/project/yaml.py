"""Reads YAML 1.2 with the line and column of everything, and reports all that is wrong with it.

The parser is libyaml's; building Python values from its events is done here, because stories and
examples come in tens of thousands of lines. Scalars mean what they mean to Rasa (``yes`` and
``on`` are words, ``012`` is twelve, ``1:30`` is text), a key may occur only once in a mapping,
``${NAME}`` takes the value of an environment variable. This is the only module that reads the
environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from kefu.project import yaml_syntax
from kefu.project.problems import Place, Report
from kefu.project.yaml_scalars import CONSTANTS, TAGGED, scalar

__all__ = [
    "START",
    "Document",
    "Mark",
    "Readable",
    "YamlList",
    "YamlMap",
    "parse",
    "plain",
    "read",
    "variable",
]


class Mark(Protocol):
    """Where something starts; line and column count from 0."""

    @property
    def line(self) -> int:
        """Lines before this one."""

    @property
    def column(self) -> int:
        """Characters before this one in the line."""


class Readable(Protocol):
    """A file, or what stands in an editor instead of it."""

    def read_bytes(self) -> bytes:
        """Return the whole content.

        Raises:
            OSError: It cannot be read.
        """


class _Start:
    line = 0
    column = 0


START: Final[Mark] = _Start()
"""The beginning of a file."""


class YamlMap(dict[Any, Any]):
    """A mapping that remembers where it and its parts start.

    ``marks`` has two entries for each item, in order: the key's and the value's.
    """

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []


class YamlList(list[Any]):
    """A sequence that remembers where it and its items start."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []


@dataclass(slots=True)
class Document:
    """One file: its content and how to find the place of any part of it."""

    file: str
    """The name shown to people."""
    root: Any = None
    text: str = field(default="", repr=False)
    is_whole: bool = True
    """False when parts are missing because of syntax errors."""
    _lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    def at(self, mark: Mark) -> Place:
        """Return the place of a mark."""
        return Place(self.file, mark.line + 1, mark.column + 1)

    def start(self, node: YamlMap | YamlList) -> Place:
        """Return the place where a mapping or sequence starts."""
        return self.at(node.mark)

    def key(self, node: YamlMap, key: object) -> Place:
        """Return the place of a key, or of the mapping when it has no such key."""
        return self._part(node, key, 0)

    def value(self, node: YamlMap, key: object) -> Place:
        """Return the place of the value of a key, or of the mapping when it has no such key."""
        return self._part(node, key, 1)

    def item(self, node: YamlList, index: int) -> Place:
        """Return the place of an item of a sequence."""
        return self.at(node.marks[index])

    def _part(self, node: YamlMap, key: object, part: int) -> Place:
        for index, candidate in enumerate(node):
            if candidate == key:
                return self.at(node.marks[2 * index + part])
        return self.start(node)


def read(
    path: Readable,
    file: str,
    report: Report,
    *,
    only_if: re.Pattern[str] | None = None,
    expand_quoted: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Document | None:
    """Read a file, reporting what is wrong with it under the name ``file``.

    Args:
        path: The file.
        file: Its name in messages.
        report: Takes the problems.
        only_if: Look no further when this occurs nowhere in the text.
        expand_quoted: Also replace ``${NAME}`` inside quotes, and insist on the variable being set.
            Right for settings; in a domain quoted text is what the bot says.
        environment: Instead of the process environment.

    Returns:
        The document, with what could be read; None when nothing could.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        report.error("file.unreadable", Place(file), f"the file cannot be read: {reason}")
        return None
    text = yaml_syntax.decode(data, file, report)
    if text is None:
        return None
    if only_if is not None and not only_if.search(text):
        return Document(file=file, text=text)
    return parse(text, file, report, expand_quoted=expand_quoted, environment=environment)


def parse(
    text: str,
    file: str,
    report: Report,
    *,
    expand_quoted: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Document:
    """Parse YAML text; see :func:`read`.

    After a syntax error the item that has it is left out and reading goes on behind it, so that
    several errors are found in one run.
    """
    variables = os.environ if environment is None else environment
    text = yaml_syntax.unescape_ascii(text)
    document = Document(file=file, text=text)
    remaining = text
    for _ in range(yaml_syntax.MOST_ERRORS):
        attempt = Report()
        builder = _Builder(document, attempt, variables, expand_quoted=expand_quoted)
        try:
            document.root = builder.build(remaining)
        except YAMLError as error:
            document.is_whole = False
            shorter = yaml_syntax.report_and_cut(error, remaining, file, report)
            if shorter is None:
                break
            remaining = shorter
        else:
            report.extend(attempt)
            break
    return document


_VARIABLE: Final = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)
_HAS_VARIABLE: Final = re.compile(r"\$\{.*\}", re.DOTALL)
_CORE_TAG: Final = "tag:yaml.org,2002:"
_CONTAINER_TAGS: Final = (None, "!", *(f"{_CORE_TAG}{kind}" for kind in ("map", "seq", "omap")))
_MERGE: Final = "<<"
_LARGEST: Final = 1_000_000
"""So many values aliases may add to a file."""
_UNSEEN: Final = object()
_NO_KEY: Final = object()


class _Builder:
    """Builds values from libyaml's events; problems that are not syntax go into the report."""

    def __init__(
        self,
        document: Document,
        report: Report,
        variables: Mapping[str, str],
        *,
        expand_quoted: bool,
    ) -> None:
        self._document = document
        self._report = report
        self._variables = variables
        self._expand_quoted = expand_quoted
        self._known = dict(CONSTANTS)
        self._anchors: dict[str, Any] = {}
        self._size = 0
        self._open: list[tuple[Any, Any, Any]] = []
        self._merges: dict[int, list[tuple[Any, Mark]]] = {}

    def build(self, text: str) -> Any:  # noqa: C901, PLR0912, PLR0915 - the hot loop
        """Parse ``text`` and return its only document.

        Raises:
            YAMLError: The text is not YAML.
        """
        known, stack = self._known, self._open
        # The container being filled, and in a mapping the key whose value comes next.
        node: Any = YamlList(START)
        key: Any = _NO_KEY
        key_mark: Any = None
        is_map = False
        event: Any
        for event in iter(CParser(text).get_event, None):
            kind = type(event)
            mark = event.start_mark
            if kind is ScalarEvent:
                value = known.get(event.value, _UNSEEN) if event.implicit[0] else _UNSEEN
                if value is _UNSEEN or event.anchor is not None:
                    value = self._scalar(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = node
                node, key, key_mark = stack.pop()
                is_map = type(node) is YamlMap
                mark = value.mark
                if self._merges:
                    self._merge_into(value)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((node, key, key_mark))
                is_map = kind is MappingStartEvent
                node = YamlMap(mark) if is_map else YamlList(mark)
                key = _NO_KEY
                if event.anchor or event.tag or len(stack) > yaml_syntax.DEEPEST:
                    self._note_container(event, node)
                continue
            elif kind is AliasEvent:
                value = self._alias(event, node)
            else:
                continue
            if is_map:
                if key is _NO_KEY:
                    key = value if value.__class__ is str else self._map_key(value, mark)
                    key_mark = mark
                    continue
                if key in node or key == _MERGE:
                    self._odd_item(node, (key, key_mark), (value, mark))
                else:
                    node[key] = value
                    node.marks += (key_mark, mark)
                key = _NO_KEY
            else:
                node.append(value)
                node.marks.append(mark)
        if len(node) > 1:
            self._second_document(node.marks[1])
        return node[0] if node else None

    def _scalar(self, event: Any) -> Any:
        if event.implicit[0]:
            value = self._plain(event.value, event.start_mark)
        else:
            value = self._quoted_or_tagged(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _plain(self, text: str, mark: Mark) -> Any:
        if "${" in text:
            return self._expand(text, mark)
        if text not in self._known:
            self._known[text] = scalar(text)
        return self._known[text]

    def _quoted_or_tagged(self, event: Any) -> Any:
        value: str = event.value
        tag: str | None = event.tag
        if tag is None or tag == "!":
            if self._expand_quoted and "${" in value:
                return self._expand(value, event.start_mark)
            return value
        construct = TAGGED.get(tag.removeprefix(_CORE_TAG)) if tag.startswith(_CORE_TAG) else None
        if construct is None:
            advice = "remove it; only !!str, !!int, !!float, !!bool and !!null may be used"
            self._report_tag(event, "yaml.unknown-tag", "is not known", advice)
            return value
        try:
            return construct(value)
        except ValueError:
            advice = "correct the value or remove the tag"
            self._report_tag(event, "yaml.bad-value", "does not fit its value", advice)
            return value

    def _note_container(self, event: Any, node: YamlMap | YamlList) -> None:
        if len(self._open) > yaml_syntax.DEEPEST:
            raise yaml_syntax.TooDeep(problem_mark=event.start_mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if event.tag not in _CONTAINER_TAGS:
            self._report_tag(event, "yaml.unknown-tag", "is not known", "remove it")

    def _report_tag(self, event: Any, code: str, what: str, advice: str) -> None:
        tag: str = event.tag
        shown = f"!!{tag.removeprefix(_CORE_TAG)}" if tag.startswith(_CORE_TAG) else tag
        place = self._document.at(event.start_mark)
        self._report.error(code, place, f"the tag {shown} {what}", advice)

    def _odd_item(self, node: YamlMap, key: tuple[Any, Mark], value: tuple[Any, Mark]) -> None:
        if key[0] == _MERGE:
            self._merges.setdefault(id(node), []).append(value)
        else:
            self._duplicate(node, *key)

    def _alias(self, event: Any, container: Any) -> Any:
        name = event.anchor
        if name not in self._anchors:
            self._report.error(
                "yaml.unknown-alias",
                self._document.at(event.start_mark),
                f"*{name} refers to an anchor &{name} that is not defined above",
                f"define &{name} before it, or quote the text if it is meant to start with '*'",
            )
            return None
        value = self._anchors[name]
        if value is container or any(value is node for node, _, _ in self._open):
            self._report.error(
                "yaml.recursive-alias",
                self._document.at(event.start_mark),
                f"*{name} stands inside the very value that it refers to",
                "write the value out",
            )
            return None
        self._size += _size(value, {})
        if self._size > _LARGEST:
            self._report.error(
                "yaml.too-large",
                self._document.at(event.start_mark),
                "aliases blow the file up beyond all use",
                "write out what is meant",
            )
            return None
        return value

    def _map_key(self, value: Any, mark: Mark) -> Any:
        if isinstance(value, YamlMap | YamlList):
            self._report.error(
                "yaml.key-not-scalar",
                self._document.at(mark),
                "a key cannot be a list or a mapping",
                "quote the text if it is meant to start with '[' or '{'",
            )
            return f"\0{mark.line}:{mark.column}"
        return value

    def _duplicate(self, node: YamlMap, key: Any, mark: Mark) -> None:
        first = self._document.key(node, key)
        self._report.error(
            "yaml.duplicate-key",
            self._document.at(mark),
            f"the key {key!r} occurs twice in the same mapping, first in line {first.line}",
            "keep one of the two, or join their contents",
            first,
        )

    def _merge_into(self, node: Any) -> None:
        for value, mark in self._merges.pop(id(node), ()):
            sources = value if isinstance(value, YamlList) else [value]
            for source in sources:
                if not isinstance(source, YamlMap):
                    self._report.error(
                        "yaml.bad-merge",
                        self._document.at(mark),
                        "<<: must be followed by a mapping or a list of mappings",
                        "write for example '<<: *name', with &name on a mapping above",
                    )
                    continue
                _take_missing(node, source)

    def _second_document(self, mark: Mark) -> None:
        self._report.error(
            "yaml.several-documents",
            self._document.at(mark),
            "a second YAML document starts here",
            "remove the line '---' above, or put this part into a file of its own",
        )

    def _expand(self, text: str, mark: Mark) -> str:
        """Replace environment variables the way Rasa does; see :func:`read` for quoted text.

        As in shells, ``${NAME:-text}`` is the text where the variable is not set, or empty.
        """
        if not _HAS_VARIABLE.search(text):
            return text
        missing: list[str] = []

        def replace(match: re.Match[str]) -> str:
            name, has_default, default = match.group(1).strip("{}").partition(":-")
            value = self._variables.get(name)
            if has_default:
                return value or default
            if value is not None:
                return value
            # Rasa lets an unknown name pass when it stands inside a word, as in 共${amount}元.
            starts_word = match.start() == 0 or text[match.start() - 1].isspace()
            if self._expand_quoted or starts_word:
                missing.append(name)
            return match.group()

        expanded = _VARIABLE.sub(replace, text)
        for name in dict.fromkeys(missing):
            self._report.error(
                "yaml.missing-variable",
                self._document.at(mark),
                f"the environment variable {name} is not set",
                f"set it before starting, for example: export {name}=…"
                + ("" if self._expand_quoted else "; or quote the text if it is no variable"),
            )
        return expanded


def _size(value: Any, known: dict[int, int]) -> int:
    """Return how many values there would be without aliases."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(item, known) for item in items)
    return known[id(value)]


def _take_missing(node: YamlMap, source: YamlMap) -> None:
    for index, (key, value) in enumerate(source.items()):
        if key not in node:
            node[key] = value
            node.marks += source.marks[2 * index : 2 * index + 2]


def plain(value: Any) -> Any:
    """Return ``value`` made of ordinary dicts and lists, to be kept or changed."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def variable(name: str) -> str | None:
    """Return an environment variable; None when it is not set or empty."""
    return os.environ.get(name) or None
