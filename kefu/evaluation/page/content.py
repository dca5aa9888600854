"""What the page shows, in the compact form that its script reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from kefu.evaluation.calibration import at_thresholds, calibration, histogram
from kefu.evaluation.confused_pairs import ConfusedPair, Culprit, confused_pairs
from kefu.evaluation.entities import EntityResult, label_of, span_score, spans_by_type
from kefu.evaluation.metrics import Report
from kefu.evaluation.mislabelled import likely_mislabelled
from kefu.evaluation.understanding import LabelResult, UnderstandingResults

__all__ = ["About", "known_by_heart", "page_content"]

CONFUSIONS_SHOWN = 5
FLATTERING = 0.05
"""From this share of examples on that a model was trained on, its figures flatter it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How the results came about."""

    mode: Literal["folds", "share", "hold-out"]
    folds: int = 0
    share: float = 0.0
    trained: int = 0
    """Examples that the model was trained on, where they were held out from one another."""
    data: str = ""
    """Where the examples came from."""
    model: str = ""


def page_content(results: UnderstandingResults, about: About) -> dict[str, Any]:
    """Return the data of the page; positions stand for labels and files."""
    files = _Files()
    kinds = [
        _kind(name, found, report, files)
        for name, found, report in (
            ("intents", results.intents, results.intent_report()),
            ("answers", results.responses, results.response_report()),
            ("sentiments", results.sentiments, results.sentiment_report()),
        )
        if report is not None
    ]
    labelled = results.intents or results.responses or results.sentiments
    content = {
        "about": {
            **asdict(about),
            "tested": len(labelled or results.entities),
            "seen": known_by_heart(labelled) if about.mode == "hold-out" else 0,
        },
        "kinds": kinds,
        "entities": _entities(results, files) if results.entities else None,
    }
    return {**content, "files": files.names}


def known_by_heart(results: Sequence[LabelResult]) -> int:
    """Return how many examples the model was trained on; 0 where they are too few to matter."""
    seen = sum(result.was_seen for result in results)
    return seen if seen >= FLATTERING * len(results) else 0


class _Files:
    """Numbers the files that examples come from."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def names(self) -> list[str]:
        return list(self._numbers)

    def place(self, place: str) -> tuple[int, int]:
        """Return (number of the file, line); (-1, 0) for no place."""
        if not place:
            return -1, 0
        name, line = place, 0
        first, _, last = place.rpartition(":")
        if first and last.isdigit():
            name, line = first, int(last)
            first, _, last = name.rpartition(":")
            if first and last.isdigit():
                name, line = first, int(last)
        return self._numbers.setdefault(name, len(self._numbers)), line


def _kind(
    name: str, results: Sequence[LabelResult], report: Report, files: _Files
) -> dict[str, Any]:
    labels = sorted({one.target for one in results} | {one.prediction for one in results})
    suspects = likely_mislabelled(results)
    labels += sorted({suspect.label for suspect in suspects} - set(labels))
    position = {label: number for number, label in enumerate(labels)}
    calibrated = calibration(results)
    return {
        "kind": name,
        "labels": labels,
        "accuracy": report.accuracy,
        "macro": report.macro,
        "weighted": report.weighted,
        "rows": _rows(report, Counter(one.prediction for one in results)),
        "examples": [_example(one, position, files) for one in results],
        "ece": calibrated.error,
        "bins": [[b.low, b.high, b.count, b.right, b.confidence] for b in calibrated.bins],
        "histogram": histogram(results),
        "thresholds": [[t.threshold, t.answered, t.right] for t in at_thresholds(results)],
        "suspects": [
            [s.number, position[s.label], s.confidence, s.own_confidence] for s in suspects
        ],
        "pairs": [_pair(pair, position) for pair in confused_pairs(results)],
    }


def _rows(report: Report, predicted: Mapping[str, int]) -> list[list[Any]]:
    return [
        [
            name,
            score.precision,
            score.recall,
            score.f1,
            score.support,
            predicted.get(name, 0),
            [[other, n] for other, n in score.confused_with[:CONFUSIONS_SHOWN]],
        ]
        for name, score in report.labels.items()
    ]


def _example(result: LabelResult, position: Mapping[str, int], files: _Files) -> list[Any]:
    return [
        result.text,
        position[result.target],
        position[result.prediction],
        round(result.confidence, 4),
        *files.place(result.place),
        [[r.kind, r.feature, round(r.weight, 4)] for r in result.reasons],
        int(result.was_seen),
    ]


def _pair(pair: ConfusedPair, position: Mapping[str, int]) -> dict[str, Any]:
    return {
        "a": position[pair.first],
        "b": position[pair.second],
        "ab": pair.first_as_second,
        "ba": pair.second_as_first,
        "toB": _culprits(pair.to_second),
        "toA": _culprits(pair.to_first),
    }


def _culprits(culprits: Sequence[Culprit]) -> list[list[Any]]:
    return [[one.kind, one.feature, round(one.weight, 4), one.examples] for one in culprits]


def _entities(results: UnderstandingResults, files: _Files) -> dict[str, Any]:
    spans = span_score(results.entities)
    whole = spans_by_type(results.entities)
    found = Counter(label_of(entity) for one in results.entities for entity in one.predictions)
    tokens = []
    for extractor, report in results.entity_reports().items():
        given = [label for one in results.entities for label in one.labels_by(extractor)]
        tokens.append({"extractor": extractor, "rows": _rows(report, Counter(given))})
    return {
        "whole": {
            "score": [spans.precision, spans.recall, spans.f1, spans.support],
            "rows": _rows(whole, found),
        },
        "tokens": tokens,
        "errors": [
            [one.text, _spans(one.targets), _spans(one.predictions), *files.place(one.place)]
            for one in results.entities
            if _is_wrong(one)
        ],
    }


def _is_wrong(result: EntityResult) -> bool:
    targets = {tuple(span) for span in _spans(result.targets)}
    return targets != {tuple(span) for span in _spans(result.predictions)}


def _spans(entities: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[entity["start"], entity["end"], label_of(entity)] for entity in entities]
