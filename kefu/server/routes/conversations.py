"""Conversations: read their logs, add to them, act in them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sanic.response import HTTPResponse

from kefu.core.event_schema import check_event
from kefu.core.messages import Reply, UserMessage
from kefu.core.reply_json import replies_as_messages
from kefu.errors import EventError, RequestError, UnknownAction
from kefu.server.answers import bad_request, flag, json_answer, json_object, number
from kefu.server.ports import Verbosity
from kefu.server.routes.bodies import (
    events_in_body,
    events_to_show,
    prediction_answer,
    text_in,
)
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.server.story_text import as_test_stories

__all__ = ["ROUTES"]

DEFAULT_CHANNEL = "collector"
MAX_ID_LENGTH = 255


async def tracker(call: ApiCall) -> HTTPResponse:
    """Show a conversation; one that does not exist yet begins."""
    wanted = events_to_show(call.request)
    conversation_id = _conversation_id(call)
    conversations = call.services.conversations
    if not await conversations.exists(conversation_id):
        await conversations.tracker(conversation_id)
    until = number(call.request, "until")
    return json_answer(await conversations.state(conversation_id, events=wanted, until=until))


async def append_events(call: ApiCall) -> HTTPResponse:
    """Append an event, or several, to the log."""
    events = events_in_body(call.request)
    wanted = events_to_show(call.request)
    conversation_id = _conversation_id(call)
    await call.services.conversations.append_events(
        conversation_id,
        events,
        execute_side_effects=flag(call.request, "execute_side_effects"),
        output_channel=_output_channel(call),
    )
    return await _state(call, wanted)


async def replace_events(call: ApiCall) -> HTTPResponse:
    """Let the conversation begin anew with the given events."""
    events = events_in_body(call.request)
    wanted = events_to_show(call.request)
    await call.services.conversations.replace_events(_conversation_id(call), events)
    return await _state(call, wanted)


async def add_message(call: ApiCall) -> HTTPResponse:
    """Add a customer's message to the log, understood but not answered."""
    if not call.request.body:
        wrong = (
            "No message defined in request body. Add a message to the request body in order to "
            "add it to the tracker."
        )
        raise RequestError(400, "BadRequest", wrong)
    body = json_object(call.request)
    wanted = events_to_show(call.request)
    sender = body.get("sender")
    if sender != "user":
        raise bad_request(
            "Currently, only user messages can be passed to this endpoint. "
            f"Messages of sender '{sender}' cannot be handled.",
            "sender",
        )
    message = UserMessage(
        conversation_id=_conversation_id(call),
        text=text_in(body),
        message_id=uuid.uuid4().hex,
        input_channel=_field(body, "input_channel", str) or "",
        metadata=_field(body, "metadata", dict) or {},
        parse_data=_parse_data(body),
    )
    await call.services.conversations.log_message(message)
    return await _state(call, wanted)


async def predict(call: ApiCall) -> HTTPResponse:
    """Say what the bot would do next."""
    conversation_id = await _existing(call)
    prediction = await call.services.conversations.predict_next(conversation_id)
    state = await call.services.conversations.state(conversation_id)
    answer = prediction_answer(prediction, call.model.domain, state)
    answer["scores"].sort(key=lambda item: (-item["score"], item["action"]))
    return json_answer(answer)


async def execute(call: ApiCall) -> HTTPResponse:
    """Run one action."""
    conversation_id = await _existing(call)
    body = json_object(call.request)
    name = _name(body, "action")
    wanted = events_to_show(call.request)
    try:
        outcome = await call.services.conversations.execute_action(
            conversation_id,
            name,
            policy=_field(body, "policy", str),
            confidence=_field(body, "confidence", int, float),
            output_channel=_output_channel(call),
        )
    except UnknownAction as error:
        message = f"The action '{name}' does not exist in the domain."
        raise RequestError(404, "NotFound", message) from error
    return await _state_and_messages(call, wanted, outcome.replies)


