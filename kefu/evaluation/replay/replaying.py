"""Replays conversations on a candidate and tallies what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kefu.evaluation.replay.candidate import Candidate, Past
from kefu.evaluation.replay.evidence import Evidence, evidence_of, with_right_intent
from kefu.evaluation.replay.judging import Thresholds, judge
from kefu.evaluation.replay.recording import RecordedConversation, RecordedTurn
from kefu.evaluation.replay.tally import Difference, Tally

__all__ = ["Choice", "Replay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which messages are answered anew."""

    since: float | None = None
    until: float | None = None
    """Seconds since the epoch; messages from then on are left out."""
    channels: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    """As they were understood then."""
    handed_over: bool = False
    """Only what was handed over, or held back for a review."""
    below: float | None = None
    """Only answers of a lower confidence than this."""
    sample: float = 1.0
    """Share of the conversations."""
    seed: int = 0

    def passes_over(self, turn: RecordedTurn) -> str:
        """Return why a message is not answered anew; empty: it is."""
        if turn.is_from_outside:
            return "outside"
        if turn.is_rating:
            return "rating"
        if not self._is_in_time(turn.at):
            return "time"
        if turn.is_paused:
            return "paused"
        if not turn.was_answered:
            return "unanswered"
        return "" if self._is_wanted(turn) else "filtered"

    def _is_in_time(self, at: float) -> bool:
        is_late = self.since is None or at >= self.since
        return is_late and (self.until is None or at < self.until)

    def _is_wanted(self, turn: RecordedTurn) -> bool:
        message, answer = turn.message, turn.answer
        if self.channels and (message.input_channel or "") not in self.channels:
            return False
        if self.intents and not {message.intent_name, answer.intent} & self.intents:
            return False
        if self.handed_over and answer.mode not in ("handed_over", "reviewed"):
            return False
        return self.below is None or answer.confidence < self.below


@dataclass(slots=True, kw_only=True)
class Replay:
    """A candidate, and what is asked of it.

    Attributes:
        against: Another model, whose answers stand for the recorded ones: what differs is then due
            to the models alone, not to what else has changed since.
        right_intent: Returns what a text means, as a trainer said; empty: none did.
        tally: What came of it so far.
    """

    candidate: Candidate
    choice: Choice = field(default_factory=Choice)
    limits: Thresholds = field(default_factory=Thresholds)
    against: Candidate | None = None
    right_intent: Callable[[str], str] = lambda _: ""
    tally: Tally = field(default_factory=Tally)

    async def play(self, conversation: RecordedConversation) -> None:
        """Answer the messages of a conversation anew."""
        self.tally.conversations += 1
        self.tally.unreadable += conversation.unreadable
        wanted = [self.choice.passes_over(turn) for turn in conversation.turns]
        self.tally.passed_over.update(filter(None, wanted))
        if all(wanted):
            return
        last = max(index for index, why in enumerate(wanted) if not why)
        name = conversation.conversation_id
        past = Past(name, self.candidate)
        other = Past(name, self.against) if self.against else None
        for index, turn in enumerate(conversation.turns[: last + 1]):
            past.begin(turn)
            if other is not None:
                other.begin(turn)
            if not wanted[index]:
                await self._answer(conversation, index, past, other)
            await past.end(turn)
            if other is not None:
                await other.end(turn)
        self.tally.understood = self.candidate.understanding.asked

    async def _answer(
        self, conversation: RecordedConversation, index: int, past: Past, other: Past | None
    ) -> None:
        turn = conversation.turns[index]
        new = await self.candidate.take(past, turn)
        recorded, evidence = turn.answer, evidence_of(conversation, index)
        if other is not None and self.against is not None:
            recorded = await self.against.take(other, turn)
            if (recorded.mode, recorded.actions) != (turn.answer.mode, turn.answer.actions):
                evidence = Evidence()  # the signs are about an answer that is not compared
        evidence = with_right_intent(evidence, self.right_intent(_text(turn)), recorded)
        judgement = judge(recorded, new, evidence, self.limits)
        difference = Difference(
            conversation_id=conversation.conversation_id,
            seq=turn.seq,
            at=turn.at,
            text=_text(turn),
            channel=turn.message.input_channel or "",
            recorded=recorded,
            new=new,
            judgement=judgement,
            signs=evidence.signs,
            correction=evidence.correction,
            right=evidence.right,
        )
        if judgement.verdict != "same":
            difference = _in_context(difference, conversation, index)
            difference = replace(difference, decided=self.candidate.decided_by(past))
        bands = self.limits.band(recorded.confidence), self.limits.band(new.confidence)
        self.tally.count(difference, bands, self.choice.seed)


def _text(turn: RecordedTurn) -> str:
    return turn.message.text or ""


def _in_context(
    difference: Difference, conversation: RecordedConversation, index: int
) -> Difference:
    turn = conversation.turns[index]
    following = conversation.next_message(index)
    after = [(line.who, line.text) for line in turn.lines[1:]]
    if following is not None:
        after.append(("customer", following.message.text or ""))
    before = tuple((line.who, line.text) for line in conversation.context(index))
    return replace(difference, before=before, after=tuple(after))
