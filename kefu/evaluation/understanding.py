"""Plays NLU examples through an interpreter and compares what it understood with the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

from kefu.core.messages import ParseData
from kefu.core.names import INTENT_NLU_FALLBACK
from kefu.evaluation.entities import EntityResult, entity_reports
from kefu.evaluation.metrics import Report, report_on
from kefu.nlu.explanation import Choice, Contribution, Explained
from kefu.project.nlu_data import Example, SentimentExample

__all__ = [
    "ExplainingParser",
    "LabelResult",
    "Parser",
    "UnderstandingResults",
    "play_examples",
    "play_sentiments",
]

PRETRAINED_EXTRACTORS = ("DucklingEntityExtractor", "DucklingHTTPExtractor", "SpacyEntityExtractor")
"""They find what nobody annotated, so they cannot be scored against annotations."""

REASONS_KEPT = 12
"""So many n-grams are kept of what led to a wrong answer."""

Ranking = tuple[tuple[str, float], ...]
"""Labels with their confidence, the likeliest first."""


class Parser(Protocol):
    """Understands a text."""

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Return what ``text`` means."""
        ...


@runtime_checkable
class ExplainingParser(Protocol):
    """Can say why it understood what it understood."""

    async def explain(self, text: str, rivals: tuple[str, ...] = ()) -> Explained:
        """Return what ``text`` means, and what spoke for it rather than for ``rivals``."""
        ...

    def has_seen(self, text: str) -> bool:
        """Whether the text is one it was trained on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelResult:
    """A label that was asked for and the one that was given."""

    text: str
    target: str
    prediction: str
    confidence: float
    ranking: Ranking = ()
    """What else was thought of; not always all labels."""
    place: str = ""
    """File, line and column of the example."""
    was_seen: bool = False
    """The model was trained on this very text."""
    reasons: tuple[Contribution, ...] = ()
    """Of a wrong answer: what spoke for it rather than for the right one, strongest first."""

    @property
    def is_right(self) -> bool:
        """Whether the given label is the one that was asked for."""
        return self.target == self.prediction


@dataclass(slots=True)
class UnderstandingResults:
    """What an interpreter understood of a list of examples."""

    intents: list[LabelResult] = field(default_factory=list)
    responses: list[LabelResult] = field(default_factory=list)
    entities: list[EntityResult] = field(default_factory=list)
    sentiments: list[LabelResult] = field(default_factory=list)

    def intent_report(self) -> Report | None:
        """Score the intents; None when there was nothing to tell apart."""
        return _report(self.intents)

    def response_report(self) -> Report | None:
        """Score the answers chosen for retrieval intents."""
        return _report(self.responses)

    def sentiment_report(self) -> Report | None:
        """Score the likeliest sentiments, whether they were believed or not."""
        return _report(self.sentiments)

    def entity_reports(self) -> dict[str, Report]:
        """Score the entities token by token, for each extractor, as Rasa does."""
        return entity_reports(self.entities)


async def play_examples(
    parser: Parser,
    examples: Sequence[Example],
    *,
    progress: Callable[[], None] = lambda: None,
    explaining: ExplainingParser | None = None,
) -> UnderstandingResults:
    """Parse every example and collect what was asked for and what was given.

    Intents are scored when there are two or more, answers likewise, entities when any example
    has one. A fallback intent is undone first: it would hide which intent was taken.

    Args:
        parser: What is tested.
        examples: What it is tested on.
        progress: Called after each example.
        explaining: Asked why about each wrong answer; mostly the same as ``parser``.
    """
    has_intents = _are_several(example.intent for example in examples)
    has_responses = _are_several(example.response_key for example in examples)
    has_entities = any(example.entities for example in examples)
    results = UnderstandingResults()
    for example in examples:
        parsed = await parser.parse(example.text)
        if has_intents and example.intent:
            results.intents.append(_intent_result(example, parsed))
        if has_responses and example.response_key:
            results.responses.append(_response_result(example, parsed))
        if has_entities:
            results.entities.append(_entity_result(example, parsed))
        if explaining is not None:
            await _explain_last(example, results, explaining)
        progress()
    return results


async def play_sentiments(
    parser: Parser,
    examples: Sequence[SentimentExample],
    *,
    progress: Callable[[], None] = lambda: None,
    explaining: ExplainingParser | None = None,
) -> list[LabelResult]:
    """Parse examples of sentiments; without a component that tells them there are no results.

    Args:
        parser: What is tested.
        examples: What it is tested on.
        progress: Called after each example.
        explaining: Asked about each example; mostly the same as ``parser``.
    """
    results: list[LabelResult] = []
    for example in examples:
        choice = None
        if explaining is None:
            parsed = await parser.parse(example.text)
        else:
            explained = await explaining.explain(example.text, (example.sentiment,))
            parsed = explained.parsed
            choice = _choice_of(explained, "sentiment")
        listed = parsed.get("sentiment_ranking") or []
        if listed:
            result = _sentiment_result(example, listed)
            results.append(result if choice is None else _with_reasons(result, choice))
        progress()
    return results


async def _explain_last(
    example: Example, results: UnderstandingResults, explaining: ExplainingParser
) -> None:
    """Add to the results of an example, which are the last ones, what led to wrong answers."""
    own: list[tuple[list[LabelResult], Literal["intent", "answer"]]] = []
    if results.intents and example.intent:
        own.append((results.intents, "intent"))
    if results.responses and example.response_key:
        own.append((results.responses, "answer"))
    was_seen = explaining.has_seen(example.text)
    for found, _ in own:
        found[-1] = replace(found[-1], was_seen=was_seen)
    if all(found[-1].is_right for found, _ in own):
        return
    rivals = (example.intent or "", example.full_intent or "")
    explained = await explaining.explain(example.text, rivals)
    for found, about in own:
        if not found[-1].is_right:
            found[-1] = replace(found[-1], reasons=_reasons(explained, about, found[-1]))


def _reasons(explained: Explained, about: str, result: LabelResult) -> tuple[Contribution, ...]:
    for _, item in explained.by_component:
        if isinstance(item, Choice) and item.about == about and item.rival == result.target:
            return item.contributions[:REASONS_KEPT]
    return ()


def _choice_of(explained: Explained, about: str) -> Choice | None:
    choices = (item for _, item in explained.by_component if isinstance(item, Choice))
    return next((choice for choice in choices if choice.about == about), None)


def _with_reasons(result: LabelResult, choice: Choice) -> LabelResult:
    is_why = not result.is_right and choice.rival == result.target
    reasons = choice.contributions[:REASONS_KEPT] if is_why else ()
    return replace(result, was_seen=choice.is_example, reasons=reasons)


def _are_several(labels: Iterable[str | None]) -> bool:
    return len({label for label in labels if label}) > 1


def _report(results: Sequence[LabelResult]) -> Report | None:
    if not results:
        return None
    return report_on(
        [result.target for result in results], [result.prediction for result in results]
    )


def _intent_result(example: Example, parsed: ParseData) -> LabelResult:
    intent: Mapping[str, Any] = parsed.get("intent") or {}
    listed = parsed.get("intent_ranking") or []
    ranking: Sequence[Mapping[str, Any]] = [
        item for item in listed if item["name"] != INTENT_NLU_FALLBACK
    ]
    if intent.get("name") == INTENT_NLU_FALLBACK and ranking:
        intent = ranking[0]
    return LabelResult(
        text=example.text,
        target=example.intent or "",
        prediction=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        ranking=_ranking(ranking, "name"),
        place=_place(example),
    )


def _sentiment_result(
    example: SentimentExample, listed: Sequence[Mapping[str, Any]]
) -> LabelResult:
    return LabelResult(
        text=example.text,
        target=example.sentiment,
        prediction=str(listed[0]["name"]),
        confidence=float(listed[0]["confidence"]),
        ranking=_ranking(listed, "name"),
        place=_place(example),
    )


def _response_result(example: Example, parsed: ParseData) -> LabelResult:
    selectors: Mapping[str, Any] = parsed.get("response_selector") or {}
    selected = selectors.get(example.intent or "") or selectors.get("default") or {}
    response = selected.get("response") or {}
    return LabelResult(
        text=example.text,
        target=example.full_intent or "",
        prediction=response.get("intent_response_key") or "",
        confidence=float(response.get("confidence") or 0.0),
        ranking=_ranking(selected.get("ranking") or [], "intent_response_key"),
        place=_place(example),
    )


def _ranking(listed: Sequence[Mapping[str, Any]], key: str) -> Ranking:
    return tuple((str(item[key]), float(item["confidence"])) for item in listed if item.get(key))


def _place(example: Example | SentimentExample) -> str:
    return str(example.place) if example.place.file else ""


def _entity_result(example: Example, parsed: ParseData) -> EntityResult:
    found = [
        entity
        for entity in parsed.get("entities") or []
        if entity.get("extractor") not in PRETRAINED_EXTRACTORS
    ]
    targets = [
        {
            "start": entity.start,
            "end": entity.end,
            "value": entity.value,
            "entity": entity.entity,
            **({"role": entity.role} if entity.role else {}),
            **({"group": entity.group} if entity.group else {}),
        }
        for entity in example.entities
    ]
    return EntityResult(
        text=example.text,
        targets=targets,
        predictions=found,
        tokens=[(int(start), int(end)) for start, end in parsed.get("text_tokens") or []],
        place=_place(example),
    )
