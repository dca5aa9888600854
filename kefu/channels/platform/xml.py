"""Reads and writes the small XML documents of chat platforms, and nothing that XML can do besides.

No document type, no entities, nothing outside the document; size, depth and number of elements
are limited. What is refused is refused before it is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias
from xml.parsers import expat
from xml.sax.saxutils import escape

from kefu.errors import Untrusted

__all__ = ["Element", "read_xml", "text_at", "written_xml"]

Element: TypeAlias = dict[str, Any]
"""Child name -> its text, its children, or a list of these where the name comes again."""

MAX_DEPTH = 8
MAX_ELEMENTS = 2000
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no document may hold."""


class _Reading:
    """Builds the tree of one document."""

    def __init__(self) -> None:
        self.root: Element = {}
        self._stack: list[tuple[str, Element, list[str]]] = []
        self._count = 0

    def start(self, name: str, _: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._stack) >= MAX_DEPTH:
            raise Untrusted("malformed", "the XML is too deep, or has too many elements")
        self._stack.append((name, {}, []))

    def text(self, data: str) -> None:
        if self._stack:
            self._stack[-1][2].append(data)

    def end(self, _: str) -> None:
        name, children, texts = self._stack.pop()
        if not self._stack:
            self.root = children
            return
        value: Any = children or "".join(texts)
        siblings = self._stack[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]


def read_xml(body: bytes, *, max_bytes: int = 256 * 1024) -> Element:
    """Return the children of a document's root.

    Raises:
        Untrusted: ``too_large``; ``malformed``: no XML, or XML with declarations of its own.
    """
    if len(body) > max_bytes:
        raise Untrusted("too_large", f"the XML is longer than {max_bytes} bytes")
    reading = _Reading()
    parser = expat.ParserCreate("utf-8")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.SkippedEntityHandler = _refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat knows no keyword for "this is all"
    except expat.ExpatError as error:
        raise Untrusted("malformed", f"the body is no XML: {error}") from error
    return reading.root


def text_at(element: Element, name: str, *, longest: int = 1024) -> str:
    """Return the text of a child, "" when it is missing.

    Raises:
        Untrusted: ``malformed``: it is no text, or longer than ``longest``.
    """
    value = element.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise Untrusted("malformed", f"{name} is no text, or a very long one")
    return value


def written_xml(fields: Mapping[str, Any]) -> bytes:
    """Return a document ``<xml>`` with ``fields``: texts, numbers, maps, or lists of these."""
    return f"<xml>{_written(fields)}</xml>".encode()


def _written(fields: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_written(one) if isinstance(one, Mapping) else _text(one)}</{name}>"
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    )


def _text(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    safe = NOT_IN_XML.sub("", str(value))
    if "]]>" in safe:
        return escape(safe)
    return f"<![CDATA[{safe}]]>"


def _refuse(*_: Any) -> Any:
    raise Untrusted("malformed", "the XML declares entities or a document type")
