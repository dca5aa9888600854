"""Takes HTML comments out of Markdown, and tells which kind of training data a file has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["Line", "Markdown", "kind_of_markdown", "lines_of"]

Markdown = Literal["nlu", "stories", "answers"]

_NLU: Final = re.compile(r"^##\s*(?:intent|synonym|regex|lookup)\s*:", re.MULTILINE)
_ANSWER: Final = re.compile(r"^##[^\n]*\n\s*[*]\s*[\w-]+/[\w-]+\s*\n\s*-", re.MULTILINE)
_STORY: Final = re.compile(r"^\s*(?:[*]\s*\S|>\s*\w)", re.MULTILINE)
_COMMENT: Final = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a Markdown file without its comments."""

    number: int
    text: str
    comments: tuple[str, ...] = ()


def kind_of_markdown(text: str) -> Markdown | None:
    """Return what training data a file of Rasa 1 has, None when it is some other text."""
    bare = _COMMENT.sub("", text)
    if _NLU.search(bare):
        return "nlu"
    if _ANSWER.search(bare):
        return "answers"
    has_actions = re.search(r"^\s*-\s*\w", bare, re.MULTILINE)
    has_title = re.search(r"^##?\s", bare, re.MULTILINE)
    has_steps = re.search(
        r"^\s*[*]\s*[^\s*][^\n]*\n+\s*(?:-\s*\w|[*]\s*\w|>|\n*#)", bare, re.MULTILINE
    )
    return "stories" if has_title and has_steps and has_actions and _STORY.search(bare) else None


def lines_of(text: str) -> list[Line]:
    """Return all lines; a comment belongs to the line on which it begins."""
    found: list[Line] = []
    comments: dict[int, list[str]] = {}

    def blanked(match: re.Match[str]) -> str:
        number = text.count("\n", 0, match.start()) + 1
        comments.setdefault(number, []).extend(
            line.strip() for line in match[1].strip().split("\n") if line.strip()
        )
        return "\n" * match[0].count("\n")

    for number, line in enumerate(_COMMENT.sub(blanked, text).split("\n"), start=1):
        found.append(Line(number, line.rstrip(), tuple(comments.get(number, ()))))
    return found
