"""How a turn is shown in the terminal: understood, decided by which lines, how long it took."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from kefu.cli.output import width
from kefu.core.names import REQUESTED_SLOT
from kefu.evaluation.tracing import Decision, Origin, TurnTrace

__all__ = ["entity_text", "origin_text", "trace_lines"]

SLOWEST: Final = 3
"""So many components are named."""
_SURE: Final = 0.7
_MARGIN: Final = 10
_SLOW: Final = 0.05
"""Components that took fewer milliseconds are not named."""
_WORTH: Final = 0.005
"""Less likely intents are not shown, but for the second."""


def trace_lines(trace: TurnTrace) -> Iterator[str]:
    """Yield what is shown of a turn."""
    ranking = trace.ranking or ((trace.intent, trace.confidence),)
    worth = (*ranking[:2], *(one for one in ranking[2:] if one[1] >= _WORTH))
    best, *others = [f"{name or 'none'} {sure:.2f}" for name, sure in worth]
    shown = [click.style(best, bold=True, fg="green" if trace.confidence >= _SURE else "yellow")]
    yield _row("intent", "  ".join((*shown, *others)))
    if trace.answer:
        yield _row("answer", f"{trace.answer} {trace.answer_confidence:.2f}")
    if trace.beside:
        text, intent, sure = trace.beside
        yield _row("beside", f"{intent} {sure:.2f}  {click.style(text, dim=True)}")
    if trace.sentiment:
        yield _row("mood", trace.sentiment)
    if trace.entities:
        yield _row("entities", "  ".join(map(entity_text, trace.entities)))
    slots = dict(_shown_slots(trace))
    if slots:
        yield _row("slots", "  ".join(f"{name}={value}" for name, value in slots.items()))
    size = max((width(one.action) for one in trace.decisions), default=0)
    for number, decision in enumerate(trace.decisions, 1):
        yield from _decision_lines(number, decision, size)
    yield _row("time", _time(trace))


def entity_text(entity: Mapping[str, Any]) -> str:
    """Return an entity in a few characters: ``city=上海 (from) 0.98``."""
    kind = f"{entity.get('entity')}={entity.get('value')}"
    parts = [str(entity[key]) for key in ("role", "group") if entity.get(key)]
    sure = entity.get("confidence_entity")
    shown = f"{kind} ({', '.join(parts)})" if parts else kind
    return f"{shown} {sure:.2f}" if isinstance(sure, float) else shown


def origin_text(origin: Origin) -> str:
    """Return where a rule or story stands, to be clicked on in a terminal: ``file:line``."""
    line = origin.first_line if 0 < origin.first_line < origin.line else origin.line
    where = f"{origin.file}:{line}" if line else origin.file
    upto = f"-{origin.line}" if 0 < line < origin.line else ""
    return f"{where}{upto}  {click.style(f'{origin.kind} {origin.name}', dim=True)}"


def _shown_slots(trace: TurnTrace) -> Iterator[tuple[str, str]]:
    if trace.active_loop:
        yield "form", click.style(trace.active_loop, bold=True)
    for name in sorted({*trace.slots, *trace.changed_slots}):
        value = trace.slots.get(name)
        if name.startswith("session_started_metadata") or (
            name == REQUESTED_SLOT and value is None
        ):
            continue
        text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
        is_new = name in trace.changed_slots
        yield name, click.style(text, bold=True) if is_new else text


def _decision_lines(number: int, decision: Decision, size: int) -> Iterator[str]:
    name = decision.action + " " * (size - width(decision.action))
    policy = decision.policy or "asked for"
    if decision.confidence is not None and decision.policy:
        policy += f" {decision.confidence:.2f}"
    parts = [click.style(name, bold=True), policy]
    if decision.is_rejected:
        parts.append(click.style("declined", fg="yellow"))
    if decision.milliseconds is not None:
        parts.append(f"{decision.milliseconds:.0f} ms")
    first, *more = map(origin_text, decision.origins) if decision.origins else ("",)
    yield _row(f"{number}", "  ".join((*parts, first)).rstrip())
    yield from (_row("", f"also {line}") for line in more)


def _time(trace: TurnTrace) -> str:
    understanding = trace.understanding_milliseconds or 0.0
    total = understanding + (trace.milliseconds or 0.0)
    text = f"{total:.0f} ms"
    if trace.understanding_milliseconds is not None:
        text += f", {understanding:.1f} of them to understand"
    slowest = sorted(trace.components, key=lambda one: -one[1])[:SLOWEST]
    parts = [f"{name} {spent:.1f}" for name, spent in slowest if spent >= _SLOW]
    return f"{text}: {', '.join(parts)}" if parts else text


def _row(head: str, text: str) -> str:
    return f"  {click.style(head.ljust(_MARGIN), dim=True)}{text}"
