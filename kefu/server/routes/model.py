"""The model: understand, predict, load, unload, show its domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import yaml
from sanic.response import HTTPResponse

from kefu.core.events import Event, Restarted
from kefu.core.tracker import Tracker
from kefu.core.tracker_json import tracker_as_json
from kefu.errors import ModelError, RequestError
from kefu.server.answers import bad_request, json_answer, json_object
from kefu.server.emulation import EMULATIONS, emulated
from kefu.server.ports import Models, Verbosity
from kefu.server.routes.bodies import (
    events_in_body,
    events_to_show,
    prediction_answer,
    text_in,
)
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["ROUTES"]

DEFAULT_CONVERSATION = "default"
YAML_TYPE = "application/x-yaml"


async def parse(call: ApiCall) -> HTTPResponse:
    """Understand a text."""
    mode: str | None = call.request.args.get("emulation_mode")
    if mode is not None and mode.upper() not in EMULATIONS:
        known = ", ".join(f"'{name}'" for name in EMULATIONS)
        message = f"Invalid parameter value for 'emulation_mode'. Should be one of {known}."
        raise bad_request(message, "emulation_mode", "query")
    if not call.request.body:
        message = (
            "No text message defined in request_body. Add text message to request body in order "
            "to obtain the intent and extracted entities."
        )
        raise RequestError(400, "BadRequest", message)
    text = text_in(json_object(call.request))
    return json_answer(emulated(await call.model.parse(text), mode))


async def predict(call: ApiCall) -> HTTPResponse:
    """Say what the bot would do after a list of events."""
    wanted = events_to_show(call.request)
    now = call.services.clock.now()
    events = [
        event if event.timestamp is not None else replace(event, timestamp=now)
        for event in events_in_body(call.request)
    ]
    model = call.model
    tracker = Tracker.from_events(DEFAULT_CONVERSATION, model.domain, events)
    prediction = await model.predict(tracker)
    state = tracker_as_json(tracker, _shown(tracker, events, wanted))
    return json_answer(prediction_answer(prediction, model.domain, state))


def _shown(tracker: Tracker, events: Sequence[Event], wanted: Verbosity) -> Sequence[Event] | None:
    match wanted:
        case "NONE":
            return None
        case "APPLIED":
            return tracker.applied
        case "ALL":
            return events
        case "AFTER_RESTART":
            restarts = [i for i, event in enumerate(events) if isinstance(event, Restarted)]
            return events[restarts[-1] + 1 :] if restarts else events


async def load(call: ApiCall) -> HTTPResponse:
    """Answer with another model from now on."""
    if not call.request.body:
        message = "No path to model file defined in request_body."
        raise RequestError(400, "BadRequest", message)
    body = json_object(call.request)
    server, storage, path = (
        body.get(key) for key in ("model_server", "remote_storage", "model_file")
    )
    if server is not None and not isinstance(server, dict):
        raise bad_request("'model_server' must be an object with a 'url'.", "model_server")
    if storage is not None and not isinstance(storage, str):
        raise bad_request("'remote_storage' must be a name such as 'aws'.", "remote_storage")
    if server is None and (not isinstance(path, str) or not path):
        raise bad_request("'model_file' must be the path of a model.", "model_file")
    try:
        await _load(call.services.models, server, storage, path)
    except ModelError as error:
        details = {"parameter": "model", "in": "query"}
        name = path or server.get("url", "") if server else path
        message = f"Agent with name '{name}' could not be loaded. {error}"
        raise RequestError(400, "BadRequest", message, details=details) from error
    return HTTPResponse(status=204)


async def _load(models: Models, server: Any, storage: str | None, path: Any) -> None:
    """Load from the first that is named: a server, remote storage, the disk; as Rasa does."""
    if server is not None:
        await models.load_from_server(server)
    elif storage:
        await models.load_from_bucket(storage, path)
    else:
        await models.load(path)


async def unload(call: ApiCall) -> HTTPResponse:
    """Answer with no model from now on."""
    await call.services.models.unload()
    return HTTPResponse(status=204)


async def domain(call: ApiCall) -> HTTPResponse:
    """Show the domain, as JSON or YAML."""
    accepts = call.request.headers.get("accept", "application/json").lower()
    shown = domain_as_json(call.model.domain.data)
    if accepts.endswith(("json", "*/*")):  # the latter is what curl says
        return json_answer(shown)
    if accepts.endswith(("yml", "yaml")):
        text = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False)
        return HTTPResponse(text, content_type=YAML_TYPE)
    raise RequestError(
        406,
        "NotAcceptable",
        'Invalid Accept header. Domain can be provided as json ("Accept: application/json") or'
        'yml ("Accept: application/x-yaml"). Make sure you\'ve set the appropriate Accept header.',
    )


async def train(call: ApiCall) -> HTTPResponse:
    """Train a model and return it."""
    from kefu.server.routes import training  # noqa: PLC0415 - loaded when it is asked for

    return await training.train(call)


async def test_stories(call: ApiCall) -> HTTPResponse:
    """Play stories and compare what the model does with what they say."""
    from kefu.server.routes import testing  # noqa: PLC0415 - loaded when it is asked for

    return await testing.test_stories(call)


async def test_intents(call: ApiCall) -> HTTPResponse:
    """Parse examples and compare what the model understands with their labels."""
    from kefu.server.routes import testing  # noqa: PLC0415 - loaded when it is asked for

    return await testing.test_intents(call)


def domain_as_json(data: Any) -> dict[str, Any]:
    """Return a domain's merged source in Rasa's order: intents and entities sorted by name."""
    shown = dict(data)
    for key in ("intents", "entities"):
        if isinstance(shown.get(key), list):
            shown[key] = sorted(shown[key], key=_name)
    return shown


def _name(item: Any) -> str:
    return item if isinstance(item, str) else next(iter(item))


ROUTES = (
    ApiRoute("POST", "/model/parse", parse, needs_model=True),
    ApiRoute("POST", "/model/predict", predict, needs_model=True),
    ApiRoute("PUT", "/model", load),
    ApiRoute("DELETE", "/model", unload),
    ApiRoute("GET", "/domain", domain, needs_model=True),
    ApiRoute("POST", "/model/train", train),
    ApiRoute("POST", "/model/test/stories", test_stories, needs_model=True),
    ApiRoute("POST", "/model/test/intents", test_intents),
)
