"""Suggested replies: what the bot knows, and what colleagues answered to the like lately.

Past answers are found by the characters, and pairs of them, that two questions share, rare ones
counting more (cosine of TF-IDF weights): that needs no training and no spaces between words.
The index holds the latest answers only and lives in memory; it is filled by what happens and, at
the start, from the logs of conversations closed lately.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from kefu.core.events import AgentUttered, Event, UserUttered
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX
from kefu.errors import KefuError

__all__ = ["Answer", "FaqSource", "PastAnswers", "Suggestion", "Suggestions", "read_suggestion_id"]

Kind = Literal["faq", "past", "draft"]

_MOST: Final = 5_000
_MOST_OPEN: Final = 2_000
_LONGEST: Final = 2_000
_SHORTEST_QUESTION: Final = 2
_ASKED_TOGETHER: Final = 3
"""So many messages before an answer are the question."""
_LEAST_ALIKE: Final = 0.25
_LOOKED_AT: Final = 200
_BLANK: Final = re.compile(r"\s+")


class Answer(NamedTuple):
    """Something that may be answered."""

    text: str
    source: str
    """Where it is from: the name of a response, or who said it."""
    score: float
    """0 to 1."""


FaqSource = Callable[[str], Awaitable[Sequence[Answer]]]
"""Takes a question; returns what the bot's model would answer, the best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A reply that an agent may insert."""

    kind: Kind
    text: str
    source: str
    score: float

    @property
    def suggestion_id(self) -> str:
        """Names kind and source, so that whoever is told which was used need not remember it."""
        return f"{self.kind}.{self.source.encode().hex()[:400]}"


def read_suggestion_id(text: str) -> tuple[str, str] | None:
    """Return kind and source that an id names; None: it is none."""
    kind, dot, raw = text.partition(".")
    try:
        source = bytes.fromhex(raw).decode()
    except ValueError:
        return None
    return (kind, source) if dot and kind in ("faq", "past", "draft", "canned") else None


@dataclass(slots=True)
class _Kept:
    question: str
    answer: str
    by: str
    grams: Counter[str]


