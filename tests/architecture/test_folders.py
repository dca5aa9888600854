"""Every folder says what lives in it; nothing is called by an empty word."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in ROOT.joinpath("kefu").rglob("__init__.py"))
EMPTY_WORDS = {"utils", "helpers", "common", "misc", "base", "util", "helper"}
EMPTY_SUFFIXES = ("Manager", "Handler", "Processor", "Helper")


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_says_what_lives_in_it(folder):
    tree = ast.parse(folder.joinpath("__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree)


def test_no_module_is_called_by_an_empty_word():
    modules = [path for path in ROOT.joinpath("kefu").rglob("*.py") if path.stem in EMPTY_WORDS]
    assert [str(path.relative_to(ROOT)) for path in modules if path.parent.name != "channels"] == []


def test_no_class_is_called_by_an_empty_word():
    found = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in ROOT.joinpath("kefu").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_SUFFIXES)
    ]
    assert found == []
