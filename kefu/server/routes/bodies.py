"""What the API's bodies and queries have in common: texts, events, how much of a log to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from sanic.request import Request

from kefu.core.codec import decode_event
from kefu.core.domain import Domain
from kefu.core.event_schema import check_event
from kefu.core.events import Event
from kefu.core.names import KEFU_ACTIONS
from kefu.errors import EventError, RequestError
from kefu.server.answers import bad_request, json_body
from kefu.server.ports import Prediction, Verbosity

__all__ = ["events_in_body", "events_to_show", "prediction_answer", "text_in"]

EVENTS_HELP = "https://rasa.com/docs/rasa/pages/http-api"
MAX_TEXT_LENGTH = 100_000


def events_to_show(request: Request, default: Verbosity = "AFTER_RESTART") -> Verbosity:
    """Return what ``include_events`` asks for.

    Raises:
        RequestError: It is no known value (400).
    """
    word = (request.args.get("include_events") or default).upper()
    for known in get_args(Verbosity):
        if word == known:
            return known  # type: ignore[no-any-return]
    known_words = ", ".join(get_args(Verbosity))
    raise bad_request(
        f"Invalid parameter value for 'include_events'. Should be one of {known_words}",
        "include_events",
        "query",
    )


def prediction_answer(
    prediction: Prediction, domain: Domain, tracker: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a prediction as Rasa shows it, with the scores in the domain's order."""
    scores = prediction.scores
    names = [*domain.action_names, *(n for n in KEFU_ACTIONS if n in scores)]
    return {
        "scores": [{"action": n, "score": scores.get(n, 0.0)} for n in dict.fromkeys(names)],
        "policy": prediction.policy_name,
        "confidence": prediction.confidence,
        "tracker": tracker,
    }


def text_in(body: Mapping[str, Any]) -> str:
    """Return ``text`` of a body; a list stands for its first item, as in Rasa.

    Raises:
        RequestError: It is missing, no string or too long (400).
    """
    text = body.get("text")
    if isinstance(text, list) and text:
        text = text[0]
    if not isinstance(text, str):
        wrong = "is missing" if text is None else "must be a string"
        raise bad_request(f"'text' {wrong}.", "text")
    if len(text) > MAX_TEXT_LENGTH:
        raise bad_request(f"'text' is longer than {MAX_TEXT_LENGTH} characters.", "text")
    return text


def events_in_body(request: Request) -> list[Event]:
    """Return the event, or the list of events, in the body.

    Raises:
        RequestError: There is none, or one is not valid (400).
    """
    raw = json_body(request)
    items = raw if isinstance(raw, list) else [raw]
    if not items:
        message = "Couldn't extract a proper event from the request body."
        raise bad_request(message, "")
    return [_event(item, index) for index, item in enumerate(items)]


def _event(item: Any, index: int) -> Event:
    try:
        if isinstance(item, Mapping) and "event" not in item:
            raise EventError("'event' is a required property")  # noqa: TRY301 - one place to answer
        check_event(item)
        return decode_event(item)
    except EventError as error:
        message = (
            "Failed to validate the events format. For more information about the format visit "
            f"the docs. Error: {error} (event {index} of the body)"
        )
        raise RequestError(400, "BadRequest", message, help_url=EVENTS_HELP) from error
