"""What comes of a replay, in a size that does not grow with the log.

Tallies of parts add up to that of the whole, in any order: which examples are kept is decided by a
hash of their place, not by who comes first.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.evaluation.replay.answers import ASKS, Answer
from kefu.evaluation.replay.evidence import is_intent
from kefu.evaluation.replay.judging import Judgement, Thresholds, Verdict

__all__ = ["Cluster", "Difference", "Key", "Tally", "chance_of"]

EXAMPLES_KEPT: Final = 12
"""Of each kind of difference, while there are not many kinds."""
FEWER: Final = ((1_000, 3), (5_000, 1))
"""With more than so many kinds only so many of each, so that memory has a bound."""

_COUNTERS: Final = (
    "passed_over", "verdicts", "strengths", "bands", "modes", "same", "unknown", "sources",
    "labelled",
)  # fmt: skip

Key = tuple[Verdict, str, str, str, str]
"""Verdict, intent before and after, what was done before and after."""


def chance_of(seed: int, conversation_id: str, seq: int = 0) -> float:
    """Return a number from 0 to 1 that is always the same for the same place of a log."""
    place = f"{seed}\0{conversation_id}\0{seq}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(place, digest_size=7).digest()) / 2**56


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A message that would be answered otherwise."""

    conversation_id: str
    seq: int
    at: float
    text: str
    channel: str
    recorded: Answer
    new: Answer
    judgement: Judgement
    signs: tuple[str, ...] = ()
    correction: str = ""
    right: str = ""
    """The intent of the message, as a trainer said."""
    before: tuple[tuple[str, str], ...] = ()
    """What was said before, as (who, text)."""
    after: tuple[tuple[str, str], ...] = ()
    """What was said in the turn behind the message, and the customer's next message."""
    decided: tuple[str, ...] = ()
    """Files and lines of the rules and stories that led to the new answer."""

    @property
    def key(self) -> Key:
        """Which differences it belongs to."""
        recorded, new = self.recorded, self.new
        return self.judgement.verdict, recorded.intent, new.intent, _done(recorded), _done(new)


def _done(answer: Answer) -> str:
    if answer.mode == "handed_over":
        return f"action_handoff ({answer.reason})" if answer.reason else "action_handoff"
    actions = answer.actions
    if len(actions) > 1 and ASKS in actions[-1]:
        actions = actions[:-1]  # a form only goes on where it was
    done = " + ".join(actions) or answer.mode
    return f"review: {done}" if answer.mode == "reviewed" else done


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Differences of one kind."""

    count: int = 0
    why: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often which rule of which strength decided."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Custom actions of which it is not known what they would do."""
    examples: list[tuple[float, int, Difference]] = field(default_factory=list)
    """A heap, the least likely to be kept first: (minus chance, place, difference)."""

    def add(self, difference: Difference, chance: float, most: int) -> None:
        """Count a difference, and keep it if its chance is among the ``most`` least."""
        self.count += 1
        self.why[difference.judgement.why, difference.judgement.strength] += 1
        self.unknown.update(difference.new.unknown)
        self._keep((-chance, difference.seq, difference), most)

    def merge(self, other: Cluster, most: int) -> None:
        """Take in those of another part of the log."""
        self.count += other.count
        self.why += other.why
        self.unknown += other.unknown
        for example in other.examples:
            self._keep(example, most)

    def trim(self, most: int) -> None:
        """Keep so many examples at most."""
        while len(self.examples) > most:
            heapq.heappop(self.examples)

    def _keep(self, example: tuple[float, int, Difference], most: int) -> None:
        if len(self.examples) < most:
            heapq.heappush(self.examples, example)
        elif example[:2] > self.examples[0][:2]:
            heapq.heapreplace(self.examples, example)

    @property
    def shown(self) -> list[Difference]:
        """The examples that were kept, in an order that does not depend on how they came."""
        return [example for *_, example in sorted(self.examples, key=lambda e: (-e[0], e[1]))]


