"""Recorded conversations replayed event by event: only the policies are asked.

Independent of the dialogue engine: each recorded event goes into a tracker, and before each
recorded action the ensemble must predict it with the recorded policy, confidence and events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kefu.core.codec import decode_event, encode_event
from kefu.core.domain import Domain
from kefu.core.tracker import Tracker
from kefu.policies.ensemble import Ensemble, load_ensemble
from kefu.policies.policy import PolicyPrediction
from kefu.policies.training import train_policies
from kefu.project.load import load_project
from tests.conformance.runner import case_folders, meant_differences

PREDICTED = ("user_featurization", "loop_interrupted")
ACTIONS = ("action", "action_execution_rejected")
ASKED_FOR = (None, "followup_action")


@pytest.mark.parametrize("folder", case_folders(), ids=lambda folder: folder.name)
def test_the_recorded_actions_are_predicted(folder: Path):
    ensemble, domain = _trained(folder)
    meant = meant_differences().get(folder.name, {})
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    for dialogue in expected["dialogues"]:
        if dialogue["name"] in meant:
            continue
        for predicted, recorded, where in _predictions(dialogue, ensemble, domain):
            assert predicted == recorded, f"{dialogue['name']}, {where}"


def _trained(folder: Path) -> tuple[Ensemble, Domain]:
    loaded = load_project(folder, parts=("domain", "config", "nlu", "stories"))
    project = loaded.project or loaded.draft
    assert project is not None, [str(problem) for problem in loaded.problems]
    trained = train_policies(project.config, project.stories, project.domain)
    return load_ensemble(trained.parts, project.domain), project.domain


def _predictions(
    dialogue: dict[str, Any], ensemble: Ensemble, domain: Domain
) -> Iterator[tuple[Any, Any, str]]:
    tracker = Tracker("replay", domain)
    prediction = ensemble.predict(tracker)
    for number, step in enumerate(dialogue["steps"], 1):
        before: list[dict[str, Any]] = []
        for raw in _plain(step["events"]):
            event = {**raw, "date_time": "2026-01-01T00:00:00Z"} if "date_time" in raw else raw
            if event["event"] in PREDICTED:
                before.append({"event": event["event"], **_flags(event)})
            elif event["event"] in ACTIONS and _is_predicted(event, step):
                # What actions and requests added before the prediction is none of its events.
                ours = before[len(before) - len(prediction.events) :]
                yield _told(prediction, event), _recorded(event, ours), f"step {number}"
            tracker.append(decode_event(event))
            if event["event"] not in PREDICTED:
                before = []
                prediction = ensemble.predict(tracker)
        tracker.settle()
        prediction = ensemble.predict(tracker)
        afresh = Tracker.from_events("afresh", domain, tracker.events)
        yield prediction.action_name, ensemble.predict(afresh).action_name, "read afresh"


def _is_predicted(event: dict[str, Any], step: dict[str, Any]) -> bool:
    is_from_outside = not {"execute_action", "events"}.isdisjoint(step["step"])
    return not is_from_outside and event.get("policy") not in ASKED_FOR


def _told(prediction: PolicyPrediction, event: dict[str, Any]) -> tuple[Any, ...]:
    told = (prediction.action_name, prediction.policy_name, round(prediction.confidence, 6))
    if event["event"] == "action_execution_rejected":
        return told
    events = [encode_event(e) for e in prediction.events]
    flags = [{"event": e["event"], **_flags(e)} for e in events]
    return (*told, prediction.hide_rule_turn, flags)


def _recorded(event: dict[str, Any], before: list[dict[str, Any]]) -> tuple[Any, ...]:
    name = event["name"] or event.get("action_text")
    recorded = (name, event["policy"], round(event["confidence"], 6))
    if event["event"] == "action_execution_rejected":
        return recorded
    return (*recorded, bool(event.get("hide_rule_turn")), before)


def _flags(event: dict[str, Any]) -> dict[str, Any]:
    keys = ("use_text_for_featurization", "is_interrupted")
    return {key: event[key] for key in keys if key in event}


def _plain(value: Any) -> Any:
    """Replace what may vary in a recording by one of its possible values."""
    if isinstance(value, dict):
        if set(value) == {"$any_of"}:
            return _plain(value["$any_of"][0])
        if set(value) == {"$starts_with"}:
            return value["$starts_with"]
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
