"""``action_verify_customer``: proves by a one-time code that the customer's phone is theirs.

A loop like a form: it sends a code and listens. Six digits are checked; whatever is neither a code
nor a wish for another one it declines, so that rules answer, and then it goes on. The customer has
passed when the slot ``verification`` says so, for the phone in ``verified_phone``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from kefu.core.events import ActiveLoop, Event, SlotSet
from kefu.core.names import (
    ACTION_LISTEN,
    ACTION_VERIFY_CUSTOMER,
    CODE_PHONE_SLOT,
    CUSTOMER_ID_SLOT,
    CUSTOMER_PHONE_SLOT,
    PHONE_SLOT,
    VERIFICATION_SLOT,
    VERIFIED_PHONE_SLOT,
    VERIFIED_UNTIL_SLOT,
)
from kefu.core.state import ConversationState
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.utter import Utter
from kefu.dialogue.loops import run_loop
from kefu.dialogue.ports import Verification
from kefu.dialogue.responses.utterances import utterance
from kefu.dialogue.verification_words import built_in_text, wait_in_words
from kefu.errors import ActionRejected

__all__ = ["code_typed", "verify_customer"]

PASSED: Final = "passed"
FAILED: Final = "failed"
_CODE: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{3}[ -]?[0-9]{3}(?![0-9A-Za-z])")
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\+?[0-9][0-9 ()-]{6,18}[0-9](?![0-9A-Za-z])")
_DIGITS: Final = re.compile(r"[0-9]{4,}")
_FULL_WIDTH: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
_LONGEST: Final = 200
"""Characters of a message that are looked at: nobody writes a letter around a code."""


async def verify_customer(context: ActionContext) -> list[Event]:
    """Begin to verify the customer, or take the latest message as their answer.

    Raises:
        ActionRejected: The message is neither a code nor anything else that was asked for.
    """
    verification = context.tools.verification
    if verification is None:
        return await _without_sender(context)
    return await run_loop(_Run(context, verification))


async def _without_sender(context: ActionContext) -> list[Event]:
    said = await _said("utter_verification_unavailable", context)
    failed = SlotSet(key=VERIFICATION_SLOT, value=FAILED)
    return [ActiveLoop(name=ACTION_VERIFY_CUSTOMER), *said, failed, ActiveLoop(name=None)]


def code_typed(text: str, state: ConversationState) -> str | None:
    """Return the code in a message as it is written, where one is awaited; else None.

    It is a secret until it is used up: who keeps the message keeps it without.
    """
    is_awaited = state.active_loop_name == ACTION_VERIFY_CUSTOMER
    if not is_awaited or not state.slots.get(CODE_PHONE_SLOT):
        return None
    found = _CODE.search(text[:_LONGEST].translate(_FULL_WIDTH))
    return text[found.start() : found.end()] if found else None


class _Run:
    name = ACTION_VERIFY_CUSTOMER

    def __init__(self, context: ActionContext, verification: Verification) -> None:
        self._context = context
        self._codes = verification
        self._state = context.tracker.state
        self._slots = context.tracker.state.slots
        self._conversation_id = context.tracker.conversation_id

    @property
    def is_active(self) -> bool:
        return self._state.active_loop_name == self.name

    async def activated(self) -> list[Event]:
        """Forget the last outcome; a phone that was verified lately is verified still."""
        phone = self._phone
        until = self._slots.get(VERIFIED_UNTIL_SLOT)
        is_recent = isinstance(until, int | float) and until > self._context.tools.clock.now()
        if phone and is_recent and phone == self._slots.get(VERIFIED_PHONE_SLOT):
            return [SlotSet(key=VERIFICATION_SLOT, value=PASSED)]
        return [*self._noted_phone(None), SlotSet(key=VERIFICATION_SLOT)]

    async def step(self, so_far: list[Event]) -> list[Event]:
        if any(isinstance(event, ActiveLoop) for event in so_far):
            return await self._asked()
        loop = self._state.active_loop
        # Chosen again after it declined, as by the rule of another sensitive matter, it goes on.
        is_answer = self._state.latest_action_name == ACTION_LISTEN and not (
            loop and (loop.is_interrupted or loop.rejected)
        )
        if is_answer:
            return await self._heard()
        return await self._asked_again()

    def is_done(self, so_far: Sequence[Event]) -> bool:
        return any(
            isinstance(event, SlotSet) and event.key == VERIFICATION_SLOT and event.value
            for event in so_far
        )

    async def left(self) -> list[Event]:
        return self._noted_phone(None)

    async def _asked(self) -> list[Event]:
        """Send a code, or ask for the phone that it goes to."""
        if self._phone:
            return await self._send(self._phone)
        if self._slots.get(CUSTOMER_ID_SLOT):  # any phone they gave would prove nothing
            return await self._failed("utter_verification_no_phone")
        return await self._say("utter_ask_verification_phone")

    async def _asked_again(self) -> list[Event]:
        """Take up the thread after another topic was answered."""
        phone = self._phone
        if phone is None or phone != self._slots.get(CODE_PHONE_SLOT):
            return await self._asked()
        return await self._say("utter_ask_verification_code")

    async def _heard(self) -> list[Event]:
        message = self._state.latest_message
        text = ((message.text if message else None) or "")[:_LONGEST].translate(_FULL_WIDTH)
        phone, set_now = self._phone, list[Event]()
        if not self._is_known and (given := self._number_in(text)):
            phone, set_now = given, _set_phone(given, self._context)
        if phone is None:
            if _DIGITS.search(text) or self._slots.get(CUSTOMER_ID_SLOT):
                return await self._say("utter_verification_wrong_phone")
            raise ActionRejected(self.name, "the message has no telephone number")
        if phone != self._slots.get(CODE_PHONE_SLOT):
            return [*set_now, *await self._send(phone)]
        typed = self._context.typed_code
        if typed:
            digits = re.sub(r"[^0-9]", "", typed.translate(_FULL_WIDTH))
            return await self._check(phone, digits)
        if message and message.intent_name == self._context.tools.settings.resend_intent:
            return await self._send(phone)
        raise ActionRejected(self.name, "the message has no code")

    async def _send(self, phone: str) -> list[Event]:
        language = self._context.tools.settings.language
        sending = await self._codes.send(
            phone,
            conversation_id=self._conversation_id,
            step=next(self._context.call_keys),
            language=language,
        )
        values = {
            "masked_phone": sending.masked_phone,
            "minutes": str(sending.minutes),
            "wait": wait_in_words(sending.wait_seconds, language),
        }
        match sending.status:
            case "sent" | "too_soon":
                name = f"utter_code_{sending.status}"
                return [*self._noted_phone(phone), *await self._say(name, values)]
            case "too_often":
                return await self._failed("utter_code_too_often", values)
            case _:
                return await self._failed("utter_verification_unavailable")

    async def _check(self, phone: str, typed: str) -> list[Event]:
        check = await self._codes.check(
            phone,
            typed,
            conversation_id=self._conversation_id,
            step=next(self._context.call_keys),
        )
        match check.status:
            case "right":
                return [
                    SlotSet(key=VERIFIED_PHONE_SLOT, value=phone),
                    SlotSet(key=VERIFIED_UNTIL_SLOT, value=check.verified_until),
                    SlotSet(key=VERIFICATION_SLOT, value=PASSED),
                ]
            case "wrong":
                return await self._say("utter_code_wrong", {"tries": str(check.tries_left)})
            case "expired":
                return [*await self._say("utter_code_expired"), *await self._send(phone)]
            case "used_up":
                return await self._failed("utter_code_used_up")
            case _:
                return await self._failed("utter_verification_unavailable")

    async def _failed(self, name: str, values: dict[str, str] | None = None) -> list[Event]:
        said = await self._say(name, values)
        return [*said, SlotSet(key=VERIFICATION_SLOT, value=FAILED)]

    async def _say(self, name: str, values: dict[str, str] | None = None) -> list[Event]:
        return await _said(name, self._context, values)

    @property
    def _phone(self) -> str | None:
        """The phone to verify: of whoever is signed in, the one that the shop knows."""
        if self._is_known:
            return self._codes.number(str(self._slots[CUSTOMER_PHONE_SLOT]))
        if self._slots.get(CUSTOMER_ID_SLOT):
            return None
        given = self._slots.get(PHONE_SLOT) or self._slots.get(CODE_PHONE_SLOT)
        return self._codes.number(given) if isinstance(given, str) else None

    @property
    def _is_known(self) -> bool:
        return bool(self._slots.get(CUSTOMER_PHONE_SLOT))

    def _number_in(self, text: str) -> str | None:
        if self._slots.get(CUSTOMER_ID_SLOT):
            return None
        numbers = (self._codes.number(found[0]) for found in _NUMBER.finditer(text))
        return next(filter(None, numbers), None)

    def _noted_phone(self, phone: str | None) -> list[Event]:
        """Note where the last code went."""
        changes = self._slots.get(CODE_PHONE_SLOT) != phone
        return [SlotSet(key=CODE_PHONE_SLOT, value=phone)] if changes else []


def _set_phone(phone: str, context: ActionContext) -> list[Event]:
    """Remember a phone for other actions, where the domain has a slot for it."""
    has_slot = PHONE_SLOT in context.tools.domain.slots
    return [SlotSet(key=PHONE_SLOT, value=phone)] if has_slot else []


async def _said(
    name: str, context: ActionContext, values: dict[str, str] | None = None
) -> list[Event]:
    """Return what a response says, or a text of our own where the domain lacks it."""
    message = None
    if name in context.tools.domain.responses:
        message = await Utter(name).message(context, values)
    if message is None:
        text = built_in_text(name, values or {}, context.tools.settings.language)
        message = {"text": text, "utter_action": name}
    return [utterance(message)]
