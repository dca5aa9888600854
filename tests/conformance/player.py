"""Plays the dialogues of a case on a bot trained from the case's project.

The public path is taken: read the project, train a model, load it, put a bot together.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kefu.core.codec import decode_events, encode_event
from kefu.core.messages import UserMessage
from kefu.core.reply_json import replies_as_messages
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.turn import Turn
from kefu.model.load import Model, load_model
from kefu.project.load import load_project
from kefu.project.problems import Report
from kefu.project.settings import ActionEndpoint
from kefu.project.yaml import plain, read
from kefu.remote.endpoints import action_endpoint
from kefu.training.train import TrainingOptions, train
from tests.conformance.reminder_book import ReminderBook

NOT_COPIED = shutil.ignore_patterns("expected.json", "notes.md", "__pycache__")
HIDDEN_SLOTS = ("requested_slot", "session_started_metadata")


class MovableClock:
    """The real time, moved forward by the waits of a dialogue."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset


async def play_case(case_dir: Path, *, actions_url: str | None = None) -> dict[str, Any]:
    """Return what a bot does with the dialogues of ``case_dir``, in the form of expected.json.

    Args:
        case_dir: Folder of the case.
        actions_url: Webhook that serves the case's actions; without it they run in process.
    """
    spec = _read(case_dir / "dialogues.yml")
    with tempfile.TemporaryDirectory(prefix="kefu-case-") as folder:
        root = Path(folder) / "project"
        shutil.copytree(case_dir, root, ignore=NOT_COPIED)
        clock = MovableClock()
        model = trained(root, clock)
        endpoint = action_endpoint(_action_settings(root, spec, actions_url), root)
        bot = Bot(
            domain=model.domain,
            understanding=model.interpreter,
            predictor=model.ensemble,
            endpoint=endpoint,
            clock=clock,
        )
        result: dict[str, Any] = {"case": case_dir.name}
        if spec.get("record_domain"):
            result["domain"] = dict(model.domain.data)
        if spec.get("parse"):
            result["parse"] = [await _parsed(bot, text) for text in spec["parse"]]
        try:
            result["dialogues"] = [
                await _Dialogue(bot, clock, number, dialogue).played()
                for number, dialogue in enumerate(spec["dialogues"], 1)
            ]
        finally:
            if endpoint is not None:
                await endpoint.close()
    return json.loads(json.dumps(result))


def _read(path: Path) -> dict[str, Any]:
    report = Report()
    document = read(path, path.name, report)
    assert document is not None, report
    content: dict[str, Any] = plain(document.root)
    return content


def trained(root: Path, clock: MovableClock) -> Model:
    """Train the project in ``root`` and load the model."""
    loaded = load_project(root)
    if loaded.project is None:
        raise AssertionError("\n".join(map(str, loaded.problems)))
    options = TrainingOptions(out=root / "models", cache_folder=None)
    trained_model = train(loaded.project, options)
    assert trained_model.path is not None
    return load_model(trained_model.path, clock=clock)


def _action_settings(
    root: Path, spec: dict[str, Any], actions_url: str | None
) -> ActionEndpoint | None:
    mode = spec.get("action_server", "auto")
    if mode == "down":
        return ActionEndpoint(url=f"http://127.0.0.1:{_closed_port()}/webhook")
    if mode == "none" or not (root / "actions.py").exists():
        return None
    return ActionEndpoint(url=actions_url) if actions_url else ActionEndpoint(module="actions")


def _closed_port() -> int:
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def _parsed(bot: Bot, text: str) -> dict[str, Any]:
    parsed = dict(await bot.parse(text))
    for key in ("message_id", "metadata"):
        parsed.pop(key, None)
    return parsed


