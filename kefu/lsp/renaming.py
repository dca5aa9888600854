"""Renames what a place names in all files of a project, as edits for the editor to make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kefu.errors import EditRefused
from kefu.lsp.symbols import Symbol, in_code, occurrences
from kefu.lsp.text import edits_between
from kefu.lsp.workspace import Workspace
from kefu.project.editing import ProjectEditor
from kefu.project.problems import Place, Problem

__all__ = ["check_renaming", "edits_of", "rename", "workspace_edit"]

_GOOD: Final = re.compile(r"[^\W\d][\w.-]*(?:/[\w.-]+)?")
_BY_NAME: Final = frozenset(("entities", "slots", "responses", "forms"))


def check_renaming(symbol: Symbol) -> None:
    """Say that a name cannot be renamed here.

    Raises:
        EditRefused: It cannot.
    """
    if symbol.kind == "actions":
        raise EditRefused(
            f"{symbol.name!r} is an action: its name stands in Python code — rename it there, "
            "then in the files that 'find references' lists"
        )


def rename(symbol: Symbol, new: str, workspace: Workspace) -> tuple[dict[str, Any], list[Place]]:
    """Return the edits, and the places in Python code that have the old name and stay.

    Raises:
        EditRefused: The new name is no good or taken, or files would not mean the same.
    """
    check_renaming(symbol)
    if not _GOOD.fullmatch(new):
        raise EditRefused(f"{new!r} is no good name: write letters, digits and _, without spaces")
    if symbol.kind == "intents":
        return _rename_intent(symbol, new, workspace)
    assert symbol.kind in _BY_NAME, symbol.kind
    _refuse_taken(symbol, new, workspace)
    after = _replaced(symbol, new, workspace)
    _refuse_harm(symbol, after, workspace)
    return workspace_edit(after, workspace), in_code(symbol.name, workspace)


def _rename_intent(
    symbol: Symbol, new: str, workspace: Workspace
) -> tuple[dict[str, Any], list[Place]]:
    editor = ProjectEditor(workspace.root, texts=workspace.texts())
    code = editor.rename_intent(symbol.name, new)
    after = {
        change.path: change.after.decode("utf-8")
        for change in editor.changes
        if change.after is not None
    }
    # The settings name intents as well.
    settings = {path: text for path, text in _replaced(symbol, new, workspace).items()
                if path not in after and path.parent == workspace.root.absolute()}  # fmt: skip
    return workspace_edit({**after, **settings}, workspace), list(code)


def _refuse_taken(symbol: Symbol, new: str, workspace: Workspace) -> None:
    project = workspace.draft
    domain = project.domain if project else None
    if project is None or domain is None or not workspace.is_sound:
        raise EditRefused("the project has errors that hide what a name means — mend them first")
    taken = {
        "entities": [*domain.entities],
        "slots": [*domain.slots],
        "responses": [*domain.action_names, *domain.responses, *project.nlu.responses],
        "forms": [*domain.action_names, *domain.forms],
    }
    if new in taken[symbol.kind]:
        raise EditRefused(f"there is {new!r} already")
    if symbol.kind == "responses":
        for prefix in ("utter_ask_", "utter_"):
            if symbol.name.startswith(prefix) and not new.startswith(prefix):
                raise EditRefused(f"this response begins with {prefix!r}; so must {new!r}")


def _replaced(symbol: Symbol, new: str, workspace: Workspace) -> dict[Path, str]:
    """Return the texts with the new name at each place that names it."""
    found: dict[Path, list[tuple[int, int, int]]] = {}
    for path, _, line, start, end in occurrences(symbol, workspace):
        found.setdefault(path, []).append((line, start, end))
    after: dict[Path, str] = {}
    for path, places in found.items():
        text = workspace.text(path)
        assert text is not None
        content = text.text
        for line, start, end in sorted(places, reverse=True):
            at = text.offset(text.position(line, start))
            content = content[:at] + new + content[at + end - start :]
        after[path] = content
    return after


def _refuse_harm(symbol: Symbol, after: Mapping[Path, str], workspace: Workspace) -> None:
    """Refuse texts in which something is wrong that was right before."""

    def faults(problems: Iterable[Problem]) -> Counter[str]:
        return Counter(one.code for one in problems if one.severity != "note")

    checked = workspace.check()
    before = faults(checked.problems if checked else ())
    worse = faults(workspace.faults_with(after)) - before
    if worse:
        raise EditRefused(
            f"{symbol.name!r} cannot be renamed safely: something else goes by this name "
            f"({', '.join(sorted(worse))}) — rename it by hand"
        )


def workspace_edit(after: Mapping[Path, str], workspace: Workspace) -> dict[str, Any]:
    """Return the edits that make files what they are to be."""
    changes: dict[Path, list[dict[str, Any]]] = {}
    for path, new in after.items():
        text = workspace.text(path)
        changes[path] = edits_between(text.text if text else "", new)
    return edits_of(changes, workspace)


def edits_of(
    changes: Mapping[Path, Sequence[Mapping[str, Any]]], workspace: Workspace
) -> dict[str, Any]:
    """Return edits of files as the editor takes them: for the versions that it has, if it can."""
    wanted = {path: edits for path, edits in changes.items() if edits}
    if not workspace.takes_versions:
        return {"changes": {workspace.uri(path): edits for path, edits in wanted.items()}}
    return {
        "documentChanges": [
            {
                "textDocument": {"uri": workspace.uri(path), "version": workspace.version(path)},
                "edits": edits,
            }
            for path, edits in wanted.items()
        ]
    }
