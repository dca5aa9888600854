"""What goes in and comes out of the addresses of Rasa's HTTP API, for its description.

These routes read their bodies themselves, more leniently than types do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from kefu.server.routes.form import Form

__all__ = ["RASA_FORMS"]

_CONVERSATION: Final = "/conversations/<conversation_id:path>"
_SHOWN: Final = {
    "include_events": "how much of the log is shown: `AFTER_RESTART` (default), `ALL`, `APPLIED` "
    "or `NONE`"
}
_SPOKEN: Final = {
    **_SHOWN,
    "output_channel": "where the bot speaks: a channel that can be written to at any time, or "
    "`latest`; otherwise the answer has the messages",
}
_LATER: Final = {
    "callback_url": "answer at once, with 204, and post the answer to this address later"
}


class TrackerShown(Struct, kw_only=True):
    """A conversation."""

    sender_id: str
    slots: dict[str, Any]
    latest_message: dict[str, Any]
    """What the customer said last, as it was understood."""
    latest_event_time: float | None
    """Seconds since the epoch."""
    followup_action: str | None
    paused: bool
    events: list[dict[str, Any]] | None
    latest_input_channel: str | None
    active_loop: dict[str, Any]
    latest_action: dict[str, Any]
    latest_action_name: str | None


class TrackerAndMessages(Struct):
    """A conversation, and what the bot said."""

    tracker: TrackerShown
    messages: list[dict[str, Any]]


class ActionScore(Struct):
    """How likely an action is the next."""

    action: str
    score: float


class PredictionShown(Struct):
    """What the bot would do next."""

    scores: list[ActionScore]
    policy: str | None
    confidence: float
    tracker: TrackerShown


class NewMessage(Struct, kw_only=True):
    """What a customer said."""

    text: str
    sender: Literal["user"]
    parse_data: dict[str, Any] | None = None
    """How it is understood; without it the model is asked."""
    input_channel: str | None = None
    metadata: dict[str, Any] | None = None


class ActionToRun(Struct, kw_only=True):
    """An action."""

    name: str
    policy: str | None = None
    confidence: float | None = None


class IntentToTrigger(Struct, kw_only=True):
    """An intent."""

    name: str
    entities: list[dict[str, Any]] | dict[str, Any] | None = None


class TextToParse(Struct, kw_only=True):
    """A text."""

    text: str
    message_id: str | None = None


class ParsedText(Struct, kw_only=True):
    """What a text means."""

    text: str
    intent: dict[str, Any]
    entities: list[dict[str, Any]]
    intent_ranking: list[dict[str, Any]]


class ModelToLoad(Struct, kw_only=True):
    """Where a model is."""

    model_file: str | None = None
    model_server: dict[str, Any] | None = None
    remote_storage: str | None = None


class StatusShown(Struct):
    """Which model answers."""

    model_file: str
    model_id: str
    num_active_training_jobs: int


class VersionShown(Struct):
    """Versions."""

    version: str
    """Of Rasa's HTTP API that is spoken."""
    minimum_compatible_version: str
    kefu_version: str


_EVENTS: Final = dict[str, Any] | list[dict[str, Any]]

RASA_FORMS: Final[Mapping[tuple[str, str], Form]] = {
    ("GET", "/version"): Form(answer=VersionShown),
    ("GET", "/status"): Form(answer=StatusShown),
    ("GET", "/domain"): Form(),
    ("GET", f"{_CONVERSATION}/tracker"): Form(
        query={**_SHOWN, "until": "show it as it was then, in seconds since the epoch"},
        answer=TrackerShown,
    ),
    ("POST", f"{_CONVERSATION}/tracker/events"): Form(
        body=_EVENTS,
        query={**_SPOKEN, "execute_side_effects": "send what the bot utters in them"},
        answer=TrackerShown,
    ),
    ("PUT", f"{_CONVERSATION}/tracker/events"): Form(
        body=_EVENTS, query=_SHOWN, answer=TrackerShown
    ),
    ("POST", f"{_CONVERSATION}/messages"): Form(body=NewMessage, query=_SHOWN, answer=TrackerShown),
    ("POST", f"{_CONVERSATION}/predict"): Form(answer=PredictionShown),
    ("POST", f"{_CONVERSATION}/execute"): Form(
        body=ActionToRun, query=_SPOKEN, answer=TrackerAndMessages
    ),
    ("POST", f"{_CONVERSATION}/trigger_intent"): Form(
        body=IntentToTrigger, query=_SPOKEN, answer=TrackerAndMessages
    ),
    ("GET", f"{_CONVERSATION}/story"): Form(
        query={
            "until": "only what was before, in seconds since the epoch",
            "all_sessions": "`true`: a story for each session",
        },
        answer_type="text/plain",
    ),
    ("POST", "/model/parse"): Form(
        body=TextToParse,
        query={"emulation_mode": "answer as `WIT`, `LUIS` or `DIALOGFLOW` would"},
        answer=ParsedText,
    ),
    ("POST", "/model/predict"): Form(
        body=list[dict[str, Any]], query=_SHOWN, answer=PredictionShown
    ),
    ("PUT", "/model"): Form(body=ModelToLoad, status=204),
    ("DELETE", "/model"): Form(status=204),
    ("POST", "/model/train"): Form(
        body=str,
        body_type="application/yaml",
        query={
            "save_to_default_model_directory": "`false`: keep the model nowhere",
            "force_training": "`true`: train although nothing has changed",
            "augmentation": "how many stories are glued together for training",
            **_LATER,
        },
        answer_type="application/gzip",
    ),
    ("POST", "/model/test/stories"): Form(
        body=str,
        body_type="application/yaml",
        query={"e2e": "`true`: understand the messages, too", **_LATER},
    ),
    ("POST", "/model/test/intents"): Form(
        body=str,
        body_type="application/yaml",
        query={
            "model": "test this model instead of the one that answers",
            "cross_validation_folds": "train the body's pipeline on parts of its examples in turn",
            **_LATER,
        },
    ),
    ("GET", "/metrics"): Form(answer_type="text/plain"),
    ("GET", "/healthz"): Form(),
    ("GET", "/readyz"): Form(),
}
