"""A failed test story as a diff: what it says, and what the model did instead."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

import click

from kefu.cli.output import counted
from kefu.cli.trace_lines import origin_text
from kefu.core.domain import Domain
from kefu.core.names import ACTION_LISTEN, RETRIEVAL_DELIMITER, UTTER_PREFIX
from kefu.evaluation.stories import StepResult, StoryResult
from kefu.evaluation.story_files import marked_text

__all__ = ["diff_lines", "place_of_fault"]

CONTEXT: Final = 1
"""So many right turns are shown before one that is not; the others are counted."""
_GUTTER: Final = 6
_WORTH: Final = 0.005
"""Less likely rivals are not named."""

Turn = Sequence[StepResult]


def place_of_fault(result: StoryResult) -> str:
    """Return where the first wrong step stands, ``file:line``; empty: nobody knows."""
    place = None
    for step in result.steps:
        place = step.place or place
        if not step.is_right:
            break
    return f"{place.file}:{place.line}" if place is not None else result.file


def diff_lines(result: StoryResult, domain: Domain) -> Iterator[str]:
    """Yield what is shown of a story that failed.

    Args:
        result: The story.
        domain: Of the model: names that it does not have are told.
    """
    name = click.style(f"✗ {result.name}", fg="red", bold=True)
    yield f"{name}  {click.style(place_of_fault(result), fg='cyan')}".rstrip()
    turns = list(_turns(result.steps))
    wrong = [number for number, turn in enumerate(turns) if not _is_right(turn)]
    shown = {near for number in wrong for near in range(number - CONTEXT, number + 1)}
    skipped = 0
    for number, turn in enumerate(turns):
        if number not in shown:
            skipped += 1
            continue
        yield from _skipped(skipped)
        skipped = 0
        for step in turn:
            yield from _step_lines(step, domain)
    yield from _skipped(skipped)


def _turns(steps: Sequence[StepResult]) -> Iterator[Turn]:
    """Yield each message with what follows; what comes before any message is of the first turn."""
    turn: list[StepResult] = []
    for step in steps:
        if step.kind == "user" and any(one.kind == "user" for one in turn):
            yield turn
            turn = []
        turn.append(step)
    if turn:
        yield turn


def _is_right(turn: Turn) -> bool:
    return all(step.is_right for step in turn)


def _skipped(count: int) -> Iterator[str]:
    if count:
        text = f"⋯ {counted(count, 'turn')} as expected"
        yield click.style(" " * (_GUTTER + 2) + text, dim=True)


def _step_lines(step: StepResult, domain: Domain) -> Iterator[str]:
    number = str(step.place.line) if step.place is not None and step.place.line else ""
    if step.kind == "user":
        yield from _user_lines(step, number, domain)
    elif step.is_right:
        if not (step.kind == "action" and step.expected == ACTION_LISTEN):
            yield _line(" ", _as_written(step), number)
    else:
        rival = step.rival[1] if step.rival is not None else 0.0
        aside = f"{rival:.2f}" if rival >= _WORTH else _unknown(step.expected, domain.action_names)
        yield _line("-", _as_written(step), number, aside)
        yield from _predicted_action(step)


def _as_written(step: StepResult) -> str:
    match step.kind:
        case "slot":
            return f"slot_was_set: {step.expected}={json.dumps(step.value, ensure_ascii=False)}"
        case "loop":
            return f"active_loop: {step.expected or 'null'}"
        case _:
            return f"action: {step.expected}"


def _predicted_action(step: StepResult) -> Iterator[str]:
    policy = step.policy or ""
    if policy and step.confidence is not None:
        policy += f" {step.confidence:.2f}"
    first, *more = [origin_text(one) for one in step.origins] or [""]
    text = step.predicted if step.predicted.startswith("(") else f"action: {step.predicted}"
    yield _line("+", text, "", f"{policy}  {first}".strip())
    for origin in more:
        yield _line(" ", "", "", f"also {origin}")


def _user_lines(step: StepResult, number: str, domain: Domain) -> Iterator[str]:
    said, heard = (
        " ".join(marked_text(step.text, entities).split())
        for entities in (step.entities, step.predicted_entities)
    )
    has_right_intent = step.expected == step.predicted
    intent = step.expected or "none"
    if not step.text:
        yield _line(" ", f"intent: {intent}", number)
        return
    if step.is_right:
        yield _line(" ", f"user: {said}", number, f"{intent}{_sure(step.confidence)}")
        return
    if step.has_wrong_entities:
        yield _line("-", f"user: {said}", number)
        yield _line("+", f"user: {heard}", "")
    else:
        yield _line(" ", f"user: {said}", number)
    if has_right_intent:
        yield _line(" ", f"intent: {intent}{_sure(step.confidence)}", "")
        return
    known = [*domain.intents, *_answers(domain)]
    yield _line("-", f"intent: {intent}", "", _unknown(step.expected, known))
    rival = ""
    if step.rival is not None and step.rival[1] >= _WORTH:
        rival = f"then {step.rival[0]} {step.rival[1]:.2f}"
    found = f"{step.predicted or 'none'}{_sure(step.confidence)}"
    yield _line("+", f"intent: {found}", "", rival)


def _answers(domain: Domain) -> list[str]:
    """Return the full names of retrieval intents, ``faq/returns``."""
    starts = tuple(
        f"{UTTER_PREFIX}{name}{RETRIEVAL_DELIMITER}" for name in domain.retrieval_intents
    )
    return [name.removeprefix(UTTER_PREFIX) for name in domain.responses if name.startswith(starts)]


def _unknown(name: str, known: Collection[str]) -> str:
    """Return what is to be said of a name that the model cannot give."""
    if not name or name in known:
        return ""
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    return "not in the domain" + (f"; did you mean {near[0]}?" if near else "")


def _sure(confidence: float | None) -> str:
    return "" if confidence is None else f" {confidence:.2f}"


def _line(mark: str, text: str, number: str, aside: str = "") -> str:
    colour = {"-": "red", "+": "green"}.get(mark)
    head = click.style(number.rjust(_GUTTER - 1), dim=True)
    body = click.style(f"{mark} {text}", fg=colour) if colour else f"{mark} {text}"
    return f"{head} {body}" + (f"  {click.style(aside, dim=True)}" if aside else "")
