"""Writes annotations into the source text of examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kefu.errors import EditRefused
from kefu.project.annotations import AnnotationError, plain_stretches, read_annotations
from kefu.project.editing.annotating import annotated
from kefu.project.editing.source import TextEdit
from kefu.project.editing.staging import StagedFiles
from kefu.project.lint.findings import Finding
from kefu.project.lint.unmarked import Mark, Unmarked, find_unmarked
from kefu.project.nlu_data import EntityAnnotation, Example, NluData
from kefu.project.problems import Place, Problem

__all__ = ["annotation", "annotation_findings", "source_of"]


def annotation_findings(nlu: NluData, sources: StagedFiles) -> Iterator[Finding]:
    """Yield the unmarked values of entities, with the edits that would mark them."""
    for found in find_unmarked(nlu):
        place, edit = _located(found, sources)
        edits = (edit,) if edit else ()
        yield Finding(
            problem=_problem(found, place, is_fixable=bool(edits)),
            edits=edits,
            repair="annotations",
            done=f"marked {found.word!r} as {found.entity!r}",
        )


def annotation(word: str, mark: Mark) -> str:
    """Return a word with its annotation, in the short form where that says all.

    Raises:
        EditRefused: The mark cannot be written, as a value with a brace.
    """
    marked = EntityAnnotation(
        entity=mark.entity,
        value=mark.value,
        start=0,
        end=len(word),
        role=mark.role,
        group=mark.group,
    )
    return annotated(word, [marked])


def source_of(example: Example, sources: StagedFiles) -> str | None:
    """Return an example as written in its file; None when it is not plain text in one line."""
    source = sources.by_places(example.place.file)
    if source is None:
        return None
    written = source.line(example.place.line - 1)[example.place.column - 1 :].rstrip()
    try:
        return written if read_annotations(written).text == example.text else None
    except AnnotationError:
        return None


def _located(found: Unmarked, sources: StagedFiles) -> tuple[Place, TextEdit | None]:
    """Return the place of the word, and the edit that marks it where that is possible."""
    example = found.example
    written = source_of(example, sources)
    source = sources.by_places(example.place.file)
    if written is None or source is None:
        return example.place, None
    for start, end, at in plain_stretches(written):
        if start <= found.start and found.end <= end:
            column = example.place.column + at + found.start - start
            place = Place(example.place.file, example.place.line, column)
            text = _written(found)
            return place, source.replacement(place, len(found.word), text) if text else None
    return example.place, None


def _written(found: Unmarked) -> str:
    """Return the word as it should be marked, empty where nobody can say how."""
    if found.mark is None:
        return ""
    try:
        return annotation(found.word, found.mark)
    except EditRefused:
        return ""


_LISTS: Final = {"lookup": "a lookup table lists it", "synonym": "a synonym lists it"}


def _problem(found: Unmarked, place: Place, *, is_fixable: bool) -> Problem:
    code, why = "lint.unmarked-value", f"marked in {found.marked:,} of {found.occurrences:,} places"
    if found.source != "examples":
        code, why = "lint.unmarked-listed-value", f"{_LISTS[found.source]}, {why}"
    message = f"{found.word!r} is not marked as {found.entity!r} here ({why})"
    if not found.marked:
        message = (
            f"{found.word!r} is marked as {found.entity!r} in none of {found.occurrences:,} "
            "examples, though a lookup table lists it"
        )
    return Problem(
        place=place,
        severity="note",
        code=code,
        message=message,
        advice=_advice(found, is_fixable=is_fixable),
    )


def _advice(found: Unmarked, *, is_fixable: bool) -> str:
    if is_fixable:
        return "mark it, or run: kefu lint --fix annotations"
    if text := _written(found):
        return f"mark it: {text}"
    if not found.marked:
        return f"mark it wherever it is meant, or take it off the {found.source}"
    return "mark it; elsewhere that is done in several ways, so it is not done for you"
