"""Groups of messages as trainers see them, and what is known of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.names import INTENT_KNOWLEDGE, INTENT_NLU_FALLBACK, RETRIEVAL_DELIMITER
from kefu.core.setbacks import FALLBACK_ACTIONS
from kefu.evaluation.inbox.gathering import WHYS, Hit, Why
from kefu.evaluation.inbox.grouping import Likeness, grouped
from kefu.evaluation.inbox.proposing import Proposal, key_of, propose

__all__ = [
    "Group",
    "Suggestion",
    "Variant",
    "group_of",
    "groups_of",
    "is_far",
    "ranking_of",
    "variants_of",
]

NO_INTENTS: Final = frozenset({"", INTENT_NLU_FALLBACK, INTENT_KNOWLEDGE})
_LEAST_LETTERS: Final = 2
FAR_COSINE: Final = 0.45
FAR_CONFIDENCE: Final = 0.5
"""What is no nearer to any example, and no intent is likelier for, probably is a new intent."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An intent that a group may be of."""

    intent: str
    confidence: float


@dataclass(slots=True)
class Variant:
    """Messages that say the same."""

    key: str
    raw: str
    """As one customer wrote it: only for the model, never to be shown."""
    proposal: Proposal
    count: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    why: Counter[Why] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    understood: Counter[str] = field(default_factory=Counter)
    lowest: float = 1.0

    def add(self, hit: Hit) -> None:
        """Count a message."""
        self.count += 1
        self.first_at = min(self.first_at or hit.at, hit.at)
        self.last_at = max(self.last_at, hit.at)
        self.why.update(hit.why)
        self.channels[hit.channel] += 1
        self.understood[hit.intent] += 1
        self.lowest = min(self.lowest, hit.confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Messages that are alike; the variant that came most often leads."""

    group_id: str
    variants: tuple[Variant, ...]
    suggestions: tuple[Suggestion, ...] = ()
    is_new: bool = False
    """It is far from all examples: probably something that there is no intent for."""

    @property
    def count(self) -> int:
        """How many messages there are."""
        return sum(variant.count for variant in self.variants)

    @property
    def last_at(self) -> float:
        """When the last of them came."""
        return max(variant.last_at for variant in self.variants)

    @property
    def lowest(self) -> float:
        """The lowest confidence among them."""
        return min(variant.lowest for variant in self.variants)

    def counted(self, name: str) -> list[tuple[str, int]]:
        """Return ``why``, ``channels`` or ``understood`` with their numbers, the most first."""
        total: Counter[str] = Counter()
        for variant in self.variants:
            total.update(getattr(variant, name))
        order: dict[str, int] = {why: place for place, why in enumerate(WHYS)}
        return sorted(total.items(), key=lambda one: (-one[1], order.get(one[0], 0), one[0]))

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "id": self.group_id,
            "count": self.count,
            "last_at": self.last_at,
            "lowest_confidence": round(self.lowest, 4),
            "why": dict(self.counted("why")),
            "channels": dict(self.counted("channels")),
            "understood": dict(self.counted("understood")),
            "is_new": self.is_new,
            "suggestions": [
                {"intent": one.intent, "confidence": round(one.confidence, 4)}
                for one in self.suggestions
            ],
            "texts": [
                {
                    "text": one.proposal.text,
                    "example": one.proposal.source,
                    "count": one.count,
                    "warnings": list(one.proposal.warnings),
                }
                for one in self.variants
            ],
        }


def variants_of(
    hits: Sequence[Hit], declared: Collection[str], settled: Collection[str]
) -> list[Variant]:
    """Return the messages that say something, those that say the same as one.

    Args:
        hits: The messages.
        declared: Entities of the project.
        settled: Keys of what was decided on, or is an example by now.
    """
    found: dict[str, Variant] = {}
    for hit in hits:
        proposal = propose(hit.text, hit.entities, declared)
        key = key_of(proposal.text)
        letters = sum(not character.isdigit() for character in key)
        if letters < _LEAST_LETTERS or key in settled:
            continue
        variant = found.get(key)
        if variant is None:
            variant = found[key] = Variant(key, hit.text, proposal)
        variant.add(hit)
    return list(found.values())


def groups_of(variants: Sequence[Variant], likeness: Likeness) -> list[Group]:
    """Return groups of variants, those with most messages first."""
    keys = [variant.key for variant in variants]
    kinds = [_kind(variant) for variant in variants]
    places = grouped(keys, [variant.count for variant in variants], kinds, likeness)
    groups = [group_of([variants[place] for place in group]) for group in places]
    return sorted(groups, key=lambda group: (-group.count, -group.last_at, group.group_id))


def _kind(variant: Variant) -> str:
    """Return what messages were understood as; empty: as nothing."""
    intent = max(variant.understood, key=variant.understood.__getitem__, default="")
    return "" if intent in NO_INTENTS else intent


def group_of(variants: Sequence[Variant]) -> Group:
    """Return a group, named for the variant that leads it."""
    leader, *others = variants
    others.sort(key=lambda variant: (-variant.count, variant.key))
    digest = hashlib.sha256(leader.key.encode("utf-8", "surrogatepass")).hexdigest()
    return Group(group_id=digest[:8], variants=(leader, *others))


def ranking_of(parsed: Sequence[Mapping[str, Any]], most: int) -> tuple[Suggestion, ...]:
    """Return the intents that messages are likely of, by what a model made of each of them.

    The answers of a retrieval intent stand with its name: ``faq/refund``.
    """
    total: Counter[str] = Counter()
    for data in parsed:
        for ranked in data.get("intent_ranking") or [data.get("intent") or {}]:
            name, confidence = ranked.get("name") or "", float(ranked.get("confidence") or 0.0)
            if name in NO_INTENTS or name in FALLBACK_ACTIONS:
                continue
            for answer, share in _answers(data, name):
                total[answer] += confidence * share / len(parsed)  # type: ignore[assignment]
    ranked_first = sorted(total.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Suggestion(name, confidence) for name, confidence in ranked_first[:most])


def _answers(data: Mapping[str, Any], intent: str) -> list[tuple[str, float]]:
    selected = data.get("response_selector") or {}
    if intent not in (selected.get("all_retrieval_intents") or ()):
        return [(intent, 1.0)]
    chosen = selected.get(intent) or selected.get("default") or {}
    answers = [
        (one["intent_response_key"], float(one.get("confidence") or 0.0))
        for one in chosen.get("ranking") or ()
        if str(one.get("intent_response_key", "")).startswith(f"{intent}{RETRIEVAL_DELIMITER}")
    ]
    return answers or [(intent, 1.0)]


def is_far(cosine: float, suggestions: Sequence[Suggestion]) -> bool:
    """Whether messages are probably of no intent that there is."""
    best = suggestions[0].confidence if suggestions else 0.0
    return cosine < FAR_COSINE and best < FAR_CONFIDENCE
