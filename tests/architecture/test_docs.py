"""What the documents name is there: files, headings, commands, make targets, error codes."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from kefu import errors
from kefu.cli.group import KefuGroup
from kefu.cli.root import kefu

ROOT = Path(__file__).parents[2]
NOT_OURS = ("tests/conformance/cases",)
"""Recorded projects of others."""

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
VERBATIM = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)
CODE = re.compile(r"```(?:sh|shell|bash)?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
KEFU = re.compile(r"(?:^|[\s/&|;(])kefu((?: [a-z][a-z0-9]*(?:-[a-z0-9]+)*)+)", re.MULTILINE)
MAKE = re.compile(r"(?:^|[\s&|;(])make ([a-z][a-z-]+)", re.MULTILINE)
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
TREE = re.compile(r"^[│├└─ ]+ (\S+/)(?= |$)", re.MULTILINE)


def documents():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split("\0")  # fmt: skip
    found = [name for name in listed if name and ROOT.joinpath(name).is_file()]
    found = found or [str(path.relative_to(ROOT)) for path in _walked()]
    return sorted(name for name in found if not name.startswith(NOT_OURS))


def _walked():
    """Find the documents where there is no git, as in an unpacked archive."""
    yield from ROOT.glob("*.md")
    for folder in ("docs", "kefu", "tests", "bench", "examples", "actions", "connectors"):
        yield from ROOT.joinpath(folder).rglob("*.md")


DOCUMENTS = documents()
DOCS = [name for name in DOCUMENTS if "/templates/" not in name]


def text_of(name):
    return ROOT.joinpath(name).read_text("utf-8")


def anchors(text):
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_in_code(pattern, text):
    pieces = [block or inline for block, inline in CODE.findall(text)]
    return {match for piece in pieces for match in pattern.findall(piece)}


def test_there_are_documents():
    assert {"README.md", "ARCHITECTURE.md", "docs/quickstart.md"} <= set(DOCS)


@pytest.mark.parametrize("name", DOCS)
def test_every_link_leads_somewhere(name):
    broken = []
    for link in LINK.findall(VERBATIM.sub("``", text_of(name))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = ROOT.joinpath(name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


def is_command(words):
    """Whether the words name a command, or one with an argument of another kind behind it."""
    command = kefu
    for word in words:
        if not isinstance(command, KefuGroup):
            return True
        known = command.get_command(click.Context(command), word)
        if known is None:
            return command is not kefu and command.positional is not None
        command = known
    return True


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_exists(name):
    named = named_in_code(KEFU, text_of(name))
    assert [words for words in named if not is_command(words.split())] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_is_named_exists(name):
    targets = set(TARGET.findall(text_of("Makefile")))
    assert named_in_code(MAKE, text_of(name)) - targets == set()


def test_make_help_lists_every_target():
    makefile = text_of("Makefile")
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))
    assert set(TARGET.findall(makefile)) == explained
    (phony,) = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert set(phony.replace("\\", "").split()) == explained


def test_the_tree_of_the_architecture_page_is_the_tree():
    text = text_of("ARCHITECTURE.md")
    drawn = set(TREE.findall(text))
    packages = {f"{path.parent.name}/" for path in ROOT.glob("kefu/*/__init__.py")}
    assert packages <= drawn
    missing = [n for n in drawn if not (ROOT / n).exists() and not (ROOT / "kefu" / n).exists()]
    assert missing == []


def error_classes(root=errors.KefuError):
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from error_classes(child)


def test_every_error_is_documented_with_its_code():
    rows = re.findall(r"^\| `([a-z.]+)` \| `(\w+)` \|", text_of("docs/reference/errors.md"), re.M)
    assert dict(rows) == {kind.code: kind.__name__ for kind in error_classes()}


def test_every_error_stands_in_the_tree_and_says_when_it_is_raised():
    kinds = list(error_classes())
    assert set(errors.__all__) == {kind.__name__ for kind in kinds}
    for kind in kinds[1:]:
        assert f"── {kind.__name__} " in errors.__doc__
        assert kind.__doc__.startswith("Raised when ")
