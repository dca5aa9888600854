"""What an editor can ask: each request of the protocol answered for a place in a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kefu.errors import EditRefused
from kefu.lsp import renaming
from kefu.lsp.completing import completions, kind_of_file
from kefu.lsp.mending import ALL_OF_A_FILE, QUICK_FIX, code_actions
from kefu.lsp.symbols import Symbol, definitions, occurrences, symbol_at
from kefu.lsp.text import Text
from kefu.lsp.workspace import Workspace, path_of
from kefu.project.problems import Place

__all__ = ["CAPABILITIES", "Features"]

CAPABILITIES: Final[Mapping[str, Any]] = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 2, "save": True},
    "completionProvider": {"triggerCharacters": [" ", "/", "(", '"', "{", ":"]},
    "definitionProvider": True,
    "referencesProvider": True,
    "hoverProvider": True,
    "renameProvider": {"prepareProvider": True},
    "documentSymbolProvider": True,
    "codeActionProvider": {"codeActionKinds": [QUICK_FIX, ALL_OF_A_FILE]},
}
_SYMBOL: Final = re.compile(
    r"^(?P<section>\w+):|^\s*-\s+(?P<kind>\w+):\s*(?P<name>\S.*?)\s*$|^  (?P<entry>[\w/.-]+):"
)
_ITEMS: Final = {
    "nlu": ("intent", "synonym", "regex", "lookup", "sentiment"),
    "stories": ("story",),
    "rules": ("rule",),
    "test_cases": ("test_case",),
}
_ENTRIES: Final = frozenset(("slots", "forms", "responses"))
_MODULE, _FUNCTION, _FIELD = 2, 12, 8
_WORDS: Final = {
    "intents": "intent",
    "entities": "entity",
    "slots": "slot",
    "responses": "response",
    "forms": "form",
    "actions": "action",
}


class Features:
    """Answers requests about one project."""

    def __init__(self, workspace: Workspace, warn: Callable[[str], None]) -> None:
        """Remember whom to ask.

        Args:
            workspace: The project.
            warn: Shows a message to whoever edits.
        """
        self._workspace = workspace
        self._warn = warn
        self.requests: dict[str, Callable[[dict[str, Any]], Any]] = {
            "textDocument/completion": self._completion,
            "textDocument/definition": self._definition,
            "textDocument/references": self._references,
            "textDocument/hover": self._hover,
            "textDocument/prepareRename": self._prepare_rename,
            "textDocument/rename": self._rename,
            "textDocument/documentSymbol": self._document_symbols,
            "textDocument/codeAction": self._code_actions,
        }

    def _document(self, params: Mapping[str, Any]) -> tuple[Path, Text] | None:
        path = path_of(str(params["textDocument"]["uri"]))
        text = None if path is None else self._workspace.text(path)
        return None if path is None or text is None else (path, text)

    def _symbol(self, params: Mapping[str, Any]) -> tuple[Symbol, dict[str, Any]] | None:
        document = self._document(params)
        if document is None:
            return None
        text = document[1]
        line, column = text.column(params["position"])
        found = symbol_at(text, line, column, self._workspace.draft)
        return None if found is None else (found[0], text.range(line, *found[1:]))

    def _completion(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        document = self._document(params)
        if document is None or not self._workspace.has_project:
            return []
        path, text = document
        names, schemas = self._workspace.completed(path)
        schema = schemas[kind_of_file(path, self._workspace.root)]
        return completions(text, text.column(params["position"]), schema, names)

    def _location(self, place: Place) -> dict[str, Any]:
        path = self._workspace.path(place)
        text = self._workspace.text(path) or Text("")
        span = text.range_from(place.line, place.column)
        return {"uri": self._workspace.uri(path), "range": span}

    def _definition(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._symbol(params)
        if found is None:
            return []
        return [self._location(place) for place in definitions(found[0], self._workspace)]

    def _references(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._symbol(params)
        if found is None:
            return []
        return [
            {"uri": self._workspace.uri(path), "range": text.range(line, start, end)}
            for path, text, line, start, end in occurrences(found[0], self._workspace)
        ]

    def _hover(self, params: dict[str, Any]) -> dict[str, Any] | None:
        found = self._symbol(params)
        draft = self._workspace.draft
        if found is None or draft is None:
            return None
        symbol, span = found
        lines = [f"**{_WORDS[symbol.kind]}** `{symbol.name}`"]
        lines += [f"{place}" for place in definitions(symbol, self._workspace)[:5]]
        if symbol.kind == "intents":
            name, _, key = symbol.name.partition("/")
            examples = [one for one in draft.nlu.examples
                        if one.intent == name and (not key or one.response_key == key)]  # fmt: skip
            lines += [f"{len(examples)} examples", *(f"- {one.text}" for one in examples[:5])]
        elif symbol.kind == "responses":
            variations = draft.domain.responses.get(symbol.name) or draft.nlu.responses.get(
                symbol.name, ()
            )
            lines += [f"- {one['text']}" for one in variations if one.get("text")][:5]
        elif symbol.kind == "slots" and symbol.name in draft.domain.slots:
            lines.append(f"type {draft.domain.slots[symbol.name].type}")
        if len(lines) == 1:
            lines.append("not declared")
        return {"contents": {"kind": "markdown", "value": "\n\n".join(lines)}, "range": span}

    def _prepare_rename(self, params: dict[str, Any]) -> dict[str, Any] | None:
        found = self._symbol(params)
        if found is None:
            return None
        renaming.check_renaming(found[0])
        return {"range": found[1], "placeholder": found[0].name}

    def _rename(self, params: dict[str, Any]) -> dict[str, Any]:
        found = self._symbol(params)
        if found is None:
            raise EditRefused("there is no name of an intent, entity, slot, response or form here")
        edit, code = renaming.rename(found[0], str(params["newName"]), self._workspace)
        if code:
            places = ", ".join(str(place) for place in code[:5])
            self._warn(f"Python code still has {found[0].name!r}: {places}")
        return edit

    def _document_symbols(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        document = self._document(params)
        return [] if document is None else list(_outline(document[1]))

    def _code_actions(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        document = self._document(params)
        return [] if document is None else [*code_actions(*document, params, self._workspace)]


def _outline(text: Text) -> Iterator[dict[str, Any]]:
    """Yield the sections of a file and what they have: intents, stories, rules, responses."""
    section = ""
    for number, line in enumerate(text.lines):
        found = _SYMBOL.match(line)
        if found is None:
            continue
        section = found["section"] or section
        is_item = found["kind"] in _ITEMS.get(section, ())
        if not (found["section"] or is_item or (found["entry"] and section in _ENTRIES)):
            continue
        name = found["section"] or found["name"] or found["entry"]
        span = text.range(number, 0, len(line))
        yield {
            "name": name.strip("\"'"),
            "detail": found["kind"] or "",
            "kind": _MODULE if found["section"] else _FUNCTION if is_item else _FIELD,
            "range": span,
            "selectionRange": span,
        }
