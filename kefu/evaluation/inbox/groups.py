"""Groups of messages as trainers see them, and what is known of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from kefu.core.names import INTENT_KNOWLEDGE, INTENT_NLU_FALLBACK, RETRIEVAL_DELIMITER
from kefu.core.setbacks import FALLBACK_ACTIONS
from kefu.evaluation.inbox.gathering import Hit
from kefu.evaluation.inbox.proposing import Proposal
from kefu.evaluation.inbox.terms import WHYS, Why

__all__ = [
    "Group",
    "Suggestion",
    "Variant",
    "group_of",
    "id_of",
    "is_far",
    "ranking_of",
]

NO_INTENTS: Final = frozenset({"", INTENT_NLU_FALLBACK, INTENT_KNOWLEDGE})
LEAST_SUGGESTED: Final = 0.005
"""What would be shown as 0.00 is none."""
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
    said: list[tuple[Hit, Sequence[Why]]] = field(default_factory=list)
    """The messages, and why each is here."""
    last_at: float = 0.0
    lowest: float = 1.0

    @property
    def count(self) -> int:
        """How many messages there are."""
        return len(self.said)

    def add(self, hit: Hit, why: Sequence[Why]) -> None:
        """Count a message."""
        self.said.append((hit, why))
        self.last_at = max(self.last_at, hit.at)
        self.lowest = min(self.lowest, hit.confidence)

    def is_for(self, whys: Collection[Why]) -> bool:
        """Whether a message is here for one of some reasons."""
        return any(one in whys for _, why in self.said for one in why)


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

    def counted(self, name: Literal["why", "channel", "intent"]) -> list[tuple[str, int]]:
        """Return reasons, channels or what was understood with their numbers, the most first."""
        total: Counter[str] = Counter()
        for variant in self.variants:
            for hit, why in variant.said:
                total.update(why if name == "why" else (getattr(hit, name),))
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
            "channels": dict(self.counted("channel")),
            "understood": dict(self.counted("intent")),
            "is_new": self.is_new,
            "suggestions": [
                {"intent": one.intent, "confidence": round(one.confidence, 4)}
                for one in self.suggestions
            ],
            "texts": [
                {
                    "id": id_of(one.key),
                    "text": one.proposal.text,
                    "example": one.proposal.source,
                    "count": one.count,
                    "warnings": list(one.proposal.warnings),
                }
                for one in self.variants
            ],
        }


def group_of(variants: Iterable[Variant]) -> Group:
    """Return a group, named for the variant that came most often, which leads it."""
    leader, *others = sorted(
        variants, key=lambda variant: (-variant.count, len(variant.key), variant.key)
    )
    return Group(group_id=id_of(leader.key)[:8], variants=(leader, *others))


def id_of(key: str) -> str:
    """Return the id of a variant; that of a group is the beginning of its leader's."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


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
    likely = [one for one in ranked_first[:most] if one[1] >= LEAST_SUGGESTED]
    return tuple(Suggestion(name, confidence) for name, confidence in likely)


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
