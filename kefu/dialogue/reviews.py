"""What an agent decided on an answer that was held back, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, Event
from kefu.core.handoff import open_review, review_of
from kefu.core.names import ACTION_HANDOFF, ACTION_LISTEN, HANDOFF_KEY, REVIEW_KEY
from kefu.core.tracker import Tracker
from kefu.dialogue.course import Course
from kefu.dialogue.responses.utterances import utterance
from kefu.errors import Conflict
from kefu.policies.policy import HANDOFF_POLICY, PolicyPrediction

__all__ = ["Verdict", "check_review", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to become of an answer that waits."""

    decision: Literal["approve", "edit", "discard", "expire"]
    text: str | None = None
    """What the agent says instead, for ``edit``."""
    agent: Mapping[str, Any] | None = None
    """Who decided: ``id``, ``name``, ``avatar``; the customer may see all of it."""
    is_silent: bool = False
    """After ``discard``: nobody is handed over to, the bot just listens."""

    def __post_init__(self) -> None:
        if self.decision not in ("approve", "edit", "discard", "expire"):
            raise ValueError(f"there is no decision {self.decision!r}")
        if self.decision == "edit" and not (self.text or "").strip():
            raise ValueError("an edited answer needs a text")

    @property
    def record(self) -> dict[str, Any]:
        """What the log says of it."""
        record: dict[str, Any] = {"decision": self.decision}
        if self.agent is not None:
            record["agent"] = dict(self.agent)
        if self.decision == "edit":
            record["text"] = self.text
        return record


def check_review(tracker: Tracker, review_id: str | None) -> None:
    """Check that the answer still waits.

    Raises:
        Conflict: It does not; the text says what came between.
    """
    index = open_review(tracker.applied)
    if index is not None:
        review = review_of(tracker.applied[index]) or {}
        if review_id is None or review.get("id") == review_id:
            return
    for event in reversed(tracker.events):
        ended = None if isinstance(event, ActionExecuted) else review_of(event)
        if ended is not None and review_id in (None, ended.get("id")):
            if ended.get("decision") == "superseded":
                break
            raise Conflict("this answer was decided on already")
    raise Conflict("this answer waits no longer: the conversation has gone on")


async def resume(course: Course, verdict: Verdict, domain: Domain) -> None:
    """Do what follows from ``verdict``; the course's tracker has an open review."""
    review = course.end_review(verdict.record)
    held = str(review.get("action"))
    draft: Mapping[str, Any] = review.get("draft") or {}
    said: Mapping[str, Any] | None = draft.get("message")
    decision = verdict.decision
    if decision == "expire":
        decision = "approve" if review.get("after") == "send" else "discard"
    if decision == "approve" and said is None and not domain.is_known_action(held):
        decision = "discard"  # another model has taken over, which cannot do it
    chosen = _chosen(held, review, verdict)
    if decision == "edit":
        is_answer = said is not None
        _say(course, chosen if is_answer else None, _edited(verdict, said))
        if not is_answer:
            # What was held back would still be the thing to do; the agent answered in its place.
            course.record.log([ActionExecuted(action_name=ACTION_LISTEN)])
            return
    elif decision == "approve" and said is not None:
        _say(course, chosen, dict(said))
    elif decision == "approve":
        await course.execute(chosen)
    elif verdict.is_silent:
        course.record.log([ActionExecuted(action_name=ACTION_LISTEN)])
        return
    else:
        await course.execute(_handover(held, review, verdict))
    await course.act()


def _chosen(held: str, review: Mapping[str, Any], verdict: Verdict) -> PolicyPrediction:
    decided = {"id": review.get("id"), **verdict.record}
    confidence = float(review.get("confidence") or 0.0)
    return PolicyPrediction(
        action_name=held,
        confidence=confidence,
        scores={held: confidence},
        policy_name=HANDOFF_POLICY,
        hide_rule_turn=bool(review.get("hide_rule_turn")),
        action_metadata={REVIEW_KEY: decided},
    )


def _handover(held: str, review: Mapping[str, Any], verdict: Verdict) -> PolicyPrediction:
    agent = verdict.agent or {}
    handoff = {
        "reason": "low_confidence",
        "by": str(agent.get("id") or "bot"),
        "action": held,
        "confidence": review.get("confidence"),
        "parts": review.get("parts"),
        "when_nobody": "handover",
    }
    return PolicyPrediction(
        action_name=ACTION_HANDOFF,
        confidence=float(review.get("confidence") or 0.0),
        policy_name=HANDOFF_POLICY,
        hide_rule_turn=True,
        action_metadata={HANDOFF_KEY: handoff},
    )


def _edited(verdict: Verdict, draft: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the agent's words as the bot's: buttons, pictures and the like of the draft stay."""
    kept = {key: value for key, value in (draft or {}).items() if key != "text"}
    edited: dict[str, Any] = {**kept, "text": verdict.text}
    edited["original"] = (draft or {}).get("text")
    if verdict.agent is not None:
        edited["agent"] = dict(verdict.agent)
    return edited


def _say(course: Course, chosen: PolicyPrediction | None, message: Mapping[str, Any]) -> None:
    """Say what was decided as if the held action had said it."""
    said: list[Event] = [utterance(message)]
    if chosen is not None:
        course.log_executed(chosen)
    course.record.log(said)
    course.record.carry_out(said)
