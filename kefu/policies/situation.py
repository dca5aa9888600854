"""What policies see of one moment of a conversation: a situation.

A situation has a canonical JSON form. Its layout is Rasa's, because the length of a rule in
this form decides which of several matching rules is the most specific one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from kefu.core.names import ACTION_LISTEN, ACTION_UNLIKELY_INTENT, SHOULD_NOT_BE_SET

__all__ = ["Situation", "SlotFeature", "SlotView", "UserView", "digest_of", "situations_json"]

SlotFeature = tuple[float, ...] | str
"""Features of a slot's value, or ``should_not_be_set`` in a rule."""


class UserView:
    """The latest message as policies see it: its intent or its text, and entity labels."""

    __slots__ = ("entities", "intent", "json", "text")

    def __init__(
        self,
        intent: str | None = None,
        text: str | None = None,
        entities: tuple[str, ...] = (),
    ) -> None:
        self.intent = intent
        self.text = text
        self.entities = entities
        content: dict[str, Any] = {}
        if entities:
            content["entities"] = entities
        if intent:
            content["intent"] = intent
        if text:
            content["text"] = text
        self.json = json.dumps(content)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> UserView:
        """Read back what stands below ``user`` in the JSON form of a situation."""
        return cls(raw.get("intent"), raw.get("text"), tuple(raw.get("entities") or ()))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.intent or self.text or self.entities)

    def settled(self) -> UserView:
        """Return the view with either the intent or the text: the intent comes first."""
        if self.intent and self.text:
            return UserView(self.intent, None, self.entities)
        return self

    def text_only(self) -> UserView:
        """Return the view for a prediction from the text."""
        return UserView(None, self.text)

    def intent_only(self) -> UserView:
        """Return the view for a prediction from the intent."""
        return UserView(self.intent, None, self.entities) if self.text else self


class SlotView:
    """The slots that are set and have influence, with the features of their values."""

    __slots__ = ("json", "values")

    def __init__(self, values: Mapping[str, SlotFeature]) -> None:
        self.values = values
        self.json = json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> SlotView:
        """Read back what stands below ``slots`` in the JSON form of a situation."""
        return cls({k: v if isinstance(v, str) else tuple(v) for k, v in raw.items()})

    def without(self, names: frozenset[str]) -> SlotView:
        """Return the view without some slots."""
        if names.isdisjoint(self.values):
            return self
        return SlotView({k: v for k, v in self.values.items() if k not in names})


class Situation:
    """One moment before an action. Immutable; compares by its JSON form.

    Attributes:
        user: The latest message; None when there is none to see.
        slots: Set slots; None when there are none.
        action: Name or text of the action before; None at the start of a conversation.
        action_is_text: Whether ``action`` is the text of an end-to-end utterance.
        loop: Name of the active loop, or ``should_not_be_set`` in a rule.
    """

    __slots__ = ("_digest", "_json", "action", "action_is_text", "loop", "slots", "user")

    def __init__(
        self,
        user: UserView | None,
        slots: SlotView | None,
        action: str | None,
        loop: str | None,
        *,
        action_is_text: bool = False,
    ) -> None:
        self.user = user
        self.slots = slots
        self.action = action
        self.action_is_text = action_is_text
        self.loop = loop
        self._json: str | None = None
        self._digest: bytes | None = None

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Situation:
        """Read back a situation from its parsed JSON form."""
        user, slots = raw.get("user"), raw.get("slots")
        action = raw.get("prev_action") or {}
        return cls(
            UserView.from_json(user) if user is not None else None,
            SlotView.from_json(slots) if slots else None,
            action.get("action_name") or action.get("action_text"),
            (raw.get("active_loop") or {}).get("name"),
            action_is_text="action_text" in action,
        )

    @property
    def json(self) -> str:
        """The canonical JSON form."""
        if self._json is None:
            items: list[str] = []
            if self.loop:
                items.append(f'"active_loop": {{"name": {json.dumps(self.loop)}}}')
            if self.action is not None:
                kind = "action_text" if self.action_is_text else "action_name"
                items.append(f'"prev_action": {{"{kind}": {json.dumps(self.action)}}}')
            if self.slots is not None:
                items.append(f'"slots": {self.slots.json}')
            if self.user is not None:
                items.append(f'"user": {self.user.json}')
            self._json = f"{{{', '.join(items)}}}"
        return self._json

    @property
    def digest(self) -> bytes:
        """Eight bytes that stand for this situation."""
        if self._digest is None:
            self._digest = blake2b(self.json.encode(), digest_size=8).digest()
        return self._digest

    @property
    def number(self) -> int:
        """The digest as a number."""
        return int.from_bytes(self.digest, "big")

    @property
    def follows_listen(self) -> bool:
        """Whether the bot listened just before, so that the user's message is fresh."""
        return self.action == ACTION_LISTEN and not self.action_is_text

    @property
    def follows_unlikely_intent(self) -> bool:
        """Whether ``action_unlikely_intent`` ran just before."""
        return self.action == ACTION_UNLIKELY_INTENT and not self.action_is_text

    @property
    def active_loop(self) -> str | None:
        """Name of the active loop; None also where a rule says that none may be active."""
        return None if self.loop == SHOULD_NOT_BE_SET else self.loop

    def with_user(self, user: UserView | None) -> Situation:
        """Return a copy that sees another message."""
        return Situation(
            user, self.slots, self.action, self.loop, action_is_text=self.action_is_text
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Situation) and self.json == other.json

    def __hash__(self) -> int:
        return hash(self.json)

    def __repr__(self) -> str:
        return f"Situation({self.json})"


def situations_json(situations: Sequence[Situation]) -> str:
    """Return several situations in the canonical JSON form."""
    return f"[{', '.join(situation.json for situation in situations)}]"


def digest_of(situations: Sequence[Situation]) -> int:
    """Return a 64-bit number that stands for a sequence of situations."""
    joined = b"".join([situation.digest for situation in situations])
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big")
