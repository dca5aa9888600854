"""Checks how files are written: blanks at the ends of lines, versions, brackets, repetitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from kefu.project.editing.source import SourceFile, TextEdit
from kefu.project.editing.staging import StagedFiles
from kefu.project.files import YAML_SUFFIXES, shown
from kefu.project.lint.annotations import source_of
from kefu.project.lint.findings import Finding
from kefu.project.nlu_data import Example
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Place, Problem, Report, Severity
from kefu.project.sections import DOMAIN_KEYS, FORMAT_VERSION, NLU_KEYS, STORY_KEYS
from kefu.project.yaml import Document, YamlMap, plain

__all__ = ["TidyMemory", "tidiness_findings"]

TidyMemory = dict[str, tuple[str, frozenset[str], list[Finding]]]
"""File -> its text and the names that annotations could mean then, and what was untidy."""

_KEYS: Final = (*NLU_KEYS, *STORY_KEYS, *DOMAIN_KEYS)
_VERSION: Final = ".".join(map(str, FORMAT_VERSION))
_BLANKS: Final = re.compile(r"[ \t\u3000\xa0]+$")
_WIDE: Final = str.maketrans(
    {
        "【": "[", "】": "]", "［": "[", "］": "]", "（": "(", "）": ")", "｛": "{", "｝": "}",
        "“": '"', "”": '"', "„": '"', "＂": '"', "：": ":", "，": ",",
    }
)  # fmt: skip
_WIDE_MARK: Final = re.compile(
    r"(?P<open>[\[【［])(?P<text>[^\[\]【】［］]+)(?P<close>[\]】］])"
    r"(?:(?P<round>[(（])(?P<entity>[^()（）:：]+)(?P<end>[)）])"
    r"|(?P<json>[{｛][^{}｛｝]*[}｝]))"
)


def tidiness_findings(
    files: Iterable[Path],
    entities: Iterable[str],
    sources: StagedFiles,
    memory: TidyMemory | None = None,
) -> Iterator[Finding]:
    """Yield what is untidy in YAML files of a project, with the edits that mend it.

    Args:
        files: Those that were read.
        entities: Names that an annotation can mean.
        sources: Their texts.
        memory: What they had; files that are as they were are not looked at again.
    """
    known = frozenset(entities)
    before = {} if memory is None else memory
    for path in files:
        source = sources.by_places(shown(path)) if path.suffix in YAML_SUFFIXES else None
        if source is None:
            continue
        remembered = before.get(source.name)
        if remembered is None or remembered[:2] != (source.text, known):
            found = list(_findings_in(source, known, sources))
            before[source.name] = remembered = (source.text, known, found)
        yield from remembered[2]


def _findings_in(
    source: SourceFile, entities: frozenset[str], sources: StagedFiles
) -> Iterator[Finding]:
    document = source.document
    if not document.is_whole or not isinstance(document.root, YamlMap):
        return
    yield from _blanks(document, source)
    if any(key in document.root for key in _KEYS):
        yield from _version(document, source)
    yield from _wide_marks(document, source, entities)
    yield from _examples(document, source, sources)


def _problem(
    severity: Severity, code: str, place: Place, message: str, advice: str = "", *related: Place
) -> Problem:
    return Problem(
        place=place,
        severity=severity,
        code=code,
        message=message,
        advice=advice,
        related=related,
    )


# blanks


def _blanks(document: Document, source: SourceFile) -> Iterator[Finding]:
    """Yield blanks at the ends of lines that mean nothing, or become part of an example."""
    found: list[tuple[int, int, str]] = []
    for number, text in enumerate(source.lines, start=1):
        if match := _BLANKS.search(text):
            found.append((number, match.start() + 1, match[0]))
    if not found:
        return
    edits = [
        source.replacement(Place(source.name, line, column), len(blanks), "")
        for line, column, blanks in found
    ]
    kept = _harmless(document, source, edits)
    for (line, column, blanks), edit in zip(found, edits, strict=True):
        if edit in kept:
            odd = "tabs or wide blanks" if blanks.strip(" ") else "blanks"
            yield Finding(
                problem=_problem(
                    "note",
                    "lint.trailing-blanks",
                    Place(source.name, line, column),
                    f"{odd} stand at the end of the line",
                    "delete them, or run: kefu lint --fix",
                ),
                edits=(edit,),
                done="took blanks at the end of the line away",
            )


def _harmless(document: Document, source: SourceFile, edits: list[TextEdit]) -> set[TextEdit]:
    """Return the edits that change nothing that is said; in examples, nothing that is meant."""
    meant = _meant(plain(document.root))

    def is_same(some: list[TextEdit]) -> bool:
        after = source.edited(some).document
        return bool(_meant(plain(after.root)) == meant)

    if is_same(edits):
        return set(edits)
    return {edit for edit in edits[:_MOST_TRIED] if is_same([edit])}


_MOST_TRIED: Final = 200


def _meant(value: Any, key: str = "") -> Any:
    """Return content in which blanks at the ends of lines of examples do not count."""
    match value:
        case dict():
            return {name: _meant(one, str(name)) for name, one in value.items()}
        case list():
            return [_meant(one, key) for one in value]
        case str() if key == "examples":
            return [_BLANKS.sub("", line) for line in value.split("\n")]
        case _:
            return value


# versions


def _version(document: Document, source: SourceFile) -> Iterator[Finding]:
    root = document.root
    if root.get("version") is None and "version" not in root:
        line = min(document.key(root, key).line for key in root)
        yield Finding(
            problem=_problem(
                "note",
                "lint.no-version",
                Place(source.name, line),
                "the file does not say which format it has",
                f'write version: "{_VERSION}" at its top, or run: kefu lint --fix',
            ),
            edits=(source.insertion(line - 1, [f'version: "{_VERSION}"', ""]),),
            done=f'added version: "{_VERSION}"',
        )
        return
    version = root.get("version")
    if isinstance(version, str) and version.strip() == _VERSION:
        return
    place = document.value(root, "version")
    written = source.line(place.line - 1)[place.column - 1 :].partition("#")[0].rstrip()
    too_new = _number(version) > FORMAT_VERSION
    yield Finding(
        problem=_problem(
            "note",
            "lint.old-version",
            place,
            f"the file says version {written}",
            f'write version: "{_VERSION}"',
        ),
        edits=()
        if too_new or not written
        else (source.replacement(place, len(written), f'"{_VERSION}"'),),
        done=f'version {written} -> "{_VERSION}"',
    )


def _number(version: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", str(version))[:2])


# examples


class _All(NluCollector):
    """Gathers every example, the very same ones included."""

    def keep(self, example: Example) -> None:
        self.examples.append(example)


def _examples(document: Document, source: SourceFile, sources: StagedFiles) -> Iterator[Finding]:
    collector = _All(Report())
    collector.add(document)
    first: dict[tuple[Any, ...], Example] = {}
    for example in collector.examples:
        key = (example.text, example.full_intent, example.entities)
        known = first.setdefault(key, example)
        if known is not example and example.text:
            yield _repeated(example, known, source, sources)


def _repeated(
    example: Example, first: Example, source: SourceFile, sources: StagedFiles
) -> Finding:
    place = example.place
    line = source.line(place.line - 1)
    is_line = source_of(example, sources) is not None and line.lstrip().startswith("- ")
    is_own = place.line != first.place.line and not example.metadata.get("example")
    is_text = is_line and not line.lstrip().startswith(("- text:", "- user:"))
    return Finding(
        problem=_problem(
            "note",
            "lint.duplicate-example",
            place,
            f"the example {example.text!r} stands twice in intent {example.full_intent!r}",
            "delete it, or run: kefu lint --fix",
            first.place,
        ),
        edits=(source.deletion(place.line - 1, place.line - 1),) if is_text and is_own else (),
        done=f"took the second example {example.text!r} away",
    )


def _wide_marks(
    document: Document, source: SourceFile, entities: frozenset[str]
) -> Iterator[Finding]:
    """Look at the lines themselves, because what is wrong within braces is no example at all."""
    if "nlu" not in document.root:
        return
    first = document.key(document.root, "nlu").line
    for number, line in enumerate(source.lines[first:], start=first + 1):
        if not line.lstrip().startswith("- ") or not any(sign in line for sign in "】］）｝“："):
            continue
        for match in _WIDE_MARK.finditer(line):
            meant = _mark_meant(match, entities)
            if meant is not None:
                place = Place(source.name, number, match.start() + 1)
                yield Finding(
                    problem=_problem(
                        "warning",
                        "lint.wide-annotation",
                        place,
                        f"{match[0]!r} is no annotation, it has full-width signs",
                        f"write {meant}, or run: kefu lint --fix",
                    ),
                    edits=(source.replacement(place, len(match[0]), meant),),
                    done=f"{match[0]} -> {meant}",
                )


def _mark_meant(match: re.Match[str], entities: frozenset[str]) -> str | None:
    """Return the annotation that is meant; None when it is plain text, or right already."""
    if match[0].isascii() or match[0].translate(_WIDE) == match[0]:
        return None
    if match["entity"] is not None:
        name = match["entity"].strip()
        meant = f"[{match['text']}]({name})"
        return meant if name in entities and meant != match[0] else None
    attributes = match["json"].translate(_WIDE)
    try:
        given = json.loads(attributes)
    except ValueError:
        return None
    meant = f"[{match['text']}]{attributes}"
    is_known = isinstance(given, dict) and given.get("entity") in entities
    return meant if is_known and meant != match[0] else None
