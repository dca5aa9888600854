"""Reads forms that Rasa 1 projects wrote in Python: subclasses of ``FormAction``.

The code is read, never run. What a method works out at run time is not known here and is told.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kefu.project.migration.domain_facts import FormFacts

__all__ = ["PythonForm", "python_forms"]

_CALLS: Final = ("from_entity", "from_text", "from_intent", "from_trigger_intent")
_POSITIONAL: Final = {
    "from_entity": ("entity", "intent", "not_intent", "role", "group"),
    "from_text": ("intent", "not_intent"),
    "from_intent": ("value", "intent", "not_intent"),
    "from_trigger_intent": ("value", "intent", "not_intent"),
}


@dataclass(frozen=True, slots=True)
class PythonForm:
    """A form and where its class stands."""

    name: str
    file: Path
    line: int
    facts: FormFacts
    is_whole: bool
    """False when its slots are worked out at run time."""


def python_forms(root: Path) -> Iterator[PythonForm]:
    """Yield the forms in ``actions.py`` and below ``actions/``."""
    files = [root / "actions.py", *sorted((root / "actions").rglob("*.py"))]
    for file in files:
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (OSError, ValueError, SyntaxError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(_is_form(base) for base in node.bases):
                form = _form(node, file)
                if form is not None:
                    yield form


def _is_form(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name == "FormAction"


def _form(node: ast.ClassDef, file: Path) -> PythonForm | None:
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    name = _value(_returned(methods.get("name")))
    if not isinstance(name, str):
        return None
    slots = _value(_returned(methods.get("required_slots")))
    is_whole = isinstance(slots, list) and all(isinstance(slot, str) for slot in slots)
    names = slots if is_whole and isinstance(slots, list) else []
    given = _mappings(_returned(methods.get("slot_mappings")))
    facts = FormFacts({slot: given.get(slot, []) for slot in [*names]})
    return PythonForm(name, file, node.lineno, facts, is_whole)


def _returned(method: ast.FunctionDef | None) -> ast.expr | None:
    """Return what a method returns when it has one ``return`` only."""
    returns = [one for one in ast.walk(method) if isinstance(one, ast.Return)] if method else []
    return returns[0].value if len(returns) == 1 else None


def _value(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else None
    except ValueError:
        return None


def _mappings(node: ast.expr | None) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    if not isinstance(node, ast.Dict):
        return found
    for key, value in zip(node.keys, node.values, strict=True):
        slot = _value(key)
        calls = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        if isinstance(slot, str):
            found[slot] = [one for call in calls if (one := _mapping(call))]
    return found


def _mapping(node: ast.expr) -> dict[str, Any] | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    kind = node.func.attr
    if kind not in _CALLS:
        return None
    given = dict(zip(_POSITIONAL[kind], map(_value, node.args), strict=False))
    given.update({word.arg: _value(word.value) for word in node.keywords if word.arg})
    return {"type": kind, **{key: one for key, one in given.items() if one is not None}}
