"""Handing a conversation to a person: why, and what stands in the log about it.

A handoff is a ``ConversationPaused`` whose metadata says why; an answer that waits for an agent
is an ``ActionExecuted`` of ``action_review`` whose metadata holds the draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    AgentUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    SessionStarted,
    UserUttered,
)
from kefu.core.names import ACTION_LISTEN, ACTION_REVIEW, HANDOFF_KEY, REVIEW_KEY

__all__ = [
    "INTENT_REASONS",
    "REASONS",
    "REASON_NAMES",
    "Decision",
    "Reason",
    "concerns_review",
    "handoff_of",
    "open_review",
    "reason_name",
    "reason_of_intents",
    "review_of",
]

Reason = Literal[
    "asked",
    "low_confidence",
    "failed_twice",
    "negative",
    "sensitive",
    "important",
    "form_given_up",
    "agent",
    "left_message",
    "other",
]
"""Why a conversation goes to a person: they asked for one; the bot is not sure enough; it failed
several times in a row; the customer is upset; the matter is sensitive; the customer is important; a
form could not be filled; an agent took over; a message was left for later; anything else."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

Decision = Literal["approve", "edit", "discard", "expire", "superseded"]
"""What became of an answer that waited for an agent; superseded: the customer wrote meanwhile."""

REASON_NAMES: Final[Mapping[str, Mapping[Reason, str]]] = {
    "zh": {
        "asked": "客户要求转人工",
        "low_confidence": "机器人没有把握",
        "failed_twice": "机器人连续没有听懂",
        "negative": "客户情绪不好",
        "sensitive": "敏感问题",
        "important": "重要客户",
        "form_given_up": "表单没有填成",
        "agent": "客服接管",
        "left_message": "客户留言",
        "other": "其他原因",
    },
    "en": {
        "asked": "asked for a human",
        "low_confidence": "the bot is not sure",
        "failed_twice": "the bot failed several times",
        "negative": "the customer is upset",
        "sensitive": "sensitive matter",
        "important": "important customer",
        "form_given_up": "a form was given up",
        "agent": "taken over by an agent",
        "left_message": "left a message",
        "other": "other reason",
    },
}

INTENT_REASONS: Final[Mapping[str, Reason]] = {
    **dict.fromkeys(
        ("ask_human", "ask_for_human", "human", "human_handoff", "handoff", "talk_to_human"),
        "asked",
    ),
    **dict.fromkeys(("speak_to_human", "contact_human", "request_human", "agent"), "asked"),
    **dict.fromkeys(("complain", "complaint", "legal", "privacy", "medical"), "sensitive"),
    **dict.fromkeys(("nlu_fallback", "out_of_scope"), "low_confidence"),
}
"""What the usual names of intents tell of a handoff that nobody gave a reason for."""


def reason_name(reason: str, language: str) -> str:
    """Return what people call a reason, in Chinese or English; unknown reasons as they are."""
    names = REASON_NAMES["zh" if language.lower().startswith("zh") else "en"]
    return names.get(reason, reason)  # type: ignore[call-overload, no-any-return]


def reason_of_intents(
    intents: Sequence[str | None], known: Mapping[str, Reason] = INTENT_REASONS
) -> Reason | None:
    """Return the reason that the last messages give, the latest first; None: they give none.

    That the matter is sensitive says more than that a human was asked for, and more than that
    something was not understood.
    """
    given = [known[intent] for intent in intents if intent is not None and intent in known]
    weighty = [reason for reason in given if reason not in ("asked", "low_confidence")]
    asked = [reason for reason in given if reason == "asked"]
    return next(iter([*weighty, *asked, *given]), None)


def handoff_of(event: Event) -> Mapping[str, Any] | None:
    """Return what a pause says of the handoff that it is; None for other events and pauses."""
    if not isinstance(event, ConversationPaused):
        return None
    said = event.metadata.get(HANDOFF_KEY)
    return said if isinstance(said, Mapping) else None


def review_of(event: Event) -> Mapping[str, Any] | None:
    """Return what an event says of an answer that waits for an agent, or of the decision."""
    if not isinstance(event, ActionExecuted | ActionReverted):
        return None
    said = event.metadata.get(REVIEW_KEY)
    return said if isinstance(said, Mapping) else None


def concerns_review(event: Event) -> bool:
    """Whether an event begins a review or ends one."""
    if isinstance(event, ActionExecuted):
        return event.action_name == ACTION_REVIEW
    return isinstance(event, ActionReverted) and REVIEW_KEY in event.metadata


def open_review(events: Sequence[Event]) -> int | None:
    """Return where the review stands that waits for a decision; None when none does.

    Args:
        events: Those that still count, oldest first.
    """
    listens = False
    for index in range(len(events) - 1, -1, -1):
        match events[index]:
            case ActionExecuted(action_name=name) as event:
                if not listens and name == ACTION_LISTEN:
                    listens = True
                elif listens and name == ACTION_REVIEW and review_of(event) is not None:
                    return index
                else:
                    return None
            case (
                UserUttered()
                | ConversationPaused()
                | ConversationResumed()
                | AgentUttered()
                | SessionStarted()
                | Restarted()
            ):
                return None
            case _:
                pass
    return None
