"""The situations a conversation went through, kept up to date as the conversation grows.

Reading a conversation costs what has happened since the last reading, not its length: the
reader leaves its place in the tracker's memo. After events were undone it goes back to the
nearest of a few snapshots.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, AllSlotsReset, Event, SlotSet, UserUttered
from kefu.core.names import (
    ACTION_LISTEN,
    ACTION_UNLIKELY_INTENT,
    ENTITY_LABEL_SEPARATOR,
    SHOULD_NOT_BE_SET,
)
from kefu.core.state import ConversationState
from kefu.core.tracker import Tracker
from kefu.policies.situation import Situation, SlotFeature, SlotView, UserView

__all__ = ["History", "HistoryReader", "SituationBuilder", "as_predicted", "chooses_entities"]

_SNAPSHOTS = 16


class SituationBuilder:
    """Turns the state of a conversation into what policies see of it.

    With ``sees_all_entities`` the ``use_entities`` and ``ignore_entities`` of intents have no
    effect: so Rasa reads stories, which decides on what contradicts what.
    """

    __slots__ = ("_domain", "_slots", "_visible", "omits_unset_slots")

    def __init__(
        self, domain: Domain, *, omits_unset_slots: bool = False, sees_all_entities: bool = False
    ) -> None:
        self._domain = domain
        self._visible = _default_labels(domain) if sees_all_entities else None
        self._slots = tuple(
            slot
            for slot in domain.slots.values()
            if slot.influence_conversation and slot.feature(slot.stored(None))
        )
        self.omits_unset_slots = omits_unset_slots

    def user(self, state: ConversationState) -> UserView | None:
        """Return the latest message, with intent and text where both may still count."""
        message = state.latest_message
        if message is None:
            return None
        uses_text = state.uses_text
        text = message.text if message.text and uses_text is not False else None
        intent = message.intent_name if not uses_text else None
        entities = () if uses_text or not message.entities else self._entities(message)
        view = UserView(intent, text, entities)
        return None if view.is_empty else view

    def _entities(self, message: UserUttered) -> tuple[str, ...]:
        labels: set[str] = set()
        for entity in message.entities:
            name = str(entity.get("entity"))
            labels.add(name)
            labels.update(
                f"{name}{ENTITY_LABEL_SEPARATOR}{entity[part]}"
                for part in ("role", "group")
                if part in entity
            )
        intent = self._domain.intents.get(message.intent_name or "")
        if intent is not None:
            labels &= intent.used_entities if self._visible is None else self._visible
        return tuple(sorted(labels))

    def slots(self, state: ConversationState) -> SlotView | None:
        """Return the features of the slots that are set."""
        values: dict[str, SlotFeature] = {}
        for slot in self._slots:
            if self.omits_unset_slots and slot.name not in state.slots_ever_set:
                continue
            value = state.slots.get(slot.name)
            if value is None:
                continue  # no type of slot shows anything of it
            if value == SHOULD_NOT_BE_SET:
                values[slot.name] = SHOULD_NOT_BE_SET
                continue
            feature = slot.feature(value)
            if any(feature):
                values[slot.name] = feature
        return SlotView(values) if values else None


def _default_labels(domain: Domain) -> frozenset[str]:
    """Return the entity labels that intents use which say nothing about entities."""
    entities = domain.entities.values()
    return frozenset(label for e in entities if e.influences_conversation for label in e.labels)


def chooses_entities(domain: Domain) -> bool:
    """Whether any intent uses other entities than by default."""
    default = _default_labels(domain)
    return any(intent.used_entities != default for intent in domain.intents.values())


@dataclass(slots=True)
class _Position:
    """Where a reader is, and what it must remember to go on from there."""

    index: int
    state: ConversationState
    last_visible_action: tuple[str, bool] | None = None
    """Action (and whether it is a text) that learned policies believe was the last one."""
    is_hidden: bool = False
    slots_changed: bool = True
    slot_view: SlotView | None = None
    message: UserUttered | None = None
    """The message, and below how it counts, that ``user_view`` was made of."""
    uses_text: bool | None = None
    user_view: UserView | None = None

    def copy(self) -> _Position:
        return _Position(
            self.index,
            self.state.copy(),
            self.last_visible_action,
            self.is_hidden,
            self.slots_changed,
            self.slot_view,
            self.message,
            self.uses_text,
            self.user_view,
        )


@dataclass(slots=True)
class _Snapshot:
    position: _Position
    situations: int


@dataclass(slots=True)
class _Bookmark:
    """What a reader leaves in a tracker's memo."""

    reader: HistoryReader
    revision: int
    seen: list[Event]
    position: _Position
    situations: list[Situation]
    snapshots: deque[_Snapshot] = field(default_factory=lambda: deque(maxlen=_SNAPSHOTS))


