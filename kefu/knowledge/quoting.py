"""Which sentences of a passage are said as the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kefu.knowledge.passages import Passage, said
from kefu.knowledge.terms import terms_of

__all__ = ["quoted"]

SHORT: Final = 90
"""A passage of so many characters is said as a whole."""
LONGEST: Final = 240
_MOST: Final = 3
"""So many sentences that were not needed by another one are said."""
_NEARLY: Final = 0.6
"""A sentence that says so much of the question, beside the best one, is said as well."""
_LEADS_IN: Final = ("：", ":")
_FOLLOWS_ON: Final = (
    "但", "不过", "如果", "若", "否则", "其中", "此外", "另外", "同时", "因此", "所以", "例如",
    "比如", "这", "该", "其", "它", "However", "But", "If", "This", "It", "Otherwise", "Then",
)  # fmt: skip


def quoted(passage: Passage, weights: Mapping[str, float]) -> str:
    """Return the sentences that answer best: whole ones, in their order.

    Args:
        passage: Where they stand.
        weights: How much each term of the question counts.
    """
    units = passage.units
    if sum(map(len, units)) <= SHORT:
        return passage.text
    values = [_value(unit, weights) for unit in units]
    order = sorted(range(len(units)), key=lambda number: (-values[number], number))
    chosen: set[int] = set()
    for number in order[:_MOST]:
        further = _with_needed(passage, number) - chosen
        size = sum(len(units[one]) for one in chosen | further)
        is_worth = values[number] > 0 and values[number] >= _NEARLY * values[order[0]]
        if not chosen or (is_worth and size <= LONGEST):
            chosen |= further
    in_order = sorted(chosen)
    return said([units[number] for number in in_order], passage.breaks, in_order)


def _value(unit: str, weights: Mapping[str, float]) -> float:
    return sum(weights.get(term, 0.0) for term in set(terms_of(unit)))


def _with_needed(passage: Passage, number: int) -> set[int]:
    """Return a unit with those that it cannot be understood without."""
    units = passage.units
    chosen = {number}
    announced_by = _lead_in(passage, number)
    if units[number].endswith(_LEADS_IN):
        chosen |= set(_as_far_as(passage, number + 1, len(units[number])))
    elif announced_by is not None:
        chosen.add(announced_by)
        if _is_step(units[number]):
            chosen |= set(_as_far_as(passage, announced_by + 1, len(units[announced_by])))
    elif number and units[number].startswith(_FOLLOWS_ON):
        chosen.add(number - 1)
    return chosen


def _as_far_as(passage: Passage, begin: int, size: int) -> Iterator[int]:
    """Yield the items of a list from ``begin`` on, as many as an answer may have."""
    for number in range(begin, len(passage.units)):
        size += len(passage.units[number])
        if number not in passage.breaks or size > LONGEST:
            return
        yield number


def _is_step(unit: str) -> bool:
    """Whether a unit is an item of a list with numbers: one step makes no sense alone."""
    return unit[:1].isdigit() and unit.lstrip("0123456789").startswith(". ")


def _lead_in(passage: Passage, number: int) -> int | None:
    """Return the unit that announces the list in which a unit stands."""
    if number not in passage.breaks:
        return None
    for before in range(number - 1, -1, -1):
        if passage.units[before].endswith(_LEADS_IN):
            return before
        if before not in passage.breaks:
            return None
    return None
