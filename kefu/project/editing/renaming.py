"""Renames an intent in a file: wherever the formats of Rasa and of Kefu name intents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kefu.core.names import RETRIEVAL_DELIMITER, UTTER_PREFIX
from kefu.project.editing.scalars import written
from kefu.project.editing.source import SourceFile, TextEdit, key_of

__all__ = ["Mention", "Renaming", "mentions", "renamed"]

Path = tuple[Any, ...]

_SHORTCUT: Final = re.compile(r"^\s*/(?P<intent>[^\s{@]+)")
_INTENT_KEYS: Final = ("intent", "not_intent", "ignored_intents")
"""Keys of the domain whose value is an intent or a list of intents."""
_STORY_SECTIONS: Final = ("stories", "rules", "test_cases")


@dataclass(frozen=True, slots=True)
class Renaming:
    """An intent gets another name; ``is_retrieval``: its answers have names made of its own."""

    old: str
    new: str
    is_retrieval: bool = False

    def intent(self, text: str) -> str:
        """Return the name of an intent, with or without what stands behind the slash."""
        lead = "/" if text.startswith("/") else ""
        name = text.removeprefix("/")
        if name == self.old:
            return f"{lead}{self.new}"
        if name.startswith(f"{self.old}{RETRIEVAL_DELIMITER}"):
            return f"{lead}{self.new}{name[len(self.old) :]}"
        return text

    def response(self, text: str) -> str:
        """Return the name of a response, which of a retrieval intent is made of its name."""
        if not self.is_retrieval or not text.startswith(UTTER_PREFIX):
            return text
        return f"{UTTER_PREFIX}{self.intent(text.removeprefix(UTTER_PREFIX))}"

    def shortcut(self, text: str) -> str:
        """Return a message such as ``/greet{"name": "Mia"}``."""
        match = _SHORTCUT.match(text)
        if match is None:
            return text
        start, end = match.span("intent")
        return f"{text[:start]}{self.intent(match['intent'])}{text[end:]}"


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names the intent: a scalar, what it is to be, and how to get there."""

    node: ScalarNode
    new: str
    path: Path
    is_key: bool = False


def mentions(source: SourceFile, renaming: Renaming) -> list[Mention]:
    """Return all places of a file that have the old name."""
    if source.tree is None or renaming.old not in source.decoded(source.text):
        return []
    return list(_Finder(source, renaming).section())


def renamed(source: SourceFile, found: Sequence[Mention], what: str) -> SourceFile:
    """Return the file with the new name at these places.

    Raises:
        EditRefused: The file is written in a way that forbids it.
    """
    edits = []
    for mention in found:
        node = mention.node
        start, end = node.start_mark.index, node.end_mark.index
        edits.append(TextEdit(start, end, _in_its_quotes(source, mention)))

    def expected(root: Any) -> Any:
        # Keys last and the deepest first, so that the way to the others stays what it was.
        for mention in sorted(found, key=lambda one: (one.is_key, -len(one.path))):
            _set(root, mention)
        return root

    return source.changed(edits, expected, what)


def _in_its_quotes(source: SourceFile, mention: Mention) -> str:
    node = mention.node
    raw = source.text[node.start_mark.index : node.end_mark.index]
    old = source.encoded(source.decoded(node.value))
    new = source.encoded(mention.new)
    if raw.count(old) == 1 and (node.style or written(mention.new, in_flow=True)[0] != '"'):
        return raw.replace(old, new)
    if node.style in {"|", ">"}:
        shared = _changed_part(old, new)
        return raw.replace(*shared, 1)
    return source.encoded(written(mention.new, in_flow=True))


def _changed_part(old: str, new: str) -> tuple[str, str]:
    """Return the first words of two texts."""
    return old.split("{", 1)[0].strip(), new.split("{", 1)[0].strip()


def _set(root: Any, mention: Mention) -> None:
    *way, last = mention.path
    for step in way:
        root = root[step]
    if mention.is_key:
        entries = {mention.new if key == last else key: value for key, value in root.items()}
        root.clear()
        root.update(entries)
    else:
        root[last] = mention.new


