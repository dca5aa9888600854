"""What the platform tells of besides messages: entering, states of service, failures, recalls."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kefu.channels.base import InboundMessage
from kefu.channels.wecom.api import ENDED, HUMAN
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.sending import event_msgid
from kefu.channels.wecom.sessions import CHANNEL, address_of, recipient_of
from kefu.core.notes import note
from kefu.errors import ChannelError
from kefu.logs import fields

__all__ = ["Events", "Failure"]

log = logging.getLogger(__name__)

Failure = tuple[str, str, float]
"""Reference of a delivery, why it failed, and when that was reported."""

CODE_SECONDS = 20.0
FAILURE_SECONDS, MOST_FAILURES = 2 * 86400.0, 100
"""How long a failure waits for its delivery to become known, which is when all its messages are
sent; and how many do."""
SEEN_SECONDS = 4 * 86400.0
"""Longer than the platform keeps its log."""
OVER_TIME, OVER_COUNT = 4, 6
WHY_FAILED = {
    0: "the platform does not say why",
    1: "the 客服 account was deleted",
    2: "the application was closed",
    4: "the customer wrote more than 48 hours ago",
    5: "the session has ended",
    6: "more than five messages since the customer wrote",
    7: "the 视频号 is not linked to the account",
    8: "the enterprise is not verified",
    9: "the 视频号's owner is not linked",
    10: "the customer refuses messages",
}
HUMAN_SERVES = frozenset({1, 2, 4})
SESSION_ENDED = 3


class Events:
    """Takes the events of accounts' logs; taking one again changes nothing."""

    def __init__(
        self, enterprise: Enterprise, *, failed: Callable[[str], Awaitable[str | None]]
    ) -> None:
        """Put it together.

        Args:
            enterprise: Whose accounts they are.
            failed: Takes note that a message did not arrive, by its msgid; gives the reference of
                its delivery, None if it is not ours.
        """
        self._note_failed = failed
        self._enterprise = enterprise
        self._api = enterprise.api
        self._settings = enterprise.settings
        self._sessions = enterprise.sessions
        self._door = enterprise.context.door
        self._state = enterprise.context.state

    async def take(self, account: str, item: Mapping[str, Any]) -> InboundMessage | Failure | None:
        """Do what an event asks for; return what it leaves to do: a message, or a failure."""
        event = item.get("event")
        if not isinstance(event, dict):
            return None
        customer, msgid = str(event.get("external_userid") or ""), str(item.get("msgid") or "")
        self._enterprise.count(f"event_{_name(event.get('event_type'))}")
        match event.get("event_type"):
            case "enter_session":
                return await self._entered(account, customer, item, event)
            case "msg_send_fail":
                return await self._failed(account, customer, event)
            case "session_status_change":
                await self._session_changed(account, customer, msgid, event)
            case "user_recall_msg" | "servicer_recall_msg" as kind:
                by = "customer" if kind == "user_recall_msg" else "agent"
                recalled = note("recalled", id=event.get("recall_msgid"), by=by)
                await self._note(account, customer, msgid, recalled)
            case "servicer_status_change":
                key = f"wecom:servicer:{account}:{event.get('servicer_userid')}"
                await self._state.put(key, str(event.get("status")))
            case _:
                pass
        return None

    async def servicer_said(self, account: str, item: Mapping[str, Any]) -> None:
        """Note what a person wrote in WeCom's own client."""
        kind = str(item.get("msgtype") or "")
        body = item.get(kind)
        said = body.get("content") if kind == "text" and isinstance(body, dict) else None
        told = {"servicer": item.get("servicer_userid"), "kind": kind}
        customer, msgid = str(item.get("external_userid") or ""), str(item.get("msgid") or "")
        await self._note(account, customer, msgid, note("said_elsewhere", text=said, **told))

    async def settle(self, failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
        """Tell the deliveries that failed; return those that nobody knows yet."""
        unknown: list[Failure] = []
        for failure in failures:
            reference, reason, at = failure
            is_told = await self._door.note_delivery(CHANNEL, reference, "failed", reason=reason)
            if not is_told and self._enterprise.now() - at < FAILURE_SECONDS:
                unknown.append(failure)
        return tuple(unknown[-MOST_FAILURES:])

    async def _entered(
        self, account: str, customer: str, item: Mapping[str, Any], event: Mapping[str, Any]
    ) -> InboundMessage | None:
        now, told_at = self._enterprise.now(), item.get("send_time")
        sent_at = float(told_at) if isinstance(told_at, int | float) else 0.0
        code = str(event.get("welcome_code") or "")
        scene, param = str(event.get("scene") or ""), str(event.get("scene_param") or "")
        is_usable = bool(code) and now - sent_at < CODE_SECONDS
        intent = self._settings.enter_intent
        changes: dict[str, Any] = {"scene": scene, "scene_param": param}
        if is_usable and intent:
            changes |= {"code": code, "code_ends": sent_at + CODE_SECONDS, "code_for": ""}
        await self._sessions.change(account, customer, **changes)
        msgid = str(item.get("msgid") or "")
        if is_usable and self._settings.welcome and not intent:
            self._enterprise.context.spawn(self._welcome(code, msgid))
        if not intent:
            entered = note("entered", scene=scene, scene_param=param)
            await self._note(account, customer, msgid, entered)
            return None
        told = {"open_kfid": account, "external_userid": customer, "sent_at": sent_at}
        return InboundMessage(
            conversation_id=address_of(account, customer),
            text=f"/{intent}",
            message_id=msgid,
            sender=recipient_of(account, customer),
            input_channel=CHANNEL,
            output_channel=CHANNEL,
            metadata={CHANNEL: {**told, "scene": scene, "scene_param": param, "entered": True}},
        )

    async def _welcome(self, code: str, msgid: str) -> None:
        message = {"msgtype": "text", "text": {"content": self._settings.welcome}}
        try:
            answer = await self._api.send_on_event(code, event_msgid(msgid), message)
            answer.require()
        except ChannelError as error:
            self._enterprise.count("welcome_failed")
            log.warning("no welcome was sent", extra=fields(error=str(error)))
        else:
            self._enterprise.count("welcomed")

    async def _failed(
        self, account: str, customer: str, event: Mapping[str, Any]
    ) -> Failure | None:
        kind = event.get("fail_type")
        if kind in (OVER_TIME, OVER_COUNT):
            await self._enterprise.ledger.exhaust(recipient_of(account, customer))
        reference = await self._note_failed(str(event.get("fail_msgid") or ""))
        if reference is None:
            return None
        number = kind if isinstance(kind, int) else 0
        reason = f"WeCom: {WHY_FAILED.get(number, WHY_FAILED[0])} (fail_type {kind})"
        return reference, reason, self._enterprise.now()

    async def _session_changed(
        self, account: str, customer: str, msgid: str, event: Mapping[str, Any]
    ) -> None:
        change = event.get("change_type")
        change = change if isinstance(change, int) else 0
        state = HUMAN if change in HUMAN_SERVES else ENDED if change == SESSION_ENDED else None
        if state is not None:
            await self._sessions.change(account, customer, state=state)
        before, after = event.get("old_servicer_userid"), event.get("new_servicer_userid")
        told = {"change": change, "from": before, "to": after}
        await self._note(account, customer, msgid, note("service_state", **told))

    async def _note(self, account: str, customer: str, msgid: str, body: Mapping[str, Any]) -> None:
        """Note something in the conversation, once for each event."""
        if not customer or not msgid:
            return
        key = f"wecom:noted:{msgid}"
        if await self._state.get(key) is not None:
            return
        await self._door.note(address_of(account, customer), {"channel": CHANNEL, **body})
        await self._state.put(key, "1", expires_in=SEEN_SECONDS)


def _name(event_type: Any) -> str:
    """Return a name that may stand in the metrics, whatever the platform calls its event."""
    known = {
        "enter_session",
        "msg_send_fail",
        "session_status_change",
        "servicer_status_change",
        "user_recall_msg",
        "servicer_recall_msg",
    }
    return event_type if isinstance(event_type, str) and event_type in known else "other"
