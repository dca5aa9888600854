"""The situations of training conversations: read in one go, equal ones shared."""

from __future__ import annotations

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, AllSlotsReset, SlotSet, UserUttered
from kefu.core.state import ConversationState
from kefu.core.tracker import Tracker
from kefu.policies.history import SituationBuilder
from kefu.policies.situation import Situation, SlotView, UserView

__all__ = ["TrainingReader"]


class TrainingReader:
    """Reads whole conversations; the same situation is the same object in all of them.

    By default it sees all entities, as Rasa does in training; in conversations intents may use
    or ignore some, which ``sees_all_entities=False`` follows.
    """

    def __init__(
        self, domain: Domain, *, omits_unset_slots: bool = False, sees_all_entities: bool = True
    ) -> None:
        self._builder = SituationBuilder(
            domain, omits_unset_slots=omits_unset_slots, sees_all_entities=sees_all_entities
        )
        self._users: dict[str, UserView] = {}
        self._slots: dict[str, SlotView] = {}
        self._situations: dict[tuple[object, ...], Situation] = {}
        self._initial_slots = self._slots_of(ConversationState.initial(domain))

    def read(self, tracker: Tracker) -> list[Situation]:
        """Return the situation before each applied action, then the last one."""
        state = tracker.base.copy()
        slots = self._initial_slots if tracker.is_whole else self._slots_of(state)
        user: UserView | None = None
        message: UserUttered | None = None
        uses_text: bool | None = None
        slots_changed = False
        situations: list[Situation] = []
        for event in (*tracker.applied, None):
            if event is None or isinstance(event, ActionExecuted):
                if state.latest_message is not message or state.uses_text is not uses_text:
                    message, uses_text = state.latest_message, state.uses_text
                    user = self._user_of(state)
                if slots_changed:
                    slots = self._slots_of(state)
                    slots_changed = False
                situations.append(self._situation(user, slots, state))
            elif isinstance(event, SlotSet | AllSlotsReset):
                slots_changed = True
            if event is not None:
                state.apply(event)
        return situations

    def _user_of(self, state: ConversationState) -> UserView | None:
        view = self._builder.user(state)
        if view is None:
            return None
        view = view.settled()
        return self._users.setdefault(view.json, view)

    def _slots_of(self, state: ConversationState) -> SlotView | None:
        view = self._builder.slots(state)
        return None if view is None else self._slots.setdefault(view.json, view)

    def _situation(
        self, user: UserView | None, slots: SlotView | None, state: ConversationState
    ) -> Situation:
        action = state.latest_action
        is_text = "action_text" in action
        name = state.latest_action_name or "" if action else None
        loop = state.active_loop.name if state.active_loop else None
        key = (user and user.json, slots and slots.json, name, is_text, loop)
        situation = self._situations.get(key)
        if situation is None:
            situation = Situation(user, slots, name, loop, action_is_text=is_text)
            self._situations[key] = situation
        return situation