class _Dialogue:
    """One dialogue of a case, played on an empty tracker."""

    def __init__(self, bot: Bot, clock: MovableClock, number: int, spec: dict[str, Any]) -> None:
        self._bot = bot
        self._clock = clock
        self._spec = spec
        self._sender = str(spec.get("sender", f"d{number}"))
        self._output = spec.get("output_channel", "collector")
        self._tracker = Tracker(self._sender, bot.domain)
        self._reminders = ReminderBook()
        self._reminder_offset = 0.0

    async def played(self) -> dict[str, Any]:
        steps = [await self._played(step) for step in self._spec["steps"]]
        return {"name": self._spec["name"], "sender": self._sender, "steps": steps}

    async def _played(self, step: dict[str, Any]) -> dict[str, Any]:
        record: dict[str, Any] = {"step": step}
        if "predict" in step:
            prediction = await self._bot.predict_next(self._tracker)
            record["prediction"] = {
                "policy": prediction.policy_name,
                "confidence": prediction.confidence,
                "nonzero_scores": {k: v for k, v in prediction.scores.items() if v},
            }
            turns = []
        else:
            turns = [turn async for turn in self._turns(step)]
        events = [encode_event(event) for turn in turns for event in turn.events]
        record["messages"] = replies_as_messages(reply for turn in turns for reply in turn.replies)
        record["actions"] = list(_actions(events))
        record |= _state(self._tracker)
        record["events"] = events
        # Bytes of JSON now: what follows must not change what was recorded.
        return json.loads(json.dumps(record))

    async def _turns(self, step: dict[str, Any]) -> Any:
        if "wait_minutes" in step:
            self._clock.offset += 60 * step["wait_minutes"]
        elif "wait_seconds" in step:
            self._clock.offset += step["wait_seconds"]
            self._reminder_offset += step["wait_seconds"]
            now = time.time() + self._reminder_offset
            for reminder in self._reminders.due(now):
                del self._reminders.pending[reminder.name]
                yield self._noted(
                    await self._bot.handle_reminder(
                        self._tracker, reminder, output_channel=self._output
                    )
                )
        else:
            yield self._noted(await self._turn(step))

    async def _turn(self, step: dict[str, Any]) -> Turn:
        bot, tracker, output = self._bot, self._tracker, self._output
        if "user" in step:
            return await bot.take_turn(tracker, self._message(step))
        if "events" in step:
            events = [replace(event, timestamp=None) for event in decode_events(step["events"])]
            wanted = bool(step.get("execute_side_effects"))
            return await bot.append_events(
                tracker, events, execute_side_effects=wanted, output_channel=output
            )
        if "trigger_intent" in step:
            spec = step["trigger_intent"]
            entities = spec.get("entities", [])
            return await bot.trigger_intent(tracker, spec["name"], entities, output_channel=output)
        if "execute_action" in step:
            spec = step["execute_action"]
            return await bot.execute_action(
                tracker,
                spec["name"],
                policy=spec.get("policy"),
                confidence=spec.get("confidence"),
                output_channel=output,
            )
        raise AssertionError(f"unknown step {step}")

    def _message(self, step: dict[str, Any]) -> UserMessage:
        default = self._spec.get("input_channel", "rest")
        return UserMessage(
            conversation_id=self._sender,
            text=step["user"],
            message_id=uuid.uuid4().hex,
            input_channel=step.get("input_channel", default),
            output_channel=self._output,
            metadata=step.get("metadata") or {},
            parse_data=step.get("parse_data"),
        )

    def _noted(self, turn: Turn) -> Turn:
        offset = self._reminder_offset
        self._reminders.take(
            replace(event, trigger_at=event.trigger_at + offset)
            if hasattr(event, "trigger_at")
            else event
            for event in turn.reminders
        )
        return turn


def _actions(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in events:
        if event["event"] in ("action", "action_execution_rejected"):
            action = {
                "action": event.get("name") or event.get("action_text"),
                "policy": event.get("policy"),
                "confidence": event.get("confidence"),
            }
            if event["event"] == "action_execution_rejected":
                action["rejected"] = True
            yield action


def _state(tracker: Tracker) -> dict[str, Any]:
    state = tracker.state
    loop, latest = state.active_loop, state.latest_message
    return {
        "slots": {k: v for k, v in state.slots.items() if k not in HIDDEN_SLOTS},
        "requested_slot": state.slots.get("requested_slot"),
        "active_loop": loop
        and {"name": loop.name, "is_interrupted": loop.is_interrupted, "rejected": loop.rejected},
        "latest_message": {
            "text": latest.text if latest else None,
            "intent": dict(latest.intent) if latest else {},
            "entities": [dict(entity) for entity in latest.entities] if latest else [],
        },
        "paused": state.is_paused,
        "latest_action": dict(state.latest_action),
        "followup_action": state.followup_action,
    }
