"""Messages that name their intent themselves: ``/greet@0.9{"name": "小王"}``.

Buttons send them, and so do tests and tools; they bypass understanding.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from kefu.core.domain import Domain
from kefu.core.messages import ParseData
from kefu.core.nesting import check_depth
from kefu.logs import fields

__all__ = ["EXTRACTOR_NAME", "parse_intent_message"]

log = logging.getLogger(__name__)

EXTRACTOR_NAME = "RegexMessageHandler"
_PATTERN = re.compile(
    r"^/(?P<intent>[^{@]+)(?P<confidence>@[0-9.]+)?(?P<entities>{.+})?(?P<rest>.*)"
)


def parse_intent_message(text: str, domain: Domain | None = None) -> ParseData | None:
    """Return what an intent message says, or None when ``text`` is ordinary text.

    With a domain, an unknown intent makes the message ordinary text and unknown entities are
    left out.
    """
    text = text.strip()
    match = _PATTERN.match(text) if text.startswith("/") else None
    if match is None:
        return None
    intent = match["intent"].strip()
    if domain is not None and intent not in domain.intents:
        log.warning("a message names an unknown intent", extra=fields(text=text))
        return None
    confidence = _confidence(match["confidence"])
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": intent, "confidence": confidence}],
        "entities": _entities(match, domain),
    }


def _confidence(written: str | None) -> float:
    if written is None:
        return 1.0
    try:
        return min(1.0, float(written[1:]))
    except ValueError:
        return 0.0


def _entities(match: re.Match[str], domain: Domain | None) -> list[dict[str, Any]]:
    written = match["entities"]
    if written is None:
        return []
    try:
        check_depth(written)
        named = json.loads(written)
    except ValueError:
        named = None
    if not isinstance(named, dict):
        log.warning("entities of an intent message are no JSON object", extra=fields(text=written))
        return []
    start, end = match.span("entities")
    return [
        {"entity": name, "value": value, "start": start, "end": end, "extractor": EXTRACTOR_NAME}
        for name, values in named.items()
        if domain is None or name in domain.entities
        for value in (values if isinstance(values, list) else [values])
    ]
