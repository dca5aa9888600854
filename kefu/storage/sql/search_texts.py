"""What texts and queries are in the languages of the two full-text indexes.

Terms hold letters, digits and marks only, so nothing in them needs to be escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kefu.desk.search import By, Query
from kefu.desk.search_terms import Phrase, folded, terms_of

__all__ = ["INDEX_VERSION", "fts_query", "fts_terms", "ts_query", "ts_terms"]

INDEX_VERSION: Final = 1
"""Grows with every change of what the index holds: one of another version is made anew."""
_SPEAKER: Final = "§"
"""Begins the term that tells who said something; no text has such a term."""


def fts_terms(texts: Iterable[str], by: By | None = None) -> str:
    """Return what SQLite's index holds of something."""
    speaker = [] if by is None else [f"{_SPEAKER}{by}"]
    return " ".join([*speaker, *(term for text in texts for term in _terms(text))])


def fts_query(query: Query) -> str:
    """Return a query in the language of FTS5."""
    wanted = [_fts_phrase(phrase) for phrase in query.wanted]
    if query.by is not None:
        wanted.append(f'"{_SPEAKER}{query.by}"')
    found = f"({' AND '.join(wanted)})"
    if query.unwanted:
        found += f" NOT ({' OR '.join(map(_fts_phrase, query.unwanted))})"
    return found


def _fts_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.terms)}"{" *" if phrase.is_prefix else ""}'


def ts_terms(texts: Iterable[str], by: By | None = None) -> str:
    """Return what PostgreSQL's index holds of something, as the text of a ``tsvector``."""
    places: dict[str, list[int]] = {}
    count = 0
    for text in texts:
        for term in _terms(text):
            count += 1
            places.setdefault(term, []).append(count)
    held = [f"'{term}':{','.join(map(str, at))}" for term, at in places.items()]
    speaker = [] if by is None else [f"'{_SPEAKER}{by}'"]
    return " ".join([*speaker, *held])


def ts_query(query: Query) -> str:
    """Return a query as the text of a ``tsquery``."""
    wanted = [_ts_phrase(phrase.terms, is_prefix=phrase.is_prefix) for phrase in query.wanted]
    if query.by is not None:
        wanted.append(f"'{_SPEAKER}{query.by}'")
    wanted += [
        f"!{_ts_phrase(phrase.terms, is_prefix=phrase.is_prefix)}" for phrase in query.unwanted
    ]
    return " & ".join(wanted)


def _ts_phrase(terms: Sequence[str], *, is_prefix: bool) -> str:
    joined = " <-> ".join(f"'{term}'" for term in terms)
    return f"({joined}{':*' if is_prefix else ''})"


def _terms(text: str) -> list[str]:
    return [term.text for term in terms_of(folded(text).text)]
