"""What was understood, in the form that other services give it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from kefu.core.messages import ParseData

__all__ = ["EMULATIONS", "emulated"]


def emulated(parsed: ParseData, mode: str | None) -> dict[str, Any]:
    """Return ``parsed`` in the form of ``mode``, one of :data:`EMULATIONS`; as it is for None."""
    return parsed if mode is None else EMULATIONS[mode.upper()](parsed)


def _wit(parsed: ParseData) -> dict[str, Any]:
    text = parsed["text"]
    entities: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entity in parsed["entities"]:
        name = entity["entity"]
        role = entity.get("role", name)
        start, end = entity.get("start", 0), entity.get("end", 0)
        entities[f"{name}:{role}"].append(
            {
                "confidence": entity.get("confidence_entity") or 1,
                "name": name,
                "value": entity["value"],
                "body": text[start:end],
                "start": start,
                "end": end,
                "role": role,
                "entities": [],
            }
        )
    return {"text": text, "intents": [parsed["intent"]], "entities": entities}


def _luis(parsed: ParseData) -> dict[str, Any]:
    top = parsed.get("intent") or {}
    ranking = parsed.get("intent_ranking") or ([top] if top else [])
    return {
        "query": parsed["text"],
        "prediction": {
            "normalizedQuery": parsed["text"],
            "topIntent": top.get("name"),
            "intents": {i["name"]: {"score": i["confidence"]} for i in ranking},
            "entities": _luis_entities(parsed),
        },
    }


def _luis_entities(parsed: ParseData) -> dict[str, Any]:
    instances: dict[str, list[dict[str, Any]]] = {}
    entities: dict[str, Any] = {"$instance": instances}
    for entity in parsed.get("entities") or ():
        key = entity.get("role", entity["entity"])
        start, end = entity.get("start"), entity.get("end")
        entities[key] = [entity["value"]]
        instances[key] = [
            {
                "role": entity.get("role"),
                "type": entity["entity"],
                "text": entity["value"],
                "startIndex": start,
                "length": None if start is None or end is None else end - start,
                "score": entity.get("confidence"),
                "modelType": entity.get("extractor"),
            }
        ]
    return entities


def _dialogflow(parsed: ParseData) -> dict[str, Any]:
    parameters: dict[str, list[Any]] = defaultdict(list)
    for entity in parsed["entities"]:
        parameters[entity["entity"]].append(entity["value"])
    intent = parsed["intent"]
    return {
        "responseId": str(uuid.uuid4()),
        "queryResult": {
            "queryText": parsed["text"],
            "action": intent.get("name"),
            "parameters": parameters,
            "fulfillmentText": "",
            "fulfillmentMessages": [],
            "outputContexts": [],
            "intent": {"name": intent.get("name"), "displayName": intent.get("name")},
            "intentDetectionConfidence": intent.get("confidence"),
        },
    }


EMULATIONS: Mapping[str, Callable[[ParseData], dict[str, Any]]] = {
    "WIT": _wit,
    "LUIS": _luis,
    "DIALOGFLOW": _dialogflow,
}
"""Name that ``emulation_mode`` gives -> form."""
