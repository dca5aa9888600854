"""What may be given to customers for what went wrong: ``data/compensation.yml``.

``python -m actions.compensation_policy`` says what is wrong with the file, if anything is.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

__all__ = ["FILE", "Gift", "Policy", "PolicyError", "Reason", "Refusal", "policy", "read_policy"]

FILE = Path(__file__).parents[1] / "data" / "compensation.yml"
KINDS = {"coupon": 200, "points": 20_000}
"""Kinds of gifts with the most that one may be worth, in yuan or points: more is a typing error."""
LEVELS = ("普通", "银卡", "金卡", "黑卡")
DISPATCH = timedelta(hours=48)

Refusal = Literal["often", "same_order", "not_so", "nothing"]
"""Why there is nothing: given often enough already; for this order already; the order does not show
what the customer says; nothing is meant for the customer's level."""


class PolicyError(Exception):
    """Raised when the file cannot be used; says where and what to write instead."""


@dataclass(frozen=True, slots=True)
class Gift:
    """What some customers get."""

    kind: str
    value: int
    levels: tuple[str, ...] = LEVELS

    @property
    def words(self) -> str:
        """The gift as customers hear it."""
        if self.kind == "points":
            return f"{self.value} 积分（可抵 {self.value / 100:g} 元）"
        return f"一张 {self.value} 元无门槛优惠券（30 天内有效）"


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that went wrong, and what is given for it."""

    name: str
    title: str
    words: tuple[str, ...]
    fact: str | None
    is_automatic: bool
    gives: tuple[Gift, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """All of the file."""

    period_days: int
    most_in_period: int
    reasons: Mapping[str, Reason]

    def asked_for(self) -> list[Reason]:
        """Return the reasons that customers can name."""
        return [reason for reason in self.reasons.values() if not reason.is_automatic]

    def reason_in(self, text: str) -> Reason | None:
        """Return the reason that a customer's words name, the first that fits."""
        for reason in self.asked_for():
            if reason.title in text or any(word in text for word in reason.words):
                return reason
        return None

    def decide(
        self,
        reason: Reason,
        *,
        level: str,
        order: Mapping[str, Any] | None,
        given: Sequence[Mapping[str, Any]],
    ) -> Gift | Refusal:
        """Return what the customer gets, or why nothing.

        Args:
            reason: What went wrong.
            level: The customer's level.
            order: The shop's order, if the reason has to do with one.
            given: What the shop gave the customer within ``period_days``.
        """
        order_no = order["order_no"] if order else None
        if order_no and any(one.get("order_no") == order_no for one in given):
            return "same_order"
        if len(given) >= self.most_in_period:
            return "often"
        if reason.fact and (order is None or not FACTS[reason.fact](order)):
            return "not_so"
        return next((gift for gift in reason.gives if level in gift.levels), "nothing")


def _dispatched_late(order: Mapping[str, Any]) -> bool:
    paid, shipped = order.get("paid_at"), order.get("shipped_at")
    if paid and shipped:
        return datetime.fromisoformat(shipped) - datetime.fromisoformat(paid) > DISPATCH
    return bool(order.get("is_late"))


def _received(order: Mapping[str, Any]) -> bool:
    return order.get("status") == "signed"


FACTS = {"dispatched_late": _dispatched_late, "received": _received}
"""What the shop's order has to show."""


def policy() -> Policy:
    """Return the policy of the project, read again when the file has changed.

    Raises:
        PolicyError: The file is missing or wrong.
    """
    try:
        changed = FILE.stat().st_mtime_ns
    except OSError as error:
        raise PolicyError(f"{FILE.name}: cannot be read: {error.strerror}") from error
    return _read(FILE, changed)


@lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> Policy:  # a new time is a new entry
    return read_policy(path)


def read_policy(path: Path) -> Policy:
    """Read a policy and check it.

    Raises:
        PolicyError: What is wrong, and where.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PolicyError(f"{path.name}: cannot be read: {error}") from error
    root = _mapping(content, path.name, ("compensation",))
    node = _mapping(
        root.get("compensation"),
        f"{path.name}: 'compensation'",
        ("period_days", "most_in_period", "reasons"),
    )
    reasons = node.get("reasons")
    if not isinstance(reasons, dict) or not reasons:
        raise PolicyError(f"{path.name}: 'reasons' must name at least one reason")
    return Policy(
        _number(node.get("period_days"), f"{path.name}: 'period_days'", 3650),
        _number(node.get("most_in_period"), f"{path.name}: 'most_in_period'", 100),
        {str(name): _reason(str(name), value, path.name) for name, value in reasons.items()},
    )


def _reason(name: str, value: Any, file: str) -> Reason:
    where = f"{file}: reason {name!r}"
    node = _mapping(value, where, ("title", "words", "fact", "automatic", "gives"))
    title, words, fact = node.get("title"), node.get("words", ""), node.get("fact")
    if not isinstance(title, str) or not title.strip():
        raise PolicyError(f"{where} needs a 'title': what customers read")
    if not isinstance(words, str):
        raise PolicyError(f"{where}: write 'words' in one line, separated by spaces")
    if fact is not None and fact not in FACTS:
        raise PolicyError(f"{where}: the fact {fact!r} is unknown; known are {', '.join(FACTS)}")
    if not isinstance(node.get("automatic", False), bool):
        raise PolicyError(f"{where}: 'automatic' must be true or false")
    gives = node.get("gives")
    if not isinstance(gives, list) or not gives:
        raise PolicyError(f"{where} needs 'gives': a list of what is given")
    gifts = tuple(_gift(one, f"{where}, gift {number}") for number, one in enumerate(gives, 1))
    return Reason(name, title, tuple(words.split()), fact, node.get("automatic", False), gifts)


def _gift(value: Any, where: str) -> Gift:
    node = _mapping(value, where, ("levels", "kind", "value"))
    kind, levels = node.get("kind"), node.get("levels", list(LEVELS))
    if kind not in KINDS:
        raise PolicyError(f"{where}: 'kind' is {kind!r}; write {' or '.join(KINDS)}")
    unknown = levels if not isinstance(levels, list) else [x for x in levels if x not in LEVELS]
    if unknown or not levels:
        raise PolicyError(f"{where}: 'levels' has {unknown!r}; levels are {', '.join(LEVELS)}")
    return Gift(kind, _number(node.get("value"), f"{where}: 'value'", KINDS[kind]), tuple(levels))


def _mapping(value: Any, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PolicyError(f"{where} must have the keys {', '.join(keys)}")
    unknown = [key for key in value if key not in keys]
    if unknown:
        raise PolicyError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(keys)}")
    return value


def _number(value: Any, where: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise PolicyError(f"{where} is {value!r}; write a whole number from 1 to {most}")
    return value


if __name__ == "__main__":
    try:
        found = policy()
    except PolicyError as problem:
        sys.exit(str(problem))
    sys.stdout.write(f"{FILE.name}: {len(found.reasons)} reasons, nothing wrong.\n")
