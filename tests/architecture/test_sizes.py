"""Files and functions stay small enough to be read."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILE_LINES = 500
MAX_BODY_LINES = 50
TABLES = {"kefu/core/codec.py: _encode_body"}
"""Functions that are tables in disguise: one row for each kind of event."""

SOURCES = sorted(ROOT.joinpath("kefu").rglob("*.py"))


def body_length(node):
    first = node.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = node.body[1:] if has_docstring else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_are_short(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= MAX_FILE_LINES
    name = path.relative_to(ROOT)
    long = [
        f"{node.name}: {body_length(node)} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_length(node) > MAX_BODY_LINES
        and f"{name}: {node.name}" not in TABLES
    ]
    assert not long
