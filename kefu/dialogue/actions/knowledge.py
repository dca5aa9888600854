"""``action_answer_from_knowledge``: says what an article has on the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kefu.core.events import Event
from kefu.core.names import ACTION_ANSWER_FROM_KNOWLEDGE, KNOWLEDGE_KEY, KNOWLEDGE_RESPONSE
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.utter import Message, Utter
from kefu.dialogue.responses.utterances import utterance
from kefu.errors import ActionRejected

__all__ = ["AnswerFromKnowledge"]


class AnswerFromKnowledge:
    """Quotes the passage that ``KnowledgeSelector`` found for the latest message.

    It says ``utter_knowledge`` where the domain has it, with ``{answer}``, ``{title}`` and
    ``{heading}`` filled in; else the answer with its source below. The metadata of what it says
    has the source under ``knowledge``.
    """

    async def run(self, context: ActionContext) -> list[Event]:
        """Return the utterance.

        Raises:
            ActionRejected: Nothing was found for the message.
        """
        message = await self.message(context)
        if message is None:
            raise ActionRejected(ACTION_ANSWER_FROM_KNOWLEDGE, "no article answers the message")
        return [utterance(message)]

    async def message(self, context: ActionContext) -> Message | None:
        """Return the words; None when nothing was found."""
        found = _found(context)
        if found is None:
            return None
        best = found["passages"][0]
        heading = best["headings"][-1] if best["headings"] else ""
        values = {"answer": found["answer"], "title": best["title"], "heading": heading}
        response = Utter(KNOWLEDGE_RESPONSE, is_optional=True)
        said = await response.message(context, values) or {"text": _plain(**values)}
        source = {**best, "confidence": found["confidence"], "answer": found["answer"]}
        return {**said, KNOWLEDGE_KEY: source}


def _found(context: ActionContext) -> Mapping[str, Any] | None:
    message = context.tracker.state.latest_message
    found = message.parse_data.get(KNOWLEDGE_KEY) if message else None
    if not isinstance(found, Mapping) or not found.get("answer") or not found.get("passages"):
        return None
    return found


def _plain(*, answer: str, title: str, heading: str) -> str:
    source = f"《{title}》 · {heading}" if heading and heading != title else f"《{title}》"
    return f"{answer}\n—— {source}"
