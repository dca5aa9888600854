"""Quick fixes: what the linter can mend, and the name that a misspelled one probably means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kefu.errors import EditRefused
from kefu.lsp.checking import diagnostic
from kefu.lsp.renaming import edits_of, workspace_edit
from kefu.lsp.symbols import symbol_at
from kefu.lsp.text import Text
from kefu.lsp.workspace import Workspace
from kefu.project.editing import ProjectEditor
from kefu.project.editing.source import SourceFile
from kefu.project.files import shown
from kefu.project.lint.findings import Finding
from kefu.project.problems import nearest
from kefu.project.schema import names_of

__all__ = ["ALL_OF_A_FILE", "QUICK_FIX", "code_actions"]

QUICK_FIX: Final = "quickfix"
ALL_OF_A_FILE: Final = "source.fixAll.kefu"
"""What ``kefu lint --fix`` would do in the file; editors can do it on every save."""
_BY_ITSELF: Final = 2
"""The editor asks because the cursor has moved, not because somebody wants something."""


def code_actions(
    path: Path, text: Text, params: Mapping[str, Any], workspace: Workspace
) -> Iterator[dict[str, Any]]:
    """Yield what can be done at a place of a file."""
    context = params.get("context") or {}
    checked = workspace.checked
    if checked is None and context.get("triggerKind") != _BY_ITSELF:
        checked = workspace.check()
    if checked is None:
        return
    own = [one for one in checked.findings if workspace.path(one.problem.place) == path]
    only = context.get("only")
    if _is_wanted(QUICK_FIX, only):
        first, last = (text.column(params["range"][end])[0] + 1 for end in ("start", "end"))
        codes = {one.get("code") for one in context.get("diagnostics") or ()}
        for finding in own:
            problem = finding.problem
            if first <= problem.place.line <= last and (not codes or problem.code in codes):
                yield from _quick_fixes(finding, text, workspace)
    if only is not None and _is_wanted(ALL_OF_A_FILE, only):
        yield from _all_of(path, text, own, workspace)


def _is_wanted(kind: str, only: Any) -> bool:
    return only is None or any(kind == one or kind.startswith(f"{one}.") for one in only)


def _quick_fixes(finding: Finding, text: Text, workspace: Workspace) -> Iterator[dict[str, Any]]:
    fixes: list[tuple[str, dict[str, Any], bool]] = []
    if (nearest_edit := _nearest(finding, text, workspace)) is not None:
        fixes.append((*nearest_edit, True))
    if finding.addition is not None:
        edit = _declared(finding, workspace)
        if edit is not None:
            fixes.append((f"Declare {finding.addition.name!r} in the domain", edit, not fixes))
    elif finding.is_fixable:
        fixes.append((_title(finding), _made(finding, workspace), finding.repair == "safe"))
    for title, edit, is_preferred in fixes:
        yield {
            "title": title,
            "kind": QUICK_FIX,
            "diagnostics": [diagnostic(finding.problem, text, workspace)],
            "isPreferred": is_preferred,
            "edit": edit,
        }


def _title(finding: Finding) -> str:
    """Return what the linter advises to do, and what will stand there."""
    advice = finding.problem.advice.partition(", or run: kefu lint")[0] or "mend it"
    new = finding.edits[0].text.strip()
    is_told = len(finding.edits) > 1 or not new or new in advice
    title = advice if is_told else f"{advice}: {new.splitlines()[0]}"
    return title[:1].upper() + title[1:]


def _made(finding: Finding, workspace: Workspace) -> dict[str, Any]:
    path = workspace.path(finding.problem.place)
    text = workspace.text(path) or Text("")
    bom = text.text.startswith("\ufeff")  # edits count without it
    edits = [
        {"range": text.range_of(one.start + bom, one.end + bom), "newText": one.text}
        for one in finding.edits
    ]
    return edits_of({path: edits}, workspace)


def _declared(finding: Finding, workspace: Workspace) -> dict[str, Any] | None:
    """Return the edit that declares a name; None when the domain cannot be changed safely."""
    wanted = finding.addition
    assert wanted is not None
    editor = ProjectEditor(workspace.root, texts=workspace.texts())
    try:
        editor.add_to_domain(wanted.section, wanted.name, wanted.options)
    except EditRefused:
        return None
    after = {one.path: one.after.decode() for one in editor.changes if one.after}
    return workspace_edit(after, workspace)


def _nearest(
    finding: Finding, text: Text, workspace: Workspace
) -> tuple[str, dict[str, Any]] | None:
    """Return the change to the declared name that is most like one that is not known."""
    place, draft = finding.problem.place, workspace.draft
    if ".unknown-" not in finding.problem.code or draft is None:
        return None
    line, column = text.column(diagnostic(finding.problem, text, workspace)["range"]["end"])
    found = symbol_at(text, line, column, draft)
    if found is None:
        return None
    symbol, start, end = found
    is_intent = symbol.kind == "intents"
    names = {*(draft.domain.intents if is_intent else getattr(names_of(draft), symbol.kind))}
    meant = nearest(symbol.name, names - {symbol.name})
    if meant is None:
        return None
    edit = {"range": text.range(line, start, end), "newText": meant}
    return f"Change to {meant!r}", edits_of({workspace.path(place): [edit]}, workspace)


def _all_of(
    path: Path, text: Text, findings: list[Finding], workspace: Workspace
) -> Iterator[dict[str, Any]]:
    edits = [edit for one in findings if one.repair == "safe" for edit in one.edits]
    if not edits:
        return
    data = text.text.encode("utf-8", "surrogatepass")
    try:
        after = SourceFile.of(path, shown(path), data).edited(edits).data.decode()
    except EditRefused:
        return
    yield {
        "title": "Mend what is untidy in this file",
        "kind": ALL_OF_A_FILE,
        "edit": workspace_edit({path: after}, workspace),
    }
