"""What ``kefu explain`` prints: readable without colours, clearer with them."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kefu.cli.explaining_words import WORDS
from kefu.cli.output import width
from kefu.errors import ModelError
from kefu.evaluation.page.writing import page_language
from kefu.model.load import load_model
from kefu.nlu.explanation import (
    Choice,
    Contribution,
    Explained,
    Found,
    Missed,
    Remark,
    character_weights,
)

__all__ = ["lines_of", "show_explanation"]

SHOWN = 12
"""So many n-grams are printed; --json has more."""
BAR = 12
TO_BE_SEEN = 0.005
"""Smaller shares are printed as 0."""
LIKELY_OUTSIDE = 0.5
"""From this probability on that it is none of the labels, it is said what to do."""
LINE = 72
"""So many columns of the text are marked in one line."""
LINES = 12
FAINT = 0.15
"""Below this share of the strongest, a character is not marked."""


def show_explanation(
    text: str, model: Path, *, against: str | None, language: str | None, as_json: bool
) -> None:
    """Understand a text and print why; ``language`` None: the project's, of JSON English."""
    loaded = load_model(model)
    if loaded.metadata.training == "core":
        raise ModelError(f"{loaded.path} has no NLU — run 'kefu train' or 'kefu train nlu'")
    rivals = (against,) if against else ()
    chosen = language or ("en" if as_json else page_language(loaded.metadata.language))

    async def ask() -> Explained:
        try:
            return await loaded.interpreter.explain(text, rivals, chosen)
        finally:
            await loaded.interpreter.close()

    explained = asyncio.run(ask())
    if as_json:
        click.echo(json.dumps(explained.as_json(), ensure_ascii=False, indent=2))
        return
    for line in lines_of(explained, against=against, language=chosen):
        click.echo(line)


def lines_of(
    explained: Explained, *, against: str | None = None, language: str = "en"
) -> Iterator[str]:
    """Yield the explanation line by line."""
    return _Lines(WORDS[language]).all(explained, against)