async def trigger_intent(call: ApiCall) -> HTTPResponse:
    """Act as if the customer had expressed an intent."""
    body = json_object(call.request)
    name = _name(body, "intent")
    wanted = events_to_show(call.request)
    if name not in call.model.domain.intents:
        message = f"The intent '{name}' does not exist in the domain."
        raise RequestError(404, "NotFound", message)
    outcome = await call.services.conversations.trigger_intent(
        _conversation_id(call),
        name,
        _field(body, "entities", list, dict) or [],
        output_channel=_output_channel(call),
    )
    return await _state_and_messages(call, wanted, outcome.replies)


async def story(call: ApiCall) -> HTTPResponse:
    """Show a conversation as a test story."""
    conversation_id = await _existing(call)
    records = await call.services.conversations.log(conversation_id)
    text = as_test_stories(
        conversation_id,
        [record.event for record in records],
        until=number(call.request, "until"),
        all_sessions=flag(call.request, "all_sessions"),
    )
    return HTTPResponse(text, content_type="text/plain; charset=utf-8")


def _conversation_id(call: ApiCall) -> str:
    conversation_id = call.conversation_id
    if not conversation_id or len(conversation_id) > MAX_ID_LENGTH:
        message = f"A conversation's id has 1 to {MAX_ID_LENGTH} characters."
        raise bad_request(message, "conversation_id", "path")
    return conversation_id


async def _existing(call: ApiCall) -> str:
    conversation_id = _conversation_id(call)
    if not await call.services.conversations.exists(conversation_id):
        raise RequestError(404, "Not found", "Conversation ID not found.")
    return conversation_id


def _output_channel(call: ApiCall) -> str:
    return call.request.args.get("output_channel") or DEFAULT_CHANNEL


def _name(body: dict[str, Any], what: str) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request(f"Name of the {what} not provided in request body.", "name")
    return name


def _field(body: dict[str, Any], key: str, *types: type) -> Any:
    value = body.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, types)):
        raise bad_request(f"'{key}' has a value of the wrong type.", key)
    return value


def _parse_data(body: dict[str, Any]) -> dict[str, Any] | None:
    parse_data: dict[str, Any] | None = _field(body, "parse_data", dict)
    try:
        check_event({"event": "user", "parse_data": parse_data})
    except EventError as error:
        raise bad_request(str(error), "parse_data") from error
    return parse_data


async def _state(call: ApiCall, wanted: Verbosity) -> HTTPResponse:
    conversations = call.services.conversations
    return json_answer(await conversations.state(call.conversation_id, events=wanted))


async def _state_and_messages(
    call: ApiCall, wanted: Verbosity, replies: Sequence[Reply]
) -> HTTPResponse:
    state = await call.services.conversations.state(call.conversation_id, events=wanted)
    return json_answer({"tracker": state, "messages": replies_as_messages(replies)})


ROUTES = (
    ApiRoute("GET", "/conversations/<conversation_id:path>/tracker", tracker, needs_model=True),
    ApiRoute(
        "POST",
        "/conversations/<conversation_id:path>/tracker/events",
        append_events,
        needs_model=True,
    ),
    ApiRoute(
        "PUT",
        "/conversations/<conversation_id:path>/tracker/events",
        replace_events,
        needs_model=True,
    ),
    ApiRoute(
        "POST", "/conversations/<conversation_id:path>/messages", add_message, needs_model=True
    ),
    ApiRoute("POST", "/conversations/<conversation_id:path>/predict", predict, needs_model=True),
    ApiRoute("POST", "/conversations/<conversation_id:path>/execute", execute, needs_model=True),
    ApiRoute(
        "POST",
        "/conversations/<conversation_id:path>/trigger_intent",
        trigger_intent,
        needs_model=True,
    ),
    ApiRoute("GET", "/conversations/<conversation_id:path>/story", story, needs_model=True),
)