@dataclass(frozen=True, slots=True)
class History:
    """The situations of a conversation so far.

    Attributes:
        past: Situations before the actions that have run. Shared, not to be changed.
        present: The situation now, with both intent and text of a message that was not
            answered yet; None when the turn is hidden from the reader.
        is_whole: Whether ``past`` reaches back to the beginning of the session.
    """

    past: Sequence[Situation]
    present: Situation | None
    is_whole: bool

    @property
    def length(self) -> int:
        """Number of situations."""
        return len(self.past) + (self.present is not None)

    def last(self, count: int | None, *, use_text: bool = False) -> list[Situation]:
        """Return the last ``count`` situations for a prediction from the intent or the text."""
        if self.present is None:
            situations = list(self.past if count is None else self.past[-count:])
        else:
            past = self.past if count is None else self.past[max(0, len(self.past) - count + 1) :]
            situations = [*past, self.present]
        if situations:
            situations[-1] = as_predicted(situations[-1], use_text=use_text)
        return situations


def as_predicted(situation: Situation, *, use_text: bool) -> Situation:
    """Return a situation as a prediction from the text, or from the intent, sees it."""
    user = situation.user
    if user is None:
        return situation
    if situation.follows_listen:
        view = user.text_only() if use_text else user.intent_only()
    else:
        view = user.settled()
    return situation if view is user else situation.with_user(view)