class PastAnswers:
    """The latest answers of agents, found by the questions they were given to."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._holders: dict[str, set[int]] = {}
        """Gram -> the questions it stands in."""
        self._next = 0

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, question: str, answer: str, by: str) -> None:
        """Keep what an agent answered; the oldest goes when there are too many."""
        grams = _grams(question)
        if not grams or not answer.strip() or len(answer) > _LONGEST:
            return
        self._kept[self._next] = _Kept(question, answer.strip(), by, grams)
        for gram in grams:
            self._holders.setdefault(gram, set()).add(self._next)
        self._next += 1
        while len(self._kept) > self._most:
            number, oldest = self._kept.popitem(last=False)
            for gram in oldest.grams:
                holders = self._holders[gram]
                holders.discard(number)
                if not holders:
                    del self._holders[gram]

    def alike(self, question: str, limit: int) -> list[Answer]:
        """Return the answers to the most similar questions, each text once, the best first."""
        wanted = self._weighted(_grams(question))
        norm = _norm(wanted)
        if not norm:
            return []
        best: dict[str, Answer] = {}
        for number in self._nearest(wanted):
            kept = self._kept[number]
            weights = self._weighted(kept.grams)
            shared = wanted.keys() & weights.keys()
            dot = sum(wanted[gram] * weights[gram] for gram in shared)
            score = dot / (norm * _norm(weights))
            known = best.get(kept.answer)
            if score >= _LEAST_ALIKE and (known is None or score >= known.score):
                best[kept.answer] = Answer(kept.answer, kept.by, min(1.0, round(score, 4)))
        return sorted(best.values(), key=lambda one: (-one.score, one.text))[:limit]

    def _nearest(self, wanted: dict[str, float]) -> list[int]:
        """Return the questions that share most with one, so that few need be looked at closely."""
        points: Counter[int] = Counter()
        for gram, weight in wanted.items():
            for number in self._holders.get(gram, ()):
                points[number] += weight  # type: ignore[assignment]
        return [number for number, _ in points.most_common(_LOOKED_AT)]

    def _weighted(self, grams: Counter[str]) -> dict[str, float]:
        count = len(self._kept) + 1
        return {
            gram: (1.0 + math.log(times))
            * math.log(1.0 + count / (1.0 + len(self._holders.get(gram, ()))))
            for gram, times in grams.items()
        }


def _norm(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


class Suggestions:
    """Finds replies for a conversation; as a follower of the log it fills itself.

    Attributes:
        faq: Tells what the model answers; None: there is none.
    """

    def __init__(self, faq: FaqSource | None = None, past: PastAnswers | None = None) -> None:
        """Begin with what is known; ``faq`` is None without a model that answers questions."""
        self.faq = faq
        self.past = PastAnswers() if past is None else past
        self._asked: OrderedDict[str, list[str]] = OrderedDict()
        """Conversation -> what its customer said since somebody answered."""

    async def committed(
        self,
        conversation_id: str,
        events: Sequence[Event],
        *,
        channel: str = "",  # noqa: ARG002 - the port of followers
    ) -> None:
        """Take note of what was said in a conversation."""
        self.learn(conversation_id, events)

    def learn(self, conversation_id: str, events: Iterable[Event]) -> None:
        """Keep what agents answered to what among events of a conversation, oldest first."""
        asked = self._asked.pop(conversation_id, [])
        self._answered(asked, events)
        if asked:
            self._asked[conversation_id] = asked
        while len(self._asked) > _MOST_OPEN:
            self._asked.popitem(last=False)

    def remember(self, events: Iterable[Event]) -> None:
        """Keep what agents answered in a conversation of the past, oldest first."""
        self._answered([], events)

    def _answered(self, asked: list[str], events: Iterable[Event]) -> None:
        """Keep answers; ``asked`` is what the customer said since the last, before and after."""
        for event in events:
            if isinstance(event, UserUttered):
                asked.append(_said(event))
                del asked[:-_ASKED_TOGETHER]
            elif isinstance(event, AgentUttered):
                question = "\n".join(filter(None, asked))
                asked.clear()
                if question and event.text:
                    self.past.add(question, event.text, _name_of(event))

    async def of(
        self, question: str, *, draft: Suggestion | None = None, limit: int = 8
    ) -> list[Suggestion]:
        """Return what may be answered to a question, each text once, the best first.

        Args:
            question: What the customer said last.
            draft: What the bot would say, if it waits for an agent's word.
            limit: How many at most.
        """
        found = [] if draft is None else [draft]
        found += [_suggestion("faq", answer) for answer in await self._known(question)]
        found += [_suggestion("past", answer) for answer in self.past.alike(question, limit)]
        once = {one.text: one for one in reversed(found) if one.text.strip()}
        ranked = sorted(once.values(), key=lambda one: (one.kind != "draft", -one.score))
        return ranked[:limit]

    async def _known(self, question: str) -> Sequence[Answer]:
        if self.faq is None or len(question.strip()) < _SHORTEST_QUESTION:
            return ()
        try:
            return await self.faq(question)
        except KefuError:  # no model at the moment: what colleagues said is still of use
            return ()


def _suggestion(kind: Kind, answer: Answer) -> Suggestion:
    return Suggestion(kind=kind, text=answer.text, source=answer.source, score=answer.score)


def _said(event: UserUttered) -> str:
    text = event.text or ""
    return "" if text.startswith(("/", EXTERNAL_MESSAGE_PREFIX)) else text[:_LONGEST]


def _name_of(event: AgentUttered) -> str:
    agent = event.metadata.get("agent")
    return str(agent.get("name") or "") if isinstance(agent, dict) else ""


def _grams(text: str) -> Counter[str]:
    """Return the characters of a text and the pairs of neighbours, whatever its width and case."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    words = _BLANK.sub(" ", folded).strip()
    pairs = Counter(words[at : at + 2] for at in range(len(words) - 1))
    if pairs:
        pairs.update(letter for letter in words if letter.isalnum())
    return pairs