class _Lines:
    """Puts an explanation into words."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def _say(self, name: str, *values: object) -> str:
        return self._words[name].format(*values)

    def all(self, explained: Explained, against: str | None) -> Iterator[str]:
        """Yield everything."""
        text = explained.parsed["text"]
        yield click.style(text, bold=True)
        if explained.tokens:
            yield _dim(self._say("words", " | ".join(explained.tokens)))
        if explained.unknown_words:
            yield _dim(self._say("unknown", " | ".join(explained.unknown_words)))
        items = explained.by_component
        for name, item in items:
            if isinstance(item, Choice):
                yield from self._choice(name, item, text, against)
        found = [(name, item) for name, item in items if isinstance(item, Found | Missed)]
        yield ""
        none = "" if found else f"  {self._say('nothing')}"
        yield _title(self._say("entities")) + none
        for name, entity in found:
            if isinstance(entity, Found):
                yield from self._found(name, entity)
            else:
                yield from self._missed(name, entity)
        remarks = [(name, item) for name, item in items if isinstance(item, Remark)]
        if remarks:
            yield ""
            yield _title(self._say("notes"))
            yield from (f"  {name}: {item.text}" for name, item in remarks)
        yield ""
        yield self._say("result", ", ".join(self._result(explained.parsed)))

    def _result(self, parsed: Mapping[str, Any]) -> Iterator[str]:
        intent = parsed["intent"]
        yield f"{intent['name'] or self._say('no-intent')} {intent['confidence']:.2f}"
        selected = parsed.get("response_selector") or {}
        if intent["name"] in selected.get("all_retrieval_intents", ()):
            chosen = selected.get(intent["name"]) or selected.get("default") or {}
            answer = chosen.get("response") or {}
            if answer.get("intent_response_key"):
                name, sure = answer["intent_response_key"], answer["confidence"]
                yield self._say("result-answer", name, sure)
        if parsed.get("sentiment_ranking"):
            feeling = parsed["sentiment"]
            name = feeling["name"] or self._say("unsure")
            yield self._say("result-sentiment", name, feeling["confidence"])

    def _choice(
        self, component: str, choice: Choice, text: str, against: str | None
    ) -> Iterator[str]:
        best = choice.candidates[0]
        yield ""
        yield f"{_title(self._say(choice.about))}  {click.style(best.label, bold=True)}" + _dim(
            f"  {self._say('by', component)}"
        )
        if choice.is_example:
            yield f"  {self._say('by-heart')}"
        yield from self._candidates(choice)
        if against and choice.rival != against:
            yield f"  {self._say('not-compared', against)}"
        if choice.rival is not None:
            lead = sum(one.weight for one in choice.contributions) + choice.constant
            yield f"  {self._say('why-rather', best.label, choice.rival, lead)}"
        else:
            yield f"  {self._say('why', best.label)}"
        yield from (f"    {line}" for line in _marked(text, choice.contributions))
        yield from self._grams(choice.contributions[:SHOWN])
        hidden = choice.contributions[SHOWN:]
        if hidden:
            rest = sum(one.weight for one in hidden)
            yield _dim(f"    {_signed(rest)}  {self._say('weaker', len(hidden))}")
        yield _dim(f"    {_signed(choice.constant)}  {self._say('anything')}")
        yield from self._rests_on(choice)

    def _candidates(self, choice: Choice) -> Iterator[str]:
        """Yield the likeliest labels and what is left of the probability."""
        size = max(width(one.label) for one in choice.candidates)
        for one in choice.candidates:
            decision = self._say("decision", one.decision)
            yield f"  {one.confidence:.2f}  {_padded(one.label, size)}  {decision}"
        hidden = choice.labels - len(choice.candidates)
        if hidden > 0:
            rest = 1 - choice.outside - sum(one.confidence for one in choice.candidates)
            yield _dim(f"  {max(rest, 0.0):.2f}  {self._say('others', hidden)}")
        if choice.labels:
            yield f"  {choice.outside:.2f}  {self._say('outside')}"
        if choice.outside >= TO_BE_SEEN:
            best = choice.candidates[0]
            alone = best.confidence / (1 - choice.outside)
            yield f"  {self._say('rest', best.label, alone, choice.outside)}"
        if choice.outside >= LIKELY_OUTSIDE:
            yield f"  {self._say('likely-outside')}"
            yield f"  {self._say('likely-outside-2')}"

    def _grams(self, contributions: Sequence[Contribution]) -> Iterator[str]:
        most = max((abs(one.weight) for one in contributions), default=1.0) or 1.0
        names = [self._shown(one) for one in contributions]
        size = max(map(width, names), default=0)
        for name, one in zip(names, contributions, strict=True):
            bar = "█" * max(1, round(BAR * abs(one.weight) / most))
            colour = "green" if one.weight > 0 else "red"
            weight = click.style(_signed(one.weight), fg=colour)
            yield f"    {weight}  {_padded(name, size)}  {click.style(bar, fg=colour)}"

    def _shown(self, contribution: Contribution) -> str:
        feature = contribution.feature
        if contribution.kind == "words":
            return self._say("kind-words", feature)
        if contribution.kind == "characters":
            return feature.replace(" ", "␣")
        if contribution.kind == "meaning":
            return self._say("meaning")
        sort, _, name = feature.partition(" ")
        if contribution.kind == "patterns" and sort in ("regex", "lookup"):
            return self._say(sort, name)
        return feature

    def _rests_on(self, choice: Choice) -> Iterator[str]:
        """Yield what the confidence is the product of."""
        yield f"  {self._say('rests-on')}"
        chances = []
        for question, signs in (("in-scope", choice.scope), ("right", choice.signs)):
            yield f"  {self._say(question)}"
            total = sum(sign.value * sign.weight for sign in signs)
            for sign in signs:
                meaning = self._words.get(f"sign-{sign.name}", sign.name)
                how = "" if sign.name == "constant" else f" = {sign.value:.2f} x {sign.weight:+.2f}"
                yield f"    {_signed(sign.value * sign.weight)}  {meaning}{_dim(how)}"
            chances.append(1 / (1 + math.exp(-max(min(total, 30.0), -30.0))))
            yield f"    {_signed(total)}  {self._say('log-odds', chances[-1])}"
        sure = math.prod(chances)
        is_better = choice.is_example and choice.candidates[0].confidence > sure + 0.005
        why = self._say("heart") if is_better else ""
        yield f"  {self._say('product', *chances, sure)}{why}"

    def _found(self, name: str, found: Found) -> Iterator[str]:
        kind = found.entity + "".join(f" {part}" for part in (found.role, found.group) if part)
        sure = f"  {found.confidence:.2f}" if found.confidence is not None else ""
        place = _dim(f"  {self._say('place', found.start, found.end, name)}")
        yield f"  {click.style(kind, bold=True)} = {found.value}{sure}{place}"
        if found.source:
            yield f"    {self._say('found-by', found.source)}"
        for stage, question in (
            ("boundary", self._say("is-one")),
            ("type", self._say("is-kind", kind)),
        ):
            parts = [one for one in found.contributions if one.kind == stage]
            if parts:
                yield f"    {question}"
                yield from (f"  {line}" for line in self._grams(parts))

    def _missed(self, name: str, missed: Missed) -> Iterator[str]:
        place = self._say("place", missed.start, missed.end, name)
        yield f"  {self._say('nearly', missed.value, missed.confidence)}{_dim(f'  {place}')}"
        yield from (f"  {line}" for line in self._grams(missed.contributions))


def _marked(text: str, contributions: Sequence[Contribution]) -> Iterator[str]:
    """Yield the text coloured by character, and below each line + and - for what that shows."""
    weights = character_weights(text, contributions)
    most = max((abs(weight) for weight in weights), default=0.0)
    if not most or "\n" in text:
        return
    coloured = signs = ""
    lines = 0
    for char, weight in zip(text, weights, strict=True):
        if width(signs) + width(char) > LINE:
            yield from (coloured, signs.rstrip())
            coloured = signs = ""
            lines += 1
            if lines == LINES:
                yield "…"
                return
        strength = abs(weight) / most
        sign = " " if strength < FAINT else "+" if weight > 0 else "-"
        colour = {"+": "green", "-": "red"}.get(sign)
        coloured += click.style(char, fg=colour, bold=strength > 0.5) if colour else char
        signs += sign * width(char)
    yield from (coloured, signs.rstrip())


def _title(text: str) -> str:
    return click.style(text, fg="cyan", bold=True)


def _dim(text: str) -> str:
    return click.style(text, dim=True)


def _signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:+.2f}".rjust(6)


def _padded(text: str, size: int) -> str:
    return text + " " * (size - width(text))
