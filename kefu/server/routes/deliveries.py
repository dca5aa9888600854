"""Replies on their way: how far they got, which were given up, and sending those again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
from msgspec import Struct
from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.answers import bad_request, json_answer, whole
from kefu.server.ports import DeliveryState, DeliveryView
from kefu.server.routes.form import Form
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission, allows

__all__ = ["ROUTES"]

DEFAULT_LENGTH = 100
MAX_LENGTH = 1000
STATES = frozenset(get_args(DeliveryState))

_decode = msgspec.json.Decoder().decode


async def listed(call: ApiCall) -> HTTPResponse:
    """List deliveries, the oldest first: those of a state, behind an id."""
    state = call.request.args.get("state")
    if state is not None and state not in STATES:
        raise bad_request(f"'state' must be one of {', '.join(sorted(STATES))}", "state", "query")
    limit = whole(call.request, "limit", DEFAULT_LENGTH, least=1, most=MAX_LENGTH)
    after = whole(call.request, "after", 0)
    found = await call.services.conversations.deliveries(state, after=after, limit=limit)
    return json_answer({"deliveries": [_as_json(delivery) for delivery in found]})


async def one(call: ApiCall) -> HTTPResponse:
    """Show a delivery."""
    return json_answer(_as_json(await _wanted(call)))


async def send_again(call: ApiCall) -> HTTPResponse:
    """Send a delivery that was given up; agents send what is said in sessions of theirs."""
    delivery = await _wanted(call)
    await _check_part(call, delivery)
    if not await call.services.conversations.send_again(delivery.id):
        raise RequestError(
            409, "Conflict", f"Delivery {delivery.id} was not given up: it is {delivery.state}."
        )
    return json_answer(_as_json(await _wanted(call)), 202)


async def _check_part(call: ApiCall, delivery: DeliveryView) -> None:
    """Refuse agents who have no part in the session that a delivery belongs to.

    Raises:
        RequestError: To them it is not there (404).
    """
    if call.admitted is None or call.admitted.who is None:
        return
    actor, desk = call.admitted.actor, call.services.desk
    session = None if desk is None else await desk.store.open_session(delivery.conversation_id)
    has_part = session is not None and actor.account_id in {session.agent_id, *session.invited}
    if not has_part and not allows(actor, Permission.SESSION_ASSIGN):
        raise RequestError(404, "NotFound", f"There is no delivery '{delivery.id}'.")


async def _wanted(call: ApiCall) -> DeliveryView:
    text = call.parts.get("delivery_id", "")
    if text.isdecimal() and len(text) < 19:
        delivery = await call.services.conversations.delivery(int(text))
        if delivery is not None:
            return delivery
    raise RequestError(404, "NotFound", f"There is no delivery {text!r}.")


def _as_json(delivery: DeliveryView) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "conversation_id": delivery.conversation_id,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "reference": delivery.reference,
        "seq": delivery.seq,
        "answers": delivery.cause_seq or None,
        "created_at": _time(delivery.created_at),
        "settled_at": None if delivery.settled_at is None else _time(delivery.settled_at),
        "reply": _decode(delivery.body),
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()


class DeliveryShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """A reply on its way."""

    id: int
    conversation_id: str
    channel: str
    recipient: str
    state: DeliveryState
    attempts: int
    error: str | None
    reference: str | None
    """The channel's own id of it."""
    seq: int
    answers: int | None
    """Place of the message that it answers."""
    created_at: datetime
    settled_at: datetime | None
    reply: dict[str, Any]


class DeliveriesShown(Struct, forbid_unknown_fields=True):
    """Deliveries, oldest first."""

    deliveries: list[DeliveryShown]


ASKED = {
    "state": f"one of {', '.join(sorted(STATES))}",
    "after": "an id, behind which the list begins",
    "limit": f"how many at most; default {DEFAULT_LENGTH}, most {MAX_LENGTH}",
}

ROUTES = (
    ApiRoute("GET", "/api/v1/deliveries", listed, form=Form(query=ASKED, answer=DeliveriesShown)),
    ApiRoute("GET", "/api/v1/deliveries/<delivery_id>", one, form=Form(answer=DeliveryShown)),
    ApiRoute(
        "POST",
        "/api/v1/deliveries/<delivery_id>/send-again",
        send_again,
        permission=Permission.SESSION_ANSWER,
        form=Form(answer=DeliveryShown, status=202),
    ),
)
