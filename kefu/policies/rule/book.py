"""Rules in the form they are matched in, found by the last action and the message."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kefu.core.names import SHOULD_NOT_BE_SET
from kefu.policies.situation import Situation, SlotView, UserView

__all__ = ["Rule", "RuleBook"]


class Rule:
    """In these situations, this follows.

    Attributes:
        key: The situations in canonical JSON. The longer it is, the more specific the rule.
        outcome: The action that follows; for rules about leaving a form what is to be noted.
        situations: The situations that must hold, oldest first.
    """

    __slots__ = ("key", "outcome", "situations")

    def __init__(self, key: str, outcome: str) -> None:
        self.key = key
        self.outcome = outcome
        self.situations = tuple(Situation.from_json(raw) for raw in json.loads(key))

    def matches(self, situations: Sequence[Situation]) -> bool:
        """Whether the rule holds at the end of ``situations``."""
        pairs = zip(reversed(self.situations), reversed(situations), strict=False)
        return all(_holds(required, actual) for required, actual in pairs)


def _holds(required: Situation, actual: Situation) -> bool:
    if required.action is None or actual.action is None:
        # Only a rule for the start of a conversation matches there, and nowhere else.
        return required.action is actual.action
    return (
        required.action == actual.action
        and required.action_is_text == actual.action_is_text
        and (required.loop is None or _agrees(required.loop, actual.loop))
        and (required.user is None or _same_message(required.user, actual.user))
        and (required.slots is None or _same_slots(required.slots, actual.slots))
    )


def _agrees(required: object, actual: object) -> bool:
    if required == SHOULD_NOT_BE_SET:
        return not actual or actual == SHOULD_NOT_BE_SET
    return required == actual


def _same_message(required: UserView, actual: UserView | None) -> bool:
    if actual is None:
        return required.is_empty
    return (
        (not required.intent or required.intent == actual.intent)
        and (not required.text or required.text == actual.text)
        and (not required.entities or required.entities == actual.entities)
    )


def _same_slots(required: SlotView, actual: SlotView | None) -> bool:
    values = actual.values if actual is not None else {}
    return all(_agrees(value, values.get(name)) for name, value in required.values.items())


class RuleBook:
    """Many rules, with the few that can apply now quickly at hand."""

    __slots__ = ("_index", "longest", "rules")

    def __init__(self, outcomes: Mapping[str, str]) -> None:
        self.rules = {key: Rule(key, outcome) for key, outcome in outcomes.items()}
        self.longest = max((len(rule.situations) for rule in self.rules.values()), default=0)
        self._index: dict[tuple[str | None, str | None, str | None], list[Rule]]
        self._index = defaultdict(list)
        for rule in self.rules.values():
            self._index[_address(rule.situations[-1])].append(rule)

    def applicable(self, situations: Sequence[Situation]) -> list[Rule]:
        """Return the rules that hold at the end of ``situations``, which may be cut short."""
        if not situations or not self.rules:
            return []
        last = situations[-1]
        found: list[Rule] = []
        for address in _addresses(last):
            found.extend(rule for rule in self._index.get(address, ()) if rule.matches(situations))
        return found

    def best(self, situations: Sequence[Situation]) -> Rule | None:
        """Return the most specific rule that holds; of equally long ones the first in order."""
        rules = self.applicable(situations)
        return min(rules, key=lambda rule: (-len(rule.key), rule.key)) if rules else None

    def neighbours(self) -> Iterator[list[Rule]]:
        """Yield groups of rules for the same last action, and the same message if any."""
        for (action, intent, text), rules in self._index.items():
            general = self._index.get((action, None, None), []) if intent or text else []
            yield [*general, *rules]

    def without(self, key: str) -> RuleBook:
        """Return the book without one rule."""
        return RuleBook({k: rule.outcome for k, rule in self.rules.items() if k != key})

    def outcomes(self) -> dict[str, str]:
        """Return what the book can be built from again."""
        return {key: rule.outcome for key, rule in self.rules.items()}


def _address(situation: Situation) -> tuple[str | None, str | None, str | None]:
    user = situation.user
    if user is None:
        return situation.action, None, None
    return situation.action, user.intent, user.text


def _addresses(situation: Situation) -> Iterable[tuple[str | None, str | None, str | None]]:
    user = situation.user
    action = situation.action
    yield action, None, None
    if user is not None:
        if user.intent:
            yield action, user.intent, None
        if user.text:
            yield action, None, user.text
