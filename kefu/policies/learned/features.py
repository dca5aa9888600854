"""What the learned policy sees of a history: weighted features, named by 32-bit numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from zlib import crc32

from kefu.policies.situation import Situation

__all__ = ["features_of", "intent_feature", "text_features"]

_NGRAMS = (2, 3, 4, 5, 6, 8)


def features_of(situations: Sequence[Situation]) -> dict[int, float]:
    """Return the features of a history with their weights; the squares of these add up to 1."""
    weighted: dict[int, float] = {}
    for name, weight in _features(situations):
        weighted.setdefault(crc32(name.encode()), weight)
    norm = sqrt(sum(weight * weight for weight in weighted.values())) or 1.0
    return {number: weight / norm for number, weight in weighted.items()}


def _features(situations: Sequence[Situation]) -> Iterator[tuple[str, float]]:
    now = situations[-1]
    yield "bias", 1.0
    turns = [_turn(situation) for situation in reversed(situations)]
    yield from _by_age(situations)
    for size in _NGRAMS:
        if size <= len(turns):
            yield f"n{size} {' | '.join(turns[:size])}", 1.0
    intents = [s.user.intent or "" for s in reversed(situations) if s.follows_listen and s.user]
    for size in (2, 3):
        if size <= len(intents):
            yield f"i{size} {' | '.join(intents[:size])}", 1.0
    yield from _memory(now)
    if now.user is not None and now.user.text:
        yield from text_features(now.user.text)


def _turn(situation: Situation) -> str:
    action = situation.action or ""
    if situation.follows_listen and situation.user is not None:
        return f"{action} {situation.user.json}"
    return action


def _by_age(situations: Sequence[Situation]) -> Iterator[tuple[str, float]]:
    for age, situation in enumerate(reversed(situations)):
        weight = 1.5 if age == 0 else 1.0 / sqrt(age)
        yield f"a{age} {situation.action}", weight
        yield f"A {situation.action}", 0.3
        user = situation.user
        if user is not None and (age == 0 or situation.follows_listen):
            yield (intent_feature(user.intent, age) if user.intent else f"ut{age}"), weight
            yield f"U {user.intent}", 0.3
            for entity in user.entities:
                yield f"e{age} {entity}", 0.5 * weight


def _memory(now: Situation) -> Iterator[tuple[str, float]]:
    intent = now.user.intent if now.user is not None else None
    yield f"ai {now.action} {intent}", 1.5
    if now.loop:
        yield f"l {now.loop}", 0.7
        yield f"la {now.loop} {now.action}", 0.7
        yield f"li {now.loop} {intent}", 0.7
    for name, feature in (now.slots.values if now.slots is not None else {}).items():
        value = f"{name}={feature}"
        yield f"s {value}", 0.5
        yield f"sa {value} {now.action}", 0.5
        yield f"si {value} {intent} {now.action}", 0.5


def intent_feature(intent: str, age: int = 0) -> str:
    """Name the feature that ``intent`` came ``age`` situations ago."""
    return f"u{age} {intent}"


def text_features(text: str) -> Iterator[tuple[str, float]]:
    """Yield words and runs of characters of an end-to-end message."""
    lowered = text.lower()
    for word in lowered.split():
        yield f"w {word}", 1.0
    padded = f" {lowered} "
    for size in (2, 3):
        for start in range(len(padded) - size + 1):
            yield f"c {padded[start : start + size]}", 0.4