@dataclass(slots=True, kw_only=True)
class Tally:
    """Numbers and examples."""

    conversations: int = 0
    messages: int = 0
    """That were answered anew."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Messages that were not, by why: ``paused``, ``unanswered``, ``outside``, ``rating``,
    ``filtered``, ``time``."""
    unreadable: int = 0
    understood: int = 0
    """Texts that had to be understood."""
    verdicts: Counter[str] = field(default_factory=Counter)
    strengths: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By verdict and strength."""
    bands: Counter[tuple[int, int]] = field(default_factory=Counter)
    """By band of the confidence before and after."""
    modes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By how it was answered before and after."""
    same: Counter[str] = field(default_factory=Counter)
    """What the log shows of answers that stay the same: ``still-bad``, ``still-good``."""
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What is better or worse, by who says so and verdict."""
    labelled: Counter[str] = field(default_factory=Counter)
    """Messages whose intent a trainer gave: ``all``, and those understood so ``then``, ``now``."""
    intents_changed: int = 0
    """Messages that are understood otherwise, whether the answer differs or not."""
    unknown: Counter[str] = field(default_factory=Counter)
    limits: Thresholds = field(default_factory=Thresholds)
    """Of the candidate; the bands are between them."""
    clusters: dict[Key, Cluster] = field(default_factory=dict)
    kept: int = EXAMPLES_KEPT
    """So many examples of each kind."""
    first_at: float | None = None
    last_at: float | None = None

    def count(self, difference: Difference, bands: tuple[int, int], seed: int) -> None:
        """Take in what became of a message, the same answer included."""
        self.messages += 1
        verdict, recorded, new = difference.judgement.verdict, difference.recorded, difference.new
        self.verdicts[verdict] += 1
        self.strengths[verdict, difference.judgement.strength] += 1
        self.bands[bands] += 1
        self.modes[recorded.mode, new.mode] += 1
        self.intents_changed += recorded.intent != new.intent
        self._note_time(difference.at)
        if difference.right:
            self.labelled["all"] += 1
            self.labelled["then"] += is_intent(recorded, difference.right)
            self.labelled["now"] += is_intent(new, difference.right)
        if verdict in ("better", "worse"):
            self.sources[difference.judgement.source, verdict] += 1
        if verdict == "same":
            if difference.judgement.why:
                self.same[difference.judgement.why] += 1
            return
        self.unknown.update(new.unknown)
        chance = chance_of(seed, difference.conversation_id, difference.seq)
        self._cluster(difference.key).add(difference, chance, self.kept)

    def _cluster(self, key: Key) -> Cluster:
        found = self.clusters.get(key)
        if found is None:
            found = self.clusters[key] = Cluster()
            self._limit_examples()
        return found

    def _limit_examples(self) -> None:
        """Keep fewer examples of each kind the more kinds there are."""
        kinds = len(self.clusters)
        most = min((few for many, few in FEWER if kinds > many), default=EXAMPLES_KEPT)
        if most < self.kept:
            self.kept = most
            for cluster in self.clusters.values():
                cluster.trim(most)

    def merge(self, other: Tally) -> None:
        """Add the tally of another part of the log."""
        self.conversations += other.conversations
        self.messages += other.messages
        self.unreadable += other.unreadable
        self.understood += other.understood
        self.intents_changed += other.intents_changed
        self.limits = other.limits
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for key, cluster in other.clusters.items():
            self._cluster(key).merge(cluster, self.kept)
        for at in (other.first_at, other.last_at):
            if at is not None:
                self._note_time(at)

    def _note_time(self, at: float) -> None:
        self.first_at = at if self.first_at is None else min(self.first_at, at)
        self.last_at = at if self.last_at is None else max(self.last_at, at)

    @property
    def ranked(self) -> list[tuple[Key, Cluster]]:
        """The kinds of differences, the most frequent first."""
        return sorted(self.clusters.items(), key=lambda item: (-item[1].count, item[0]))

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for programs."""
        return {
            "conversations": self.conversations,
            "messages": self.messages,
            "passed_over": _sorted(self.passed_over),
            "unreadable_entries": self.unreadable,
            "verdicts": _sorted(self.verdicts),
            "proven": {v: n for (v, s), n in sorted(self.strengths.items()) if s == "proven"},
            "likely": {v: n for (v, s), n in sorted(self.strengths.items()) if s == "likely"},
            "sources": {
                source: {v: n for (s, v), n in sorted(self.sources.items()) if s == source}
                for source in sorted({source for source, _ in self.sources})
            },
            "intent_known": {which: self.labelled[which] for which in ("all", "then", "now")},
            "same_answer": _sorted(self.same),
            "understood_otherwise": self.intents_changed,
            "outcome_unknown": _sorted(self.unknown),
        }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
