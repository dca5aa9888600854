"""Reads the Markdown files of ``data/knowledge/``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from kefu.project.articles import Article
from kefu.project.files import shown
from kefu.project.markdown import read_markdown
from kefu.project.problems import Place, Report
from kefu.project.shape import Shape
from kefu.project.yaml import Document, YamlList, YamlMap, parse
from kefu.project.yaml_syntax import decode

__all__ = ["ArticleCollector", "is_article"]

FOLDER: Final = "knowledge"
_KEYS: Final = ("id", "title", "tags", "valid_from", "valid_until")
_EDGE: Final = re.compile(r"^---[ \t]*$")
_SLUG: Final = re.compile(r"[\w.-]{1,64}")


def is_article(path: Path, root: Path) -> bool:
    """Whether a file is an article: Markdown somewhere below a folder ``knowledge``."""
    try:
        folders = path.absolute().relative_to(root.absolute()).parts[:-1]
    except ValueError:
        folders = path.parts[-2:-1]
    return path.suffix == ".md" and FOLDER in folders


class ArticleCollector:
    """Takes the articles of a project, file by file."""

    def __init__(self, root: Path, report: Report) -> None:
        self._root = root
        self._report = report
        self._articles: dict[str, Article] = {}
        self._places: dict[str, Place] = {}

    @property
    def articles(self) -> tuple[Article, ...]:
        """All articles, in the order in which they were read."""
        return tuple(self._articles.values())

    def add(self, path: Path) -> None:
        """Read a file; what is wrong with it is reported."""
        file = shown(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            self._report.error("file.unreadable", Place(file), f"the file cannot be read: {reason}")
            return
        text = decode(data, file, self._report)
        if text is None:
            return
        article, place = self._article(path, file, text)
        if article.id in self._articles:
            self._report.error(
                "article.same-id",
                place,
                f"another article has the id {article.id!r}, too",
                "give one of them another id",
                self._places[article.id],
            )
            return
        if not article.sections:
            message = "the article has no text"
            self._report.warning("article.empty", Place(file), message, "write it, or delete it")
        self._articles[article.id] = article
        self._places[article.id] = place

    def _article(self, path: Path, file: str, text: str) -> tuple[Article, Place]:
        said, text, first_line = _front_matter(text, file, self._report)
        marked = read_markdown(text, file, self._report, first_line=first_line)
        place = Place(file, 1)
        head = _Head(said, self._report) if said is not None else None
        title = (head and head.text("title")) or marked.title
        if not title:
            title = path.stem.replace("_", " ").replace("-", " ")
            advice = "begin it with: # Title"
            self._report.warning("article.no-title", place, "the article has no title", advice)
        article = Article(
            id=(head and head.id()) or path.stem,
            title=title,
            sections=tuple(marked.sections),
            tags=head.tags() if head else (),
            valid_from=head.day("valid_from") if head else "",
            valid_until=head.day("valid_until") if head else "",
            file=_below(path, self._root),
        )
        if article.valid_until and article.valid_from > article.valid_until and head:
            head.report_order()
        return article, place


class _Head:
    """The front matter of an article."""

    def __init__(self, document: Document, report: Report) -> None:
        self._document = document
        self._shape = Shape(document, report, "article")
        found = self._shape.as_map(document.root, Place(document.file, 2), "the front matter")
        self._node = found if found is not None else YamlMap(_START)
        self._shape.known_keys(self._node, _KEYS, "the front matter")

    def text(self, key: str) -> str:
        return (self._shape.text_at(self._node, key, f"{key!r}") or "").strip()

    def id(self) -> str:
        name = self.text("id")
        if name and not _SLUG.fullmatch(name):
            self._shape.wrong(self._at("id"), "'id'", "letters, digits, - and _ only", name)
            return ""
        return name

    def tags(self) -> tuple[str, ...]:
        value = self._node.get("tags")
        if value is None:
            return ()
        tags: Sequence[object] = value if isinstance(value, YamlList) else [value]
        wrong = [tag for tag in tags if not isinstance(tag, str)]
        if wrong:
            self._shape.wrong(self._at("tags"), "'tags'", "a list of texts", wrong[0])
        return tuple(tag for tag in tags if isinstance(tag, str))

    def day(self, key: str) -> str:
        value = self._node.get(key)
        if value is None:
            return ""
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            message = f"{key!r} is {str(value)!r}, but there is no such day"
            advice = "write a day such as 2026-01-31"
            self._shape.report.error("article.wrong-type", self._at(key), message, advice)
            return ""

    def report_order(self) -> None:
        self._shape.report.error(
            "article.bad-days",
            self._at("valid_until"),
            "'valid_until' lies before 'valid_from'",
            "change one of them",
        )

    def _at(self, key: str) -> Place:
        return self._document.value(self._node, key)


class _Start:
    line = 0
    column = 0


_START: Final = _Start()


def _front_matter(text: str, file: str, report: Report) -> tuple[Document | None, str, int]:
    """Return the front matter, the rest of the text and the number of the rest's first line."""
    lines = text.split("\n")
    if not _EDGE.match(lines[0]):
        return None, text, 1
    end = next((i for i, line in enumerate(lines[1:], 1) if _EDGE.match(line)), None)
    if end is None:
        report.error(
            "article.open-front-matter",
            Place(file, 1),
            "the front matter that begins with --- has no end",
            "write --- behind it",
        )
        return None, "\n".join(lines[1:]), 2
    head = "\n".join(["", *lines[1:end]])
    return parse(head, file, report, environment={}), "\n".join(lines[end + 1 :]), end + 2


def _below(path: Path, root: Path) -> str:
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.name
