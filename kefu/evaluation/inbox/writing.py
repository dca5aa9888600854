"""Writes examples into the project's files, and takes them out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.errors import EditRefused, FileChanged
from kefu.evaluation.inbox.groups import NO_INTENTS
from kefu.evaluation.inbox.proposing import still_personal
from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.editing import FileChange, ProjectEditor
from kefu.project.files import shown

__all__ = ["Placed", "remove_examples", "write_examples"]

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """An example where it stands."""

    source: str
    file: str
    line: int
    """From 1."""


def write_examples(
    make: Callable[[], ProjectEditor], intent: str, sources: Sequence[str], *, is_new: bool
) -> tuple[list[Placed], tuple[FileChange, ...]]:
    """Make sentences examples of an intent; return where they stand, and what was changed.

    Args:
        make: Makes an editor of the project.
        intent: With the part behind the slash of a retrieval intent.
        sources: Sentences with their annotations.
        is_new: The intent may be one that the project does not have yet.

    Raises:
        EditRefused: A sentence is an example already, or holds somebody's data; there is no such
            intent; a file cannot be changed. Nothing was written.
    """
    for source in sources:
        _check(source)
    for attempt in range(1, _ATTEMPTS + 1):
        editor = make()
        _check_intent(editor, intent, is_new=is_new)
        _check_others(editor, sources)
        for source in sources:
            editor.add_example(intent, source)
        editor.add_to_domain("intents", intent.partition(RETRIEVAL_DELIMITER)[0])
        for entity in {one.entity for s in sources for one in read_annotations(s).entities}:
            editor.add_to_domain("entities", entity)
        places = {
            example.source: Placed(example.source, shown(path), example.line)
            for path, example in editor.examples(intent)
        }
        try:
            changes = editor.save()
        except FileChanged:
            if attempt == _ATTEMPTS:
                raise
        else:
            return [places[" ".join(source.split())] for source in sources], changes
    raise AssertionError


def remove_examples(make: Callable[[], ProjectEditor], intent: str, sources: Sequence[str]) -> None:
    """Take examples out of the files; those that are not there any more are passed over.

    Raises:
        EditRefused: A file cannot be changed.
    """
    editor = make()
    known = {example.source for _, example in editor.examples(intent)}
    for source in sources:
        if source in known:
            editor.remove_example(intent, source)
    editor.save()


def _check(source: str) -> None:
    try:
        text = read_annotations(source).text
    except AnnotationError as error:
        raise EditRefused(f"{source!r} cannot be an example: {error.message}") from error
    if not text.strip():
        raise EditRefused("an example cannot be empty")
    if found := still_personal(source):
        raise EditRefused(
            f"{found!r} may be somebody's own: write something neutral in its place, such as"
            " [602600001001](order_no)"
        )


def _check_intent(editor: ProjectEditor, intent: str, *, is_new: bool) -> None:
    if not intent or intent in NO_INTENTS:
        raise EditRefused(f"{intent!r} is no intent that could have examples")
    known = editor.intents()
    answers = [name for name in known if name.startswith(f"{intent}{RETRIEVAL_DELIMITER}")]
    if answers:
        raise EditRefused(f"{intent!r} has several answers: choose one of {', '.join(answers)}")
    if intent in known or is_new:
        return
    near = get_close_matches(intent, known, n=3)
    meant = f"did you mean {', '.join(near)}? If not, say" if near else "say"
    raise EditRefused(f"there is no intent {intent!r}: {meant} that it is to be a new one")


def _check_others(editor: ProjectEditor, sources: Sequence[str]) -> None:
    texts = {read_annotations(source).text for source in sources}
    for path, example in editor.all_examples():
        if example.text in texts:
            raise EditRefused(
                f"{shown(path)}:{example.line}: {example.text!r} is an example of"
                f" {example.intent!r} already"
            )