class HistoryReader:
    """Reads conversations in one of two ways: everything, or as learned policies see it.

    Learned policies (memoization included) do not see turns of rules that no story has, nor
    slots and loops that only rules use, nor ``action_unlikely_intent``.
    """

    __slots__ = ("_builder", "_memo_key", "hides_rules", "rule_only_loops", "rule_only_slots")

    def __init__(
        self,
        domain: Domain,
        *,
        hides_rules: bool = False,
        sees_all_entities: bool = False,
        rule_only_slots: frozenset[str] = frozenset(),
        rule_only_loops: frozenset[str] = frozenset(),
    ) -> None:
        self._builder = SituationBuilder(domain, sees_all_entities=sees_all_entities)
        self.hides_rules = hides_rules
        self.rule_only_slots = rule_only_slots
        self.rule_only_loops = rule_only_loops
        self._memo_key = f"history:{hides_rules}"

    def read(self, tracker: Tracker) -> History:
        """Return the history of ``tracker``."""
        mark = self._bookmark(tracker)
        applied = tracker.applied
        position = mark.position
        for index in range(position.index, len(applied)):
            event = applied[index]
            if isinstance(event, ActionExecuted):
                self._note_action(mark, event)
            elif isinstance(event, SlotSet | AllSlotsReset):
                position.slots_changed = True
            position.state.apply(event)
            mark.seen.append(event)
            position.index = index + 1
        present = self._situation(position, hide=False, previous=mark.situations, keep=False)
        return History(mark.situations, present, tracker.is_whole)

    def _bookmark(self, tracker: Tracker) -> _Bookmark:
        mark = tracker.memo.get(self._memo_key)
        if isinstance(mark, _Bookmark) and mark.reader is self:
            if mark.revision == tracker.revision:
                return mark
            if _rewind(mark, tracker):
                return mark
        mark = _Bookmark(self, tracker.revision, [], _Position(0, tracker.base.copy()), [])
        tracker.memo[self._memo_key] = mark
        return mark

    def _note_action(self, mark: _Bookmark, event: ActionExecuted) -> None:
        mark.snapshots.append(_Snapshot(mark.position.copy(), len(mark.situations)))
        situation = self._situation(
            mark.position, hide=event.hide_rule_turn, previous=mark.situations, keep=True
        )
        if situation is None:
            return
        user = situation.user
        if user is not None and user.intent and user.text:
            situation = situation.with_user(user.settled())
        mark.situations.append(situation)

    def _situation(
        self, position: _Position, *, hide: bool, previous: Sequence[Situation], keep: bool
    ) -> Situation | None:
        """Return the situation at ``position``; None if the reader must not see it."""
        last = _last_action(position.state)
        if not self.hides_rules:
            return self._plain(position, last)
        visible, is_hidden = self._visibility(position, last, hide=hide)
        if keep:
            position.last_visible_action = visible
            position.is_hidden = is_hidden
        if is_hidden:
            return None
        situation = self._cleaned(self._plain(position, last), visible, previous)
        return None if situation.follows_unlikely_intent else situation

    def _visibility(
        self, position: _Position, last: tuple[str, bool] | None, *, hide: bool
    ) -> tuple[tuple[str, bool] | None, bool]:
        """Return which action learned policies believe was the last one, and what they miss."""
        state = position.state
        visible = position.last_visible_action if position.is_hidden else last
        is_hidden = position.is_hidden
        if not state.followup_action and state.latest_action_name != state.active_loop_name:
            is_hidden = hide
        return visible, is_hidden

    def present(self, events: Iterable[Event], domain: Domain) -> Situation | None:
        """Return the present of a conversation that begins with ``events``, and only that.

        It is what :meth:`read` gives of a tracker with just these events, for less.
        """
        position = _Position(0, ConversationState.initial(domain))
        previous: list[Situation] = []
        for event in events:
            if isinstance(event, ActionExecuted):
                self._pass_by(position, event, previous)
            elif isinstance(event, SlotSet | AllSlotsReset):
                position.slots_changed = True
            position.state.apply(event)
        return self._situation(position, hide=False, previous=previous, keep=False)

    def _pass_by(
        self, position: _Position, event: ActionExecuted, previous: list[Situation]
    ) -> None:
        """Note the message that the situation before an action shows; nothing else of it counts."""
        if not self.hides_rules:
            return
        last = _last_action(position.state)
        visible, is_hidden = self._visibility(position, last, hide=event.hide_rule_turn)
        position.last_visible_action, position.is_hidden = visible, is_hidden
        if is_hidden or (visible or last) == (ACTION_UNLIKELY_INTENT, False):
            return
        if previous and last != (ACTION_LISTEN, False):
            return
        user = self._user_view(position)
        if user is not None and user.intent and user.text:
            user = user.settled()
        previous[:] = [Situation(user, None, None, None)]

    def _plain(self, position: _Position, last: tuple[str, bool] | None) -> Situation:
        state = position.state
        if position.slots_changed:
            position.slot_view = self._builder.slots(state)
            position.slots_changed = False
        user = self._user_view(position)
        name, is_text = last or (None, False)
        loop = state.active_loop.name if state.active_loop else None
        return Situation(user, position.slot_view, name, loop, action_is_text=is_text)

    def _user_view(self, position: _Position) -> UserView | None:
        state = position.state
        if state.latest_message is not position.message or state.uses_text != position.uses_text:
            position.user_view = self._builder.user(state)
            position.message, position.uses_text = state.latest_message, state.uses_text
        return position.user_view

    def _cleaned(
        self,
        situation: Situation,
        visible: tuple[str, bool] | None,
        previous: Sequence[Situation],
    ) -> Situation:
        """Take out what only rules know, and put in what was visible before."""
        user, slots, loop = situation.user, situation.slots, situation.loop
        if slots is not None and self.rule_only_slots:
            slots = slots.without(self.rule_only_slots)
            slots = slots if slots.values else None
        if loop in self.rule_only_loops:
            loop = None
        if previous and not situation.follows_listen:
            user = previous[-1].user
        name, is_text = visible or (situation.action, situation.action_is_text)
        return Situation(user, slots, name, loop, action_is_text=is_text)


def _last_action(state: ConversationState) -> tuple[str, bool] | None:
    action = state.latest_action
    return (state.latest_action_name or "", "action_text" in action) if action else None


def _rewind(mark: _Bookmark, tracker: Tracker) -> bool:
    """Take ``mark`` back to where ``tracker`` still agrees with it; False if it cannot."""
    applied, seen = tracker.applied, mark.seen
    common = 0
    for known, event in zip(seen, applied, strict=False):
        if known is not event:
            break
        common += 1
    if common == 0:
        return False
    if common < len(seen):
        while mark.snapshots and mark.snapshots[-1].position.index > common:
            mark.snapshots.pop()
        if not mark.snapshots:
            return False
        snapshot = mark.snapshots[-1]
        mark.position = snapshot.position.copy()
        del mark.seen[mark.position.index :]
        del mark.situations[snapshot.situations :]
    mark.revision = tracker.revision
    return True
