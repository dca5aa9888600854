"""All actions of a domain, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from kefu.core.domain import Domain
from kefu.core.events import Event
from kefu.core.names import (
    ACTION_ANSWER_FROM_KNOWLEDGE,
    ACTION_BACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_DEFAULT_FALLBACK,
    ACTION_EXTRACT_SLOTS,
    ACTION_HANDOFF,
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_REVERT_FALLBACK_EVENTS,
    ACTION_REVIEW,
    ACTION_SESSION_START,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_UNLIKELY_INTENT,
    ACTION_VERIFY_CUSTOMER,
    UTTER_PREFIX,
)
from kefu.dialogue.actions import plain
from kefu.dialogue.actions.action import Action, ActionContext
from kefu.dialogue.actions.custom import CustomAction
from kefu.dialogue.actions.handoff import hand_over
from kefu.dialogue.actions.knowledge import AnswerFromKnowledge
from kefu.dialogue.actions.review import ask_for_review
from kefu.dialogue.actions.utter import SayText, Utter, UtterSelected
from kefu.dialogue.fallback import two_stage_fallback
from kefu.dialogue.forms import FormAction
from kefu.dialogue.slot_filling import SlotFilling
from kefu.dialogue.verification import verify_customer
from kefu.errors import UnknownAction

__all__ = ["DomainCatalog"]

BUILT_IN: Mapping[str, Callable[[ActionContext], Awaitable[list[Event]]]] = {
    ACTION_LISTEN: plain.do_nothing,
    ACTION_RESTART: plain.restart,
    ACTION_SESSION_START: plain.start_session,
    ACTION_DEFAULT_FALLBACK: plain.default_fallback,
    ACTION_DEACTIVATE_LOOP: plain.deactivate_loop,
    ACTION_REVERT_FALLBACK_EVENTS: plain.do_nothing,
    ACTION_DEFAULT_ASK_AFFIRMATION: plain.ask_affirmation,
    ACTION_DEFAULT_ASK_REPHRASE: plain.ask_rephrase,
    ACTION_TWO_STAGE_FALLBACK: two_stage_fallback,
    ACTION_UNLIKELY_INTENT: plain.do_nothing,
    ACTION_BACK: plain.back,
    ACTION_HANDOFF: hand_over,
    ACTION_REVIEW: ask_for_review,
    ACTION_VERIFY_CUSTOMER: verify_customer,
}


class DomainCatalog:
    """Finds the actions of one domain; a project's own actions replace built-in ones."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._own = {*domain.custom_actions, *domain.responses, *domain.forms}
        self._found: dict[str, Action] = {}

    def find(self, name: str) -> Action:
        """Return the action ``name``, or the one that says ``name`` when it is a text.

        Raises:
            UnknownAction: The domain has no such action.
        """
        action = self._found.get(name)
        if action is None:
            if not self._domain.is_known_action(name):
                raise UnknownAction(f"the domain has no action {name!r}")
            action = self._found[name] = self._made(name)
        return action

    def is_text(self, name: str) -> bool:
        """Whether ``name`` is the text of an end-to-end utterance."""
        return isinstance(self.find(name), SayText)

    def _made(self, name: str) -> Action:
        return (
            self._built_in(name) or self._speaking(name) or self._form(name) or CustomAction(name)
        )

    def _built_in(self, name: str) -> Action | None:
        if name in self._own:
            return None
        if name == ACTION_EXTRACT_SLOTS:
            return SlotFilling(self._domain)
        if name == ACTION_ANSWER_FROM_KNOWLEDGE:
            return AnswerFromKnowledge()
        function = BUILT_IN.get(name)
        return plain.Simple(function) if function else None

    def _speaking(self, name: str) -> Action | None:
        is_response = name.startswith(UTTER_PREFIX)
        if is_response and name.removeprefix(UTTER_PREFIX) in self._domain.retrieval_intents:
            return UtterSelected(name)
        if name in self._domain.e2e_actions:
            return SayText(name)
        return Utter(name) if is_response else None

    def _form(self, name: str) -> Action | None:
        form = self._domain.forms.get(name)
        return FormAction(form) if form and name not in self._domain.custom_actions else None
