"""What agents type into the search, and what is shown of what was found.

::

    退款 保温杯              both, anywhere in what was said
    "什么时候发货"            exactly that, one behind the other
    -发票                    not that
    from:agent 补发          said by: customer (客户), bot (机器人), agent (客服), private (备注)
    channel:wechat           only conversations on that channel
    after:2026-01-01         said on that day or later
    before:2026-02-01        said before that day

Filters have Chinese names as well: 来自, 渠道, 起, 止.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any, Final, Literal, TypeAlias

from kefu.desk.search_terms import Phrase, folded, phrase_of, ranges_of, terms_of
from kefu.errors import DeskError

__all__ = ["By", "Query", "Range", "Shown", "matches", "parsed", "shown"]

By = Literal["customer", "bot", "agent", "private", "step"]
"""Who said it; ``private``: an agent to colleagues; ``step``: nobody, it happened."""
Range: TypeAlias = tuple[int, int]

_LONGEST_QUERY: Final = 200
_MOST_PIECES: Final = 12
_SNIPPET: Final = 120
_LEAD: Final = 24
_MOST_RANGES: Final = 50
_PIECE: Final = re.compile(
    r"(?P<minus>[-－])?(?:(?P<key>[^\W\d]+)[:：])?"
    r"(?:[\"“”「](?P<quoted>[^\"“”」]*)[\"“”」]|(?P<plain>[^\s\"“”「」]+))|(?P<stray>\S)"
)
_KEYS: Final = {
    "from": "from",
    "来自": "from",
    "channel": "channel",
    "渠道": "channel",
    "after": "after",
    "起": "after",
    "before": "before",
    "止": "before",
}
_SPEAKERS: Final[dict[str, By]] = {
    "customer": "customer",
    "客户": "customer",
    "顾客": "customer",
    "bot": "bot",
    "机器人": "bot",
    "agent": "agent",
    "客服": "agent",
    "坐席": "agent",
    "private": "private",
    "note": "private",
    "备注": "private",
    "私密备注": "private",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for: all of :attr:`wanted`, none of :attr:`unwanted`."""

    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    by: By | None = None
    channel: str | None = None
    after: float | None = None
    """Said then or later, in seconds since the Unix epoch."""
    before: float | None = None
    """Said before then."""

    @property
    def is_about_messages(self) -> bool:
        """Whether it asks for something that only messages have."""
        return not (self.by is None and self.after is None and self.before is None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of a text with what was looked for in it."""

    snippet: str
    ranges: tuple[Range, ...] = field(default=())
    """Where it stands, ascending, counted in UTF-16 code units as browsers count; end excluded."""


def parsed(text: str, zone: tzinfo) -> Query:
    """Return what ``text`` asks for; days begin at midnight in ``zone``.

    Raises:
        DeskError: It cannot be understood; the text says which part, and what would do.
    """
    if len(text) > _LONGEST_QUERY:
        raise _bad(
            f"a query has at most {_LONGEST_QUERY} characters",
            why="length",
            least=1,
            most=_LONGEST_QUERY,
        )
    query = Query()
    for count, piece in enumerate(_PIECE.finditer(text), 1):
        if count > _MOST_PIECES:
            message = f"a query has at most {_MOST_PIECES} words and filters"
            raise _bad(message, why="pieces", most=_MOST_PIECES)
        query = _with(query, piece, zone)
    if not query.wanted:
        raise _bad(
            "say at least one word, number or character to look for, not only what to leave out",
            why="nothing-wanted",
        )
    if query.after is not None and query.before is not None and query.after >= query.before:
        message = "'after:' is not before 'before:': nothing could be found"
        raise _bad(message, why="no-time-between")
    return query


def _with(query: Query, piece: re.Match[str], zone: tzinfo) -> Query:
    """Return the query with one more piece."""
    if piece["stray"]:
        return query
    key = _KEYS.get((piece["key"] or "").casefold())
    value = piece["quoted"] if piece["quoted"] is not None else piece["plain"]
    if key is not None:
        if piece["minus"]:
            message = f"{piece[0]!r}: a filter cannot be left out; leave words out with -word"
            raise _bad(message, why="filter-left-out", piece=piece[0])
        return _filtered(query, key, value.strip(), zone)
    said = value if piece["key"] is None else f"{piece['key']}:{value}"
    phrase = phrase_of(said, is_whole=piece["quoted"] is not None)
    if phrase is None:
        return query  # punctuation: nothing that could be found
    if piece["minus"]:
        return replace(query, unwanted=(*query.unwanted, phrase))
    return replace(query, wanted=(*query.wanted, phrase))


def _filtered(query: Query, key: str, value: str, zone: tzinfo) -> Query:
    match key:
        case "from":
            by = _SPEAKERS.get(value.casefold())
            if by is None:
                known = "customer 客户, bot 机器人, agent 客服, private 备注"
                raise _bad(f"'from:{value}': say one of {known}", why="speaker", value=value)
            return replace(query, by=by)
        case "channel":
            return replace(query, channel=value)
        case "after":
            return replace(query, after=_day(key, value, zone))
        case _:
            return replace(query, before=_day(key, value, zone))


def _day(key: str, value: str, zone: tzinfo) -> float:
    try:
        day = date.fromisoformat(value)
        return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
    except (ValueError, OverflowError) as error:
        message = f"'{key}:{value}': give a day such as {key}:2026-01-31"
        raise _bad(message, why="day", key=key, value=value) from error


def _bad(text: str, *, why: str, **values: Any) -> DeskError:
    return DeskError("bad-query", text, status=400, details={"why": why, **values})


def matches(query: Query, text: str) -> tuple[Range, ...] | None:
    """Return where what is looked for stands in ``text``, ascending and apart; None: not all does.

    Filters are not looked at.
    """
    here = folded(text)
    terms = terms_of(here.text)
    if any(any(True for _ in ranges_of(phrase, here, terms)) for phrase in query.unwanted):
        return None
    found: list[Range] = []
    for phrase in query.wanted:
        places = list(ranges_of(phrase, here, terms))
        if not places:
            return None
        found += places
    return _joined(found)


def _joined(ranges: list[Range]) -> tuple[Range, ...]:
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def shown(text: str, ranges: Sequence[Range]) -> Shown:
    """Return the part of ``text`` around the first range, with the ranges that lie in it."""
    begin, end = 0, len(text)
    if end > _SNIPPET:
        first = ranges[0][0] if ranges else 0
        begin = max(0, min(first - _LEAD, end - _SNIPPET))
        end = min(end, begin + _SNIPPET)
    lead, tail = "…" if begin else "", "…" if end < len(text) else ""
    part = text[begin:end]
    within = (
        (max(start, begin) - begin, min(stop, end) - begin)
        for start, stop in ranges
        if start < end and stop > begin
    )
    places = tuple(
        (len(lead) + _units(part[:start]), len(lead) + _units(part[:stop]))
        for start, stop in within
    )
    return Shown(f"{lead}{part}{tail}", places[:_MOST_RANGES])


def _units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)
