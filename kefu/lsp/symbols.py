"""Names in files: which a place names, where each is declared and used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.lsp.spots import ITEM, Spot, spot_at
from kefu.lsp.text import Text
from kefu.lsp.workspace import Workspace
from kefu.project.problems import Place
from kefu.project.project import Project

__all__ = ["Symbol", "definitions", "occurrences", "symbol_at"]


class Symbol(NamedTuple):
    """A name of a project."""

    kind: str
    """A section of the domain: ``intents``, ``entities``, ``slots`` …"""
    name: str


_VALUES: Final = {
    "intent": "intents",
    "not_intent": "intents",
    "ignored_intents": "intents",
    "sensitive_intents": "intents",
    "resend_intent": "intents",
    "intents": "intents",
    "action": "actions",
    "actions": "actions",
    "utter": "actions",
    "active_loop": "forms",
    "entity": "entities",
    "entities": "entities",
    "use_entities": "entities",
    "ignore_entities": "entities",
    "required_slots": "slots",
    "requested_slot": "slots",
    "slot_was_set": "slots",
    "slot_was_not_set": "slots",
    "slot": "slots",
}
_KEYS: Final = {"skills": "intents", "slots": "slots", "forms": "forms", "responses": "responses"}
_ITEM_KEYS: Final = {
    "intents": "intents",
    "entities": "entities",
    "actions": "actions",
    "slot_was_set": "slots",
}
_ENTITY: Final = re.compile(r"\]\((?P<name>[^):]+)|\]\{[^}]*?\"entity\"\s*:\s*\"(?P<long>[^\"]+)\"")
_PLACEHOLDER: Final = re.compile(r"\{(?P<name>\w+)\}")
_TEXTS: Final = frozenset(("examples", "user"))


def symbol_at(
    text: Text, line: int, column: int, project: Project | None
) -> tuple[Symbol, int, int] | None:
    """Return the name at a place, with the start and the end of it in the line."""
    start, end = text.token_at(line, column)
    if start == end:
        return None
    token = text.lines[line][start:end]
    kind = _kind_at(text, line, start, end)
    if token.startswith("/") and kind == "intents":
        token, start = token[1:], start + 1
    if kind is None or not token:
        return None
    return Symbol(_exact(kind, token, project), token), start, end


def _exact(kind: str, name: str, project: Project | None) -> str:
    """Return what an action is in truth: a response or a form, perhaps."""
    if kind == "actions" and project is not None:
        if name in project.domain.forms:
            return "forms"
        if name in project.domain.responses or name in project.nlu.responses:
            return "responses"
    return kind


def _kind_at(text: Text, line: int, start: int, end: int) -> str | None:
    spot = spot_at(text.lines, line, end)
    content = text.lines[line]
    if spot.last_key in _TEXTS and _is_within(_ENTITY, content, start, end):
        return "entities"
    if spot.last_key in {"user", "payload"} and re.search(r"(?:^|[\s\"'])$", content[:start]):
        return "intents" if content[start : start + 1] == "/" else None
    if "responses" in spot.path and _is_within(_PLACEHOLDER, content, start, end):
        return "slots"
    return None if spot.is_block else _kind_by_path(spot)


def _kind_by_path(spot: Spot) -> str | None:
    if spot.is_key:
        *above, last = spot.path or ("",)
        if last == ITEM:
            return _ITEM_KEYS.get(above[-1] if above else "")
        return _KEYS.get(last) if not above else None
    if spot.path[-2:] == ("condition", "name") or spot.path[-3:] == ("condition", ITEM, "name"):
        return "slots"
    items = 2 if spot.path[-1:] == (ITEM,) else 1
    return _VALUES.get(spot.path[-items]) if len(spot.path) >= items else None


def _is_within(pattern: re.Pattern[str], text: str, start: int, end: int) -> bool:
    for found in pattern.finditer(text):
        for name, value in found.groupdict().items():
            if value is not None and found.start(name) <= start and end <= found.end(name):
                return True
    return False


def definitions(symbol: Symbol, workspace: Workspace) -> list[Place]:
    """Return where a name is declared, and an intent has its examples."""
    project = workspace.draft
    if project is None:
        return []
    places, found = project.places, []
    base = symbol.name.partition(RETRIEVAL_DELIMITER)[0]
    if symbol.kind == "intents":
        names = (symbol.name, *(n for n in places.intents if n.startswith(f"{symbol.name}/")))
        found += [places.intents[name] for name in names if name in places.intents]
        found += [places.declared[key] for key in [("intents", base)] if key in places.declared]
    elif symbol.kind == "responses" and symbol.name in places.responses:
        found.append(places.responses[symbol.name])
    elif (symbol.kind, symbol.name) in places.declared:
        found.append(places.declared[symbol.kind, symbol.name])
    if symbol.kind == "actions":
        found = [*in_code(symbol.name, workspace), *found]
    return found


def in_code(name: str, workspace: Workspace) -> list[Place]:
    """Return the lines of the project's Python code that have a name in quotes."""
    quoted = re.compile(rf"[\"']/?{re.escape(name)}[\"']")
    found = []
    for path in [*sorted(workspace.root.glob("actions/**/*.py")), workspace.root / "actions.py"]:
        text = workspace.text(path)
        if text is None or name not in text.text:
            continue
        for number, line in enumerate(text.lines, 1):
            if match := quoted.search(line):
                found.append(Place(str(path), number, match.start() + 2))
    return found


def occurrences(symbol: Symbol, workspace: Workspace) -> Iterator[tuple[Path, Text, int, int, int]]:
    """Yield file, text, line, start and end of each place that names it."""
    project = workspace.draft
    for path in workspace.files():
        text = workspace.text(path)
        if text is None or symbol.name not in text.text:
            continue
        for line, start, end in text.tokens(symbol.name):
            found = symbol_at(text, line, end, project)
            if found is None or found[1] > start:
                continue
            is_it = found[0] == symbol or (
                symbol.kind == found[0].kind == "intents"
                and found[0].name.startswith(f"{symbol.name}{RETRIEVAL_DELIMITER}")
            )
            if is_it:
                yield path, text, line, start, end
