"""What a waiting customer asks of an agent at one moment, and when that will change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kefu.desk.routing import EVERYBODY, Rules, Waiting

__all__ = ["Demand", "Demands", "is_overflowing", "is_understood", "next_change"]


Demand = tuple[frozenset[str], frozenset[str] | None, str, frozenset[str], bool]
"""What makes customers alike for routing; agents fit all of them, or none: skills; groups of which
an agent is in one, None: it does not matter; the language, empty: it does not matter; who is not
to get it; and whether those do where nobody else has room. A bare tuple, since one is made and
looked up for everybody who waits."""


class Demands:
    """Tells what customers ask for at one moment."""

    def __init__(self, rules: Rules, now: float) -> None:
        self._rules = rules
        self._now = now
        self._steps = {group: sorted(steps) for group, steps in rules.overflow.items()}
        self._groups: dict[tuple[str, tuple[str, ...], int], frozenset[str] | None] = {}

    def of(self, item: Waiting) -> Demand:
        """Return what a customer asks for, after the rules that hold after so much waiting."""
        rules, now, since = self._rules, self._now, item.waiting_since
        skills, group, language, not_to = item.skills, item.group_id, item.language, item.not_to
        if skills and _is_over(since, rules.skill_relax_seconds, now):
            skills = _NOTHING
        if language and _is_over(since, rules.language_relax_seconds, now):
            language = ""
        groups = None if group is None else self._groups_of(item, group)
        if not not_to:
            return skills, groups, language, not_to, False
        has_waited = _is_over(put_in_line(item), rules.not_to_seconds, now)
        return skills, groups, language, not_to, has_waited

    def is_held(self, item: Waiting) -> bool:
        """Whether it is still worth waiting for the agent the customer knows."""
        return _may_be_held(item) and not _is_over(
            item.waiting_since, self._rules.last_agent_seconds, self._now
        )

    def _groups_of(self, item: Waiting, group: str) -> frozenset[str] | None:
        opened = 0
        steps = self._steps.get(group, ())
        for after, _ in steps:
            if self._now < item.waiting_since + after:
                break
            opened += 1
        key = (group, item.overflow_groups, opened)
        if key not in self._groups:
            groups = {group, *item.overflow_groups, *(to for _, to in steps[:opened])}
            self._groups[key] = None if EVERYBODY in groups else frozenset(groups)
        return self._groups[key]


_NOTHING: Final[frozenset[str]] = frozenset()


def _is_over(since: float, seconds: float | None, now: float) -> bool:
    return seconds is not None and now >= since + seconds


def put_in_line(item: Waiting) -> float:
    """Return since when a customer waits without having been offered to anybody."""
    return item.waiting_since if item.put_in_line_at is None else item.put_in_line_at


def _may_be_held(item: Waiting) -> bool:
    last = item.last_agent_id
    return last is not None and not item.is_first_in_line and last not in item.not_to


def is_understood(language: str, tag: str) -> bool:
    """Whether who speaks the language of a tag understands another: one is a case of the other.

    So ``zh`` and ``zh-CN`` understand each other, ``zh-TW`` and ``zh-CN`` do not; capitals and
    ``_`` for ``-`` make no difference (RFC 4647, basic filtering, both ways).
    """
    one, other = (text.lower().replace("_", "-") for text in (language, tag))
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def is_overflowing(item: Waiting, rules: Rules, now: float) -> bool:
    """Whether a customer has waited so long that another group may answer, too."""
    if item.group_id is None:
        return False
    meant = {item.group_id, *item.overflow_groups}
    steps = rules.overflow.get(item.group_id, ())
    return any(_is_over(item.waiting_since, after, now) for after, to in steps if to not in meant)


def next_change(waiting: Iterable[Waiting], rules: Rules, now: float) -> float | None:
    """Return the first moment after ``now`` at which a rule changes who fits whom, if there is one.

    Until then, as long as customers and agents stay as they are, a strategy decides as it did.
    """
    moments = (at for item in waiting for at in _changes(item, rules) if at > now)
    return min(moments, default=None)


def _changes(item: Waiting, rules: Rules) -> Iterator[float]:
    since = item.waiting_since
    if item.skills and rules.skill_relax_seconds is not None:
        yield since + rules.skill_relax_seconds
    if item.language and rules.language_relax_seconds is not None:
        yield since + rules.language_relax_seconds
    if _may_be_held(item):
        yield since + rules.last_agent_seconds
    if item.not_to:
        yield put_in_line(item) + rules.not_to_seconds
    steps = () if item.group_id is None else rules.overflow.get(item.group_id, ())
    is_open = {item.group_id, *item.overflow_groups} if steps else set()
    for after, group in sorted(steps):
        if group not in is_open and EVERYBODY not in is_open:
            is_open.add(group)
            yield since + after
