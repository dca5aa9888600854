"""The result files of ``kefu test``, named and shaped like Rasa's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kefu.evaluation.calibration import at_thresholds, calibration
from kefu.evaluation.confused_pairs import confused_pairs
from kefu.evaluation.drawing import draw_confusions
from kefu.evaluation.entities import NO_ENTITY, EntityResult
from kefu.evaluation.metrics import Report
from kefu.evaluation.mislabelled import likely_mislabelled
from kefu.evaluation.understanding import LabelResult, UnderstandingResults

__all__ = ["FileOptions", "write_findings", "write_json", "write_understanding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """Which files are wanted."""

    folder: Path
    successes: bool = False
    errors: bool = True
    warnings: bool = True
    plots: bool = True


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` readably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)  # not a string first: it may be long
        file.write("\n")


def write_understanding(results: UnderstandingResults, options: FileOptions) -> None:
    """Write reports, errors, successes and drawings of an NLU test."""
    _write_labels("intent", results.intents, results.intent_report(), options)
    _write_labels("response_selection", results.responses, results.response_report(), options)
    _write_labels("sentiment", results.sentiments, results.sentiment_report(), options)
    for extractor, report in results.entity_reports().items():
        write_json(options.folder / f"{extractor}_report.json", report.to_json())
        _write_entities(extractor, results.entities, options)
        targets = [label for r in results.entities for label in r.target_labels()]
        given = [label for r in results.entities for label in r.labels_by(extractor)]
        _draw(extractor, targets, given, options)


def write_findings(results: UnderstandingResults, folder: Path) -> None:
    """Write what the page shows beyond Rasa's reports as JSON, for programs."""
    write_json(
        folder / "nlu_report.json",
        {
            kind: _findings(found)
            for kind, found in (
                ("intent", results.intents),
                ("response_selection", results.responses),
                ("sentiment", results.sentiments),
            )
            if found
        },
    )


def _findings(results: Sequence[LabelResult]) -> dict[str, Any]:
    calibrated = calibration(results)
    return {
        "expected_calibration_error": calibrated.error,
        "reliability": [{**asdict(one), "accuracy": one.accuracy} for one in calibrated.bins],
        "thresholds": [asdict(one) for one in at_thresholds(results)],
        "confused_pairs": [asdict(pair) for pair in confused_pairs(results)],
        "likely_mislabelled": [
            {
                "text": results[one.number].text,
                "place": results[one.number].place,
                "label": results[one.number].target,
                "confidence": one.own_confidence,
                "likely": {"label": one.label, "confidence": one.confidence},
            }
            for one in likely_mislabelled(results)
        ],
    }


def _write_labels(
    kind: str, results: Sequence[LabelResult], report: Report | None, options: FileOptions
) -> None:
    if report is None:
        return
    write_json(options.folder / f"{kind}_report.json", report.to_json())
    wrong = [_label_entry(kind, result) for result in results if not result.is_right]
    right = [_label_entry(kind, result) for result in results if result.is_right]
    _write_entries(options.folder / f"{kind}_errors.json", wrong, wanted=options.errors)
    _write_entries(options.folder / f"{kind}_successes.json", right, wanted=options.successes)
    targets = [result.target for result in results]
    _draw(kind, targets, [result.prediction for result in results], options)


def _draw(
    kind: str, targets: Sequence[str], predictions: Sequence[str], options: FileOptions
) -> None:
    path = options.folder / f"{kind}_confusion_matrix.svg"
    if options.plots:
        draw_confusions(path, kind.replace("_", " "), targets, predictions)
    else:
        path.unlink(missing_ok=True)


def _label_entry(kind: str, result: LabelResult) -> dict[str, Any]:
    if kind in ("intent", "sentiment"):
        prediction = {"name": result.prediction, "confidence": result.confidence}
        return {"text": result.text, kind: result.target, f"{kind}_prediction": prediction}
    return {
        "text": result.text,
        "intent_response_key_target": result.target,
        "intent_response_key_prediction": {
            "name": result.prediction,
            "confidence": result.confidence,
        },
    }


def _write_entities(extractor: str, results: Sequence[EntityResult], options: FileOptions) -> None:
    wrong, right = [], []
    for result in results:
        targets, given = result.target_labels(), result.labels_by(extractor)
        if targets != given:
            wrong.append(result.to_json())
        elif any(label != NO_ENTITY for label in targets):
            right.append(result.to_json())
    folder = options.folder
    _write_entries(folder / f"{extractor}_errors.json", wrong, wanted=options.errors)
    _write_entries(folder / f"{extractor}_successes.json", right, wanted=options.successes)


def _write_entries(path: Path, entries: Sequence[Any], *, wanted: bool) -> None:
    """Write the entries, or remove the file of an earlier run that would now tell lies."""
    if wanted and entries:
        write_json(path, entries)
    else:
        path.unlink(missing_ok=True)
