"""What a bot needs from outside, given from the log: nothing is called, sent or written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kefu.core.codec import encode_event
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from kefu.core.names import (
    ACTION_LISTEN,
    ACTION_VALIDATE_SLOT_MAPPINGS,
    CODE_PHONE_SLOT,
    REQUESTED_SLOT,
    VERIFICATION_SLOT,
    VERIFIED_UNTIL_SLOT,
)
from kefu.core.tracker import Tracker
from kefu.core.verification import CodeCheck, CodeSending, SendingStatus
from kefu.dialogue.ports import ActionCall, ActionResult
from kefu.dialogue.responses.filling import filled
from kefu.dialogue.responses.templates import FILLED_KEYS
from kefu.dialogue.responses.variations import suitable_variations
from kefu.errors import ActionRejected
from kefu.evaluation.replay.recording import RecordedTurn

__all__ = ["RecordedActions", "RecordedVerification", "RecordedWords"]

_VALIDATES: Final = "validate_"
_ASKS: Final = "action_ask_"
_NOT_THE_ACTIONS: Final = (UserFeaturization, LoopInterrupted, ActionExecutionRejected)
"""Enter the log before the next action, and are not of the one before."""


class RecordedActions:
    """Gives what a custom action gave when it ran in the recorded turn.

    Attributes:
        unknown: Actions that were asked for, and did not run then: what they do is not known.
    """

    def __init__(self, domain: Domain) -> None:
        self.unknown: list[str] = []
        self._filling = _filling_slots(domain)
        self._runs: dict[str, list[Sequence[Event]]] = {}
        self._rejected: set[str] = set()
        self._extracted: list[SlotSet] = []

    def begin(self, turn: RecordedTurn) -> None:
        """Give what the custom actions of this turn gave."""
        self.unknown = []
        self._runs = _runs(turn.events)
        self._rejected = {
            event.action_name for event in turn.events if isinstance(event, ActionExecutionRejected)
        }
        self._extracted = _extracted(turn.events)

    async def run(self, call: ActionCall) -> ActionResult:
        """Return what the action gave in the log, or nothing.

        Raises:
            ActionRejected: It declined then, and did not run.
        """
        name = call.action_name
        if name in self._filling:
            return _given(self._extracted)
        form = name.removeprefix(_VALIDATES)
        if form != name:
            return self._validated(name, form)
        runs = self._runs.get(name)
        if runs:
            return _given(runs.pop(0) if len(runs) > 1 else runs[0])
        if name.startswith(_ASKS) and (asked := self._asked(name)):
            return _given(asked)
        if name in self._rejected:
            raise ActionRejected(name, "it declined when it was recorded")
        self.unknown.append(name)
        return ActionResult()

    def _validated(self, name: str, form: str) -> ActionResult:
        """Return what the form set and said before it asked for something."""
        runs = self._runs.get(form)
        if runs:
            first = next((at for at, e in enumerate(runs[0]) if _requests(e)), len(runs[0]))
            return _given([e for e in runs[0][:first] if isinstance(e, SlotSet | BotUttered)])
        if form in self._rejected:
            return ActionResult()
        self.unknown.append(name)
        return ActionResult()

    def _asked(self, name: str) -> list[BotUttered]:
        """Return what was said when a form asked for the slot of ``action_ask_…``."""
        for run in (run for runs in self._runs.values() for run in runs):
            for at, event in enumerate(run):
                if _requests(event) and name.endswith(f"_{_value(event)}"):
                    return [e for e in run[at:] if isinstance(e, BotUttered)]
        return []


def _requests(event: Event) -> bool:
    return isinstance(event, SlotSet) and event.key == REQUESTED_SLOT


def _value(event: Event) -> Any:
    return event.value if isinstance(event, SlotSet) else None


def _filling_slots(domain: Domain) -> frozenset[str]:
    """Return the actions that run with every message to fill slots."""
    mappings = (mapping for slot in domain.slots.values() for mapping in slot.mappings)
    named = (str(mapping["action"]) for mapping in mappings if mapping.get("action"))
    return frozenset({ACTION_VALIDATE_SLOT_MAPPINGS, *named})


def _runs(events: Sequence[Event]) -> dict[str, list[Sequence[Event]]]:
    """Return what followed each run of each action, up to the next one."""
    runs: dict[str, list[Sequence[Event]]] = defaultdict(list)
    current: list[Event] | None = None
    for event in events:
        if isinstance(event, ActionExecuted):
            current = []
            if event.action_name and event.action_name != ACTION_LISTEN:
                runs[event.action_name].append(current)
        elif current is not None and not isinstance(event, _NOT_THE_ACTIONS):
            current.append(event)
    return dict(runs)


def _extracted(events: Sequence[Event]) -> list[SlotSet]:
    """Return the slots that were set right after the message."""
    found: list[SlotSet] = []
    for event in events:
        if isinstance(event, ActionExecuted | UserUttered):
            break
        if isinstance(event, SlotSet):
            found.append(event)
    return found


def _given(events: Sequence[Event]) -> ActionResult:
    return ActionResult(events=tuple(encode_event(event) for event in events))


class RecordedWords:
    """Says what was said, where one of the domain's variations is just that; else the first one."""

    def __init__(self, domain: Domain) -> None:
        self._responses = domain.responses
        self._said: frozenset[str] = frozenset()

    def begin(self, texts: Sequence[str]) -> None:
        """Prefer variations that say one of ``texts``."""
        self._said = frozenset(texts)

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return a filled variation, or None when the domain has none that fits."""
        slots = tracker.state.slots
        suitable = suitable_variations(self._responses.get(name) or (), channel, slots)
        if not suitable:
            return None
        values = {**slots, **arguments}
        first: dict[str, Any] | None = None
        for chosen in suitable:
            found = {
                key: filled(value, values) if key in FILLED_KEYS else value
                for key, value in chosen.items()
            }
            if found.get("text") in self._said:
                return found
            first = first or found
        return first


class RecordedVerification:
    """Sends no code; a code that was typed is as right as it was then."""

    def __init__(self) -> None:
        self._set: dict[str, Any] = {}
        self._said: frozenset[str] = frozenset()

    @property
    def was_missing(self) -> bool:
        """Whether nobody could be verified when this was recorded."""
        return "utter_verification_unavailable" in self._said

    def begin(self, turn: RecordedTurn) -> None:
        """Give what came of codes in this turn."""
        said = (e.metadata.get("utter_action") for e in turn.events if isinstance(e, BotUttered))
        self._said = frozenset(map(str, said))
        self._set = {e.key: e.value for e in turn.events if isinstance(e, SlotSet)}

    def number(self, text: str) -> str | None:
        """Return the digits of what may be a mobile number; None for anything else."""
        digits = re.sub(r"\D", "", text)
        return digits[-11:] if 11 <= len(digits) <= 15 else None

    async def send(
        self,
        phone: str,
        *,
        conversation_id: str,  # noqa: ARG002 - the contract
        step: str,  # noqa: ARG002 - the contract
        language: str,  # noqa: ARG002 - the contract
    ) -> CodeSending:
        """Return that a code was sent, or why not, as it was then; nothing is sent."""
        shown = str(self._set.get(CODE_PHONE_SLOT) or phone)
        status: SendingStatus = "sent"
        if "utter_code_too_soon" in self._said:
            status = "too_soon"
        elif "utter_code_too_often" in self._said:
            status = "too_often"
        return CodeSending(status=status, masked_phone=f"{shown[:3]}****{shown[-4:]}", minutes=5)

    async def check(
        self,
        phone: str,  # noqa: ARG002 - the contract
        typed: str,  # noqa: ARG002 - the contract
        *,
        conversation_id: str,  # noqa: ARG002 - the contract
        step: str,  # noqa: ARG002 - the contract
    ) -> CodeCheck:
        """Return whether the code was right then."""
        if self._set.get(VERIFICATION_SLOT) == "passed":
            until = self._set.get(VERIFIED_UNTIL_SLOT)
            return CodeCheck(status="right", verified_until=float(until or 0.0))
        if self._set.get(VERIFICATION_SLOT) == "failed":
            return CodeCheck(status="used_up")
        if "utter_code_expired" in self._said:
            return CodeCheck(status="expired")
        return CodeCheck(status="wrong")
