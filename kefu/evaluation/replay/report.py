"""What a replay is told by: JSON for programs, and the data of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from kefu.evaluation.replay.answers import Answer
from kefu.evaluation.replay.masking import masked_difference
from kefu.evaluation.replay.tally import Cluster, Difference, Key, Tally

__all__ = ["About", "replay_json", "replay_page"]

KINDS_SHOWN: Final = 400
"""Kinds of differences on the page; the rest is in the JSON file."""
WITH_ALL_EXAMPLES: Final = 100
FEW_EXAMPLES: Final = 4
"""The page has all examples of so many kinds, and a few of the others: it has to load fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How a replay came about."""

    model: str
    against: str = ""
    filters: str = ""
    redacted: bool = False


def replay_json(tally: Tally, about: About) -> dict[str, Any]:
    """Return all that came of a replay."""
    return {
        "about": _about(tally, about),
        "numbers": tally.as_json(),
        "confidence": _bands(tally),
        "modes": _modes(tally),
        "differences": [
            _cluster(key, cluster, redacted=about.redacted) for key, cluster in tally.ranked
        ],
    }


def replay_page(tally: Tally, about: About) -> dict[str, Any]:
    """Return the data of the page."""
    ranked = tally.ranked
    shown = [_cluster(key, found, redacted=about.redacted) for key, found in _chosen(ranked)]
    for cluster in shown[WITH_ALL_EXAMPLES:]:
        del cluster["examples"][FEW_EXAMPLES:]
    return {
        "about": _about(tally, about),
        "numbers": tally.as_json(),
        "bands": _bands(tally),
        "modes": _modes(tally),
        "clusters": shown,
        "left_out": len(ranked) - len(shown),
    }


def _chosen(ranked: Sequence[tuple[Key, Cluster]]) -> list[tuple[Key, Cluster]]:
    """Return the most frequent kinds; each verdict has a fifth of them, if there are so many.

    There are five that differ, and rare kinds that are worse matter, too.
    """
    seen: Counter[str] = Counter()
    first: list[tuple[Key, Cluster]] = []
    rest: list[tuple[Key, Cluster]] = []
    for key, cluster in ranked:
        seen[key[0]] += 1
        (first if seen[key[0]] <= KINDS_SHOWN // 5 else rest).append((key, cluster))
    chosen = [*first, *rest[: max(0, KINDS_SHOWN - len(first))]]
    return sorted(chosen, key=lambda item: (-item[1].count, item[0]))


def _about(tally: Tally, about: About) -> dict[str, Any]:
    return {
        **asdict(about),
        "thresholds": asdict(tally.limits),
        "first_at": tally.first_at,
        "last_at": tally.last_at,
    }


def _bands(tally: Tally) -> list[list[int]]:
    return [[tally.bands[before, after] for after in range(3)] for before in range(3)]


def _modes(tally: Tally) -> list[list[Any]]:
    ranked = sorted(tally.modes.items(), key=lambda item: (-item[1], item[0]))
    return [[before, after, n] for (before, after), n in ranked]


def _cluster(key: Key, cluster: Cluster, *, redacted: bool) -> dict[str, Any]:
    verdict, intent, new_intent, done, newly_done = key
    return {
        "verdict": verdict,
        "intent": [intent, new_intent],
        "done": [done, newly_done],
        "count": cluster.count,
        "why": [[why, strength, n] for (why, strength), n in cluster.why.most_common()],
        "unknown": [list(item) for item in cluster.unknown.most_common()],
        "examples": list(_examples(cluster, redacted=redacted)),
    }


def _examples(cluster: Cluster, *, redacted: bool) -> Iterator[dict[str, Any]]:
    for difference in cluster.shown:
        yield _example(masked_difference(difference) if redacted else difference)


def _example(one: Difference) -> dict[str, Any]:
    return {
        "conversation": one.conversation_id,
        "seq": one.seq,
        "at": one.at,
        "text": one.text,
        "channel": one.channel,
        "before": [list(line) for line in one.before],
        "after": [list(line) for line in one.after],
        "recorded": _answer(one.recorded),
        "new": _answer(one.new),
        "why": one.judgement.why,
        "strength": one.judgement.strength,
        "signs": list(one.signs),
        "correction": one.correction,
        "right": one.right,
        "decided": list(one.decided),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {field.name: getattr(answer, field.name) for field in fields(answer)}
