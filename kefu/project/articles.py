"""Articles as read from a project's Markdown files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kefu.project.problems import Place

__all__ = ["Article", "Block", "BlockKind", "Section"]

BlockKind: TypeAlias = Literal["paragraph", "list", "table", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, list, table or block of code, without its marks."""

    kind: BlockKind
    lines: tuple[str, ...]
    """One line a paragraph, item, row or line of code, each readable by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands under one heading, up to the next heading of whatever level."""

    headings: tuple[str, ...]
    """The heading below those it belongs to; empty for what stands above the first one."""
    blocks: tuple[Block, ...]
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One file of ``data/knowledge/``."""

    id: str
    title: str
    sections: tuple[Section, ...]
    tags: tuple[str, ...] = ()
    """Other words that customers may use for what it is about."""
    valid_from: str = ""
    """First day on which it holds, as ``2026-01-31``; empty: it always has."""
    valid_until: str = ""
    """Last day on which it holds; empty: for good."""
    file: str = ""
    """Path below the project's folder."""
