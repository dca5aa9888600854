"""Rules of which two can hold at once, though neither is a special case of the other.

Which of them then applies is decided by the length of their descriptions, which nobody who
writes rules thinks of. Rasa takes such rules without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from kefu.policies.rule.book import Rule, RuleBook
from kefu.policies.rule.checking import Witness
from kefu.policies.situation import Situation
from kefu.project.problems import Place, Problem

__all__ = ["overlap_problems"]

Demands = dict[tuple[int, str, str], object]
"""(turns ago, kind, name) -> value that must hold."""


def overlap_problems(book: RuleBook, witnesses: Mapping[str, Sequence[Witness]]) -> list[Problem]:
    """Return a note for each group of rules that can hold at once and say different things."""
    problems: dict[tuple[Witness, ...], Problem] = {}
    for rules in book.neighbours():
        rivals: dict[str, Witness] = {}
        for one, two in combinations(rules, 2):
            if one.outcome != two.outcome and _are_rivals(one, two):
                first, second = _witness(one, witnesses), _witness(two, witnesses)
                if first and second and first.name != second.name:
                    rivals.update({first.name: first, second.name: second})
        if rivals:
            group = tuple(rivals.values())
            problems.setdefault(group, _problem(group))
    return list(problems.values())


def _witness(rule: Rule, witnesses: Mapping[str, Sequence[Witness]]) -> Witness | None:
    return next((w for w in witnesses.get(rule.key, ()) if w.action == rule.outcome), None)


def _demands(rule: Rule) -> Demands:
    demands: Demands = {}
    for age, situation in enumerate(reversed(rule.situations)):
        for kind, name, value in _demands_of(situation):
            demands[age, kind, name] = value
    return demands


def _demands_of(situation: Situation) -> Iterator[tuple[str, str, object]]:
    yield "action", "", situation.action
    if situation.loop is not None:
        yield "loop", "", situation.loop
    if situation.user is not None:
        user = situation.user
        given = (("intent", user.intent), ("text", user.text), ("entities", user.entities))
        yield from (("user", name, value) for name, value in given if value)
    if situation.slots is not None:
        yield from (("slot", name, value) for name, value in situation.slots.values.items())


def _are_rivals(one: Rule, two: Rule) -> bool:
    """Whether both can hold after the same turns, and each demands something of its own."""
    if len(one.situations) != len(two.situations):
        return False
    first, second = _demands(one), _demands(two)
    shared = first.keys() & second.keys()
    if any(first[key] != second[key] for key in shared):
        return False
    return len(shared) < len(first) and len(shared) < len(second)


def _problem(rivals: Sequence[Witness]) -> Problem:
    first, *others = rivals
    also = ", ".join(f"'{rule.name}' ({rule.place}) says '{rule.action}'" for rule in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return Problem(
        place=first.place or Place("data"),
        severity="note",
        code="rule.overlap",
        message=f"rules can hold at the same time: '{first.name}' says '{first.action}', "
        f"{also}{more}",
        advice="let their conditions exclude one another, or be sure that they never meet",
        related=tuple(rule.place for rule in others if rule.place),
    )
