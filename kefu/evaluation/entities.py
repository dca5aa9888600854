"""Entities compared with their annotations: token by token, and as whole spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kefu.evaluation.metrics import LabelScore, Report, report_on

__all__ = ["NO_ENTITY", "EntityResult", "entity_reports", "label_of", "span_score", "spans_by_type"]

NO_ENTITY = "no_entity"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityResult:
    """Entities that were asked for and those that were found in one text."""

    text: str
    targets: Sequence[Mapping[str, Any]]
    predictions: Sequence[Mapping[str, Any]]
    tokens: Sequence[tuple[int, int]]
    """Start and end of each token."""
    place: str = ""
    """File, line and column of the example."""

    def target_labels(self) -> list[str]:
        """Return the right label of each token."""
        return [_label(token, self.targets) for token in self.tokens]

    def labels_by(self, extractor: str) -> list[str]:
        """Return the label that ``extractor`` gave each token."""
        found = [entity for entity in self.predictions if entity.get("extractor") == extractor]
        return [_label(token, found) for token in self.tokens]

    def to_json(self) -> dict[str, Any]:
        """Return the entry of an errors or successes file."""
        return {
            "text": self.text,
            "entities": list(self.targets),
            "predicted_entities": list(self.predictions),
        }


def entity_reports(results: Sequence[EntityResult]) -> dict[str, Report]:
    """Return a report on the token labels of each extractor that found anything."""
    extractors = sorted(
        {
            entity["extractor"]
            for result in results
            for entity in result.predictions
            if entity.get("extractor")
        }
    )
    targets = [label for result in results for label in result.target_labels()]
    return {
        extractor: report_on(
            targets,
            [label for result in results for label in result.labels_by(extractor)],
            leave_out=(NO_ENTITY,),
        )
        for extractor in extractors
    }


def spans_by_type(results: Sequence[EntityResult]) -> Report:
    """Score entities as wholes, each type with its role and group apart, whoever found them.

    What an entity is "taken for" is another type at exactly the same place.
    """
    targets: list[str] = []
    predictions: list[str] = []
    for result in results:
        wanted = {(e["start"], e["end"], label_of(e)) for e in result.targets}
        found = {(e["start"], e["end"], label_of(e)) for e in result.predictions}
        both = wanted & found
        instead: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for start, end, name in sorted(found - both):
            instead[start, end].append(name)
        targets += [name for _, _, name in both]
        predictions += [name for _, _, name in both]
        for start, end, name in sorted(wanted - both):
            targets.append(name)
            others = instead[start, end]
            predictions.append(others.pop(0) if others else NO_ENTITY)
        for name in (name for others in instead.values() for name in others):
            targets.append(NO_ENTITY)
            predictions.append(name)
    return report_on(targets, predictions, leave_out=(NO_ENTITY,))


def span_score(results: Sequence[EntityResult]) -> LabelScore:
    """Score entities as wholes, whoever found them: place, type, role and group must be right."""
    hits = found = wanted = 0
    for result in results:
        targets = {_span(entity) for entity in result.targets}
        predictions = {_span(entity) for entity in result.predictions}
        hits += len(targets & predictions)
        found += len(predictions)
        wanted += len(targets)
    return LabelScore(
        precision=hits / found if found else 0.0,
        recall=hits / wanted if wanted else 0.0,
        support=wanted,
    )


def _span(entity: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(entity.get(key) for key in ("start", "end", "entity", "role", "group"))


def _label(token: tuple[int, int], entities: Sequence[Mapping[str, Any]]) -> str:
    """Return the label of the entity that covers most of a token."""
    start, end = token
    best, most = None, 0
    for entity in entities:
        covered = min(end, entity["end"]) - max(start, entity["start"])
        if covered > most:
            best, most = entity, covered
    if best is None:
        return NO_ENTITY
    return label_of(best)


def label_of(entity: Mapping[str, Any]) -> str:
    """Return the label of an entity as reports show it: ``city.group.role``."""
    return ".".join(str(entity[key]) for key in ("entity", "group", "role") if entity.get(key))
