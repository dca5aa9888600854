"""What ``kefu explain`` prints: readable without colours, clearer with them."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from kefu.cli.output import width
from kefu.errors import ModelError
from kefu.model.load import load_model
from kefu.nlu.explanation import (
    Choice,
    Contribution,
    Explained,
    Found,
    Missed,
    Remark,
    Sign,
    character_weights,
)

__all__ = ["lines_of", "show_explanation"]

SHOWN = 12
"""So many n-grams are printed; --json has more."""
BAR = 12
FAINT = 0.15
"""Below this share of the strongest, a character is not marked."""


def show_explanation(text: str, model: Path, *, against: str | None, as_json: bool) -> None:
    """Understand a text and print why."""
    loaded = load_model(model)
    if loaded.metadata.training == "core":
        raise ModelError(f"{loaded.path} has no NLU — run 'kefu train' or 'kefu train nlu'")
    rivals = (against,) if against else ()

    async def ask() -> Explained:
        try:
            return await loaded.interpreter.explain(text, rivals)
        finally:
            await loaded.interpreter.close()

    explained = asyncio.run(ask())
    if as_json:
        click.echo(json.dumps(explained.as_json(), ensure_ascii=False, indent=2))
        return
    for line in lines_of(explained, against=against):
        click.echo(line)


def lines_of(explained: Explained, *, against: str | None = None) -> Iterator[str]:
    """Yield the explanation line by line."""
    text = explained.parsed["text"]
    yield click.style(text, bold=True)
    if explained.tokens:
        yield _dim(f"words: {' | '.join(explained.tokens)}")
    if explained.unknown_words:
        yield _dim(f"in no example: {' | '.join(explained.unknown_words)}")
    items = explained.by_component
    for name, item in items:
        if isinstance(item, Choice):
            yield from _choice(name, item, text, against)
    found = [(name, item) for name, item in items if isinstance(item, Found | Missed)]
    yield ""
    yield _title("Entities") + ("" if found else "  none, and nothing came near")
    for name, item in found:
        yield from _found(name, item) if isinstance(item, Found) else _missed(name, item)
    remarks = [(name, item) for name, item in items if isinstance(item, Remark)]
    if remarks:
        yield ""
        yield _title("Notes")
        yield from (f"  {name}: {item.text}" for name, item in remarks)
    yield ""
    intent = explained.parsed["intent"]
    yield f"Result: {intent['name'] or '(no intent)'} {intent['confidence']:.2f}"


def _choice(name: str, choice: Choice, text: str, against: str | None) -> Iterator[str]:
    best = choice.candidates[0]
    yield ""
    yield f"{_title(choice.about.capitalize())}  {click.style(best.label, bold=True)}" + _dim(
        f"  by {name}"
    )
    if choice.is_example:
        yield "  The message is a training example, word for word: known by heart, at least 0.95."
    size = max(width(one.label) for one in choice.candidates)
    for one in choice.candidates:
        yield f"  {one.confidence:.2f}  {_padded(one.label, size)}  decision {one.decision:+.2f}"
    if against and choice.rival != against:
        yield f"  {against} is not compared with: it was chosen, or is no such label."
    if choice.rival is not None:
        lead = sum(one.weight for one in choice.contributions) + choice.constant
        yield f"  Why {best.label} rather than {choice.rival} ({lead:+.2f}):"
    else:
        yield f"  Why {best.label}:"
    yield from (f"    {line}" for line in _marked(text, choice.contributions))
    yield from _grams(choice.contributions[:SHOWN])
    hidden = choice.contributions[SHOWN:]
    if hidden:
        rest = sum(one.weight for one in hidden)
        yield _dim(f"    {_signed(rest)}  {len(hidden)} weaker ones together")
    yield _dim(f"    {_signed(choice.constant)}  whatever the text")
    yield from _signs(choice.signs, best.confidence, by_heart=choice.is_example)


def _marked(text: str, contributions: Sequence[Contribution]) -> Iterator[str]:
    """Yield the text coloured by character, and below it + and - for what that shows."""
    weights = character_weights(text, contributions)
    most = max((abs(weight) for weight in weights), default=0.0)
    if not most or "\n" in text:
        return
    coloured = signs = ""
    for char, weight in zip(text, weights, strict=True):
        strength = abs(weight) / most
        sign = " " if strength < FAINT else "+" if weight > 0 else "-"
        colour = {"+": "green", "-": "red"}.get(sign)
        coloured += click.style(char, fg=colour, bold=strength > 0.5) if colour else char
        signs += sign * width(char)
    yield coloured
    yield signs.rstrip()


def _grams(contributions: Sequence[Contribution]) -> Iterator[str]:
    most = max((abs(one.weight) for one in contributions), default=1.0) or 1.0
    size = max((width(_shown(one)) for one in contributions), default=0)
    for one in contributions:
        bar = "█" * max(1, round(BAR * abs(one.weight) / most))
        colour = "green" if one.weight > 0 else "red"
        weight = click.style(_signed(one.weight), fg=colour)
        yield f"    {weight}  {_padded(_shown(one), size)}  {click.style(bar, fg=colour)}"


def _shown(contribution: Contribution) -> str:
    kind = {"words": "word ", "patterns": ""}.get(contribution.kind, "")
    feature = contribution.feature
    if contribution.kind == "characters":
        feature = feature.replace(" ", "␣")
    return f"{kind}{feature}"


def _signs(signs: Sequence[Sign], confidence: float, *, by_heart: bool) -> Iterator[str]:
    total = sum(sign.value * sign.weight for sign in signs)
    yield "  What the confidence rests on:"
    for sign in signs:
        meaning = _MEANINGS.get(sign.name, sign.name)
        how = "" if sign.name == "constant" else f" = {sign.value:.2f} x {sign.weight:+.2f}"
        yield f"    {_signed(sign.value * sign.weight)}  {meaning}{_dim(how)}"
    sure = 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))
    why = "; known by heart" if by_heart and confidence > sure + 0.005 else ""
    yield f"    {_signed(total)}  log-odds: {sure:.2f}{why}"


_MEANINGS = {
    "decision": "how strongly the label itself is indicated",
    "lead": "how far it is ahead of the second",
    "log_odds": "how likely it is among the labels",
    "known": "which part of the text occurs in examples",
    "strange": "how strange the text is beyond that",
    "constant": "whatever the text",
}


def _found(name: str, found: Found) -> Iterator[str]:
    kind = found.entity + "".join(f" {part}" for part in (found.role, found.group) if part)
    sure = f"  {found.confidence:.2f}" if found.confidence is not None else ""
    place = _dim(f"  {found.start}-{found.end}, by {name}")
    yield f"  {click.style(kind, bold=True)} = {found.value}{sure}{place}"
    if found.source:
        yield f"    found by {found.source}"
    for stage, question in (("boundary", "that it is one"), ("type", f"that it is {kind}")):
        parts = [one for one in found.contributions if one.kind == stage]
        if parts:
            yield f"    {question}:"
            yield from (f"  {line}" for line in _grams(parts))


def _missed(name: str, missed: Missed) -> Iterator[str]:
    sure = f"an entity with {missed.confidence:.2f}"
    yield f"  nearly: {missed.value}  {sure}{_dim(f'  {missed.start}-{missed.end}, by {name}')}"
    yield from (f"  {line}" for line in _grams(missed.contributions))


def _title(text: str) -> str:
    return click.style(text, fg="cyan", bold=True)


def _dim(text: str) -> str:
    return click.style(text, dim=True)


def _signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:+.2f}".rjust(6)


def _padded(text: str, size: int) -> str:
    return text + " " * (size - width(text))
