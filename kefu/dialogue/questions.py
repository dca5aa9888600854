"""The second question of a message: answered beside the one that the conversation goes on with.

The message stands in the log once, with the meaning of its main question and, under ``questions``,
that of the other. What answers the other is only said: no action, no slot comes of it, so rules,
stories and forms see a message with one meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.events import UserUttered
from kefu.core.messages import ParseData, UserMessage
from kefu.core.names import (
    ACTION_ANSWER_FROM_KNOWLEDGE,
    ACTION_HANDOFF,
    ACTION_REVIEW,
    ACTION_VERIFY_CUSTOMER,
    DEFAULT_ACTIONS,
)
from kefu.core.tracker import Tracker
from kefu.dialogue.impulses import user_event

__all__ = ["QUESTIONS_KEY", "asked_beside", "is_plain_answer", "main_question"]

QUESTIONS_KEY: Final = "questions"
_NO_ANSWERS: Final = (*DEFAULT_ACTIONS, ACTION_HANDOFF, ACTION_REVIEW, ACTION_VERIFY_CUSTOMER)
_OF_HALF: Final = ("intent", "intent_ranking", "response_selector", "knowledge")


def main_question(parse_data: ParseData, tracker: Tracker) -> ParseData:
    """Return the message with the meaning of its main question.

    While a form or another loop is active, or the bot is paused, nothing is split: there a comma
    is part of an answer.
    """
    questions = parse_data.get(QUESTIONS_KEY)
    if not questions:
        return parse_data
    whole = {key: value for key, value in parse_data.items() if key != QUESTIONS_KEY}
    if tracker.state.active_loop_name or tracker.state.is_paused:
        return whole
    return _with_meaning(whole, questions["main"]) | {QUESTIONS_KEY: questions}


def asked_beside(message: UserMessage, parse_data: Mapping[str, Any]) -> UserUttered | None:
    """Return the message as if it asked its second question only; None if it has none."""
    questions = parse_data.get(QUESTIONS_KEY)
    if not questions:
        return None
    beside: Mapping[str, Any] = questions["beside"]
    meaning = _with_meaning(parse_data, beside) | {"entities": beside["entities"]}
    text = str(beside["text"])
    return user_event(text, message, {**meaning, "text": text})


def is_plain_answer(action: str, domain: Domain) -> bool:
    """Whether an action only answers: no form, no handing over, nothing the bot does by itself."""
    if action == ACTION_ANSWER_FROM_KNOWLEDGE:
        return True
    return action not in _NO_ANSWERS and action not in domain.forms


def _with_meaning(whole: Mapping[str, Any], half: Mapping[str, Any]) -> ParseData:
    kept = {key: value for key, value in whole.items() if key not in _OF_HALF}
    return kept | {key: half[key] for key in _OF_HALF if key in half}
