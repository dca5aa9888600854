"""Plays NLU examples through an interpreter and compares what it understood with the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kefu.core.messages import ParseData
from kefu.core.names import INTENT_NLU_FALLBACK
from kefu.evaluation.entities import EntityResult, entity_reports
from kefu.evaluation.metrics import Report, report_on
from kefu.project.nlu_data import Example

__all__ = ["LabelResult", "Parser", "UnderstandingResults", "play_examples"]

PRETRAINED_EXTRACTORS = ("DucklingEntityExtractor", "DucklingHTTPExtractor", "SpacyEntityExtractor")
"""They find what nobody annotated, so they cannot be scored against annotations."""

Json = dict[str, Any]


class Parser(Protocol):
    """Understands a text."""

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Return what ``text`` means."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelResult:
    """A label that was asked for and the one that was given."""

    text: str
    target: str
    prediction: str
    confidence: float

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

    def intent_report(self) -> Report | None:
        """Score the intents; None when there was nothing to tell apart."""
        return _report(self.intents)

    def response_report(self) -> Report | None:
        """Score the answers chosen for retrieval intents."""
        return _report(self.responses)

    def entity_reports(self) -> dict[str, Report]:
        """Score the entities token by token, for each extractor, as Rasa does."""
        return entity_reports(self.entities)


async def play_examples(
    parser: Parser, examples: Sequence[Example], *, progress: Callable[[], None] = lambda: None
) -> UnderstandingResults:
    """Parse every example and collect what was asked for and what was given.

    Intents are scored when there are two or more, answers likewise, entities when any example
    has one. A fallback intent is undone first: it would hide which intent was taken.
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
        progress()
    return results


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
    ranking = parsed.get("intent_ranking") or []
    if intent.get("name") == INTENT_NLU_FALLBACK and len(ranking) > 1:
        intent = ranking[1]
    return LabelResult(
        text=example.text,
        target=example.intent or "",
        prediction=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
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
    )


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
    )