class _Finder:
    """Walks through a file."""

    def __init__(self, source: SourceFile, renaming: Renaming) -> None:
        self._source = source
        self._renaming = renaming

    def section(self) -> Iterator[Mention]:
        """Yield the places of all sections."""
        tree = self._source.tree
        assert tree is not None
        for key, node in tree.value:
            name = key_of(key)
            path = (name,)
            if name == "nlu":
                for index, item in _items(node):
                    yield from self._values(item, (*path, index), ("intent",))
            elif name in _STORY_SECTIONS:
                yield from self._everywhere(node, path, ("intent",), ("user",), ("action", "utter"))
            elif name == "intents":
                yield from self._names(node, path)
            elif name == "actions":
                yield from self._actions(node, path)
            elif name == "responses":
                yield from self._responses(node, path)
            elif name in {"slots", "forms"}:
                yield from self._everywhere(node, path, _INTENT_KEYS, (), ())
            elif name in {"pipeline", "policies"}:
                yield from self._settings(node, path)

    def _mention(self, node: Node, path: Path, new: str) -> Iterator[Mention]:
        if isinstance(node, ScalarNode) and new != self._source.decoded(node.value):
            yield Mention(node, new, path)

    def _intents(self, node: Node, path: Path) -> Iterator[Mention]:
        """Yield what is named by an intent or a list of them."""
        if isinstance(node, ScalarNode):
            yield from self._mention(node, path, self._renaming.intent(self._text(node)))
        for index, item in _items(node):
            yield from self._intents(item, (*path, index))

    def _text(self, node: ScalarNode) -> str:
        return self._source.decoded(node.value)

    def _values(self, node: Node, path: Path, keys: Sequence[str]) -> Iterator[Mention]:
        for key, value in node.value if isinstance(node, MappingNode) else ():
            if key.value in keys:
                yield from self._intents(value, (*path, key_of(key)))

    def _everywhere(
        self,
        node: Node,
        path: Path,
        intents: Sequence[str],
        messages: Sequence[str],
        responses: Sequence[str],
    ) -> Iterator[Mention]:
        """Yield what stands behind certain keys, however deep."""
        for index, item in _items(node):
            yield from self._everywhere(item, (*path, index), intents, messages, responses)
        for key, value in node.value if isinstance(node, MappingNode) else ():
            below = (*path, key_of(key))
            if key.value in intents:
                yield from self._intents(value, below)
            elif key.value in messages and isinstance(value, ScalarNode):
                yield from self._mention(value, below, self._renaming.shortcut(self._text(value)))
            elif key.value in responses and isinstance(value, ScalarNode):
                yield from self._mention(value, below, self._renaming.response(self._text(value)))
            else:
                yield from self._everywhere(value, below, intents, messages, responses)

    def _names(self, node: Node, path: Path) -> Iterator[Mention]:
        """Yield intents of a list whose items may have options below the name."""
        for index, item in _items(node):
            if isinstance(item, MappingNode):
                yield from self._keys(item, (*path, index))
            else:
                yield from self._intents(item, (*path, index))

    def _keys(self, node: Node, path: Path) -> Iterator[Mention]:
        for key, _ in node.value if isinstance(node, MappingNode) else ():
            new = self._renaming.intent(key.value)
            if new != key.value:
                yield Mention(key, new, (*path, key_of(key)), is_key=True)

    def _actions(self, node: Node, path: Path) -> Iterator[Mention]:
        for index, item in _items(node):
            if isinstance(item, ScalarNode):
                new = self._renaming.response(self._text(item))
                yield from self._mention(item, (*path, index), new)

    def _responses(self, node: Node, path: Path) -> Iterator[Mention]:
        for key, value in node.value if isinstance(node, MappingNode) else ():
            below = (*path, key_of(key))
            yield from self._everywhere(value, below, (), ("payload",), ())
            new = self._renaming.response(key.value)
            if new != key.value:
                yield Mention(key, new, below, is_key=True)

    def _settings(self, node: Node, path: Path) -> Iterator[Mention]:
        """Yield what stands behind keys of components and policies that speak of intents."""
        for index, item in _items(node):
            for key, value in item.value if isinstance(item, MappingNode) else ():
                if "intent" in key.value:
                    below = (*path, index, key_of(key))
                    yield from self._intents(value, below)
                    yield from self._keys(value, below)


def _items(node: Node) -> Iterator[tuple[int, Node]]:
    yield from enumerate(node.value if isinstance(node, SequenceNode) else ())
