"""Result files of story tests, named and shaped like Rasa's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kefu.core.names import ACTION_LISTEN
from kefu.evaluation.files import FileOptions, write_json
from kefu.evaluation.metrics import Report, report_on
from kefu.evaluation.stories import StepResult, StoryResult, entity_pairs, marked_entity

__all__ = ["FAILED", "WITH_WARNINGS", "marked_text", "story_report", "story_yaml", "write_stories"]

FAILED = "failed_test_stories.yml"
SUCCESSFUL = "successful_test_stories.yml"
WITH_WARNINGS = "stories_with_warnings.yml"

_PLAIN = re.compile(r"[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff/.-]*(?: [\w\u3400-\u9fff/.()-]+)*")
_KEYWORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def story_report(results: Sequence[StoryResult]) -> Report:
    """Score actions, intents and entities together, as Rasa's story report does."""
    targets, predictions = [], []
    for target, prediction in _pairs(results):
        targets.append(target)
        predictions.append(prediction)
    return report_on(targets, predictions)


def _pairs(results: Sequence[StoryResult]) -> Iterator[tuple[str, str]]:
    steps = [step for result in results for step in result.steps]
    for kind in ("action", "user"):
        for step in steps:
            if step.kind == kind and step.expected:
                yield step.expected, step.predicted
    for step in steps:
        yield from entity_pairs(step)


def write_stories(results: Sequence[StoryResult], options: FileOptions) -> None:
    """Write the report, and the stories that failed, succeeded or had warnings."""
    content = story_report(results).to_json()
    right = [result for result in results if result.is_right]
    warned = [result for result in right if result.has_warnings]
    if results:
        content["conversation_accuracy"] = {
            "accuracy": len(right) / len(results),
            "correct": len(right),
            "with_warnings": len(warned),
            "total": len(results),
        }
    write_json(options.folder / "story_report.json", content)
    wrong = [result for result in results if not result.is_right]
    files = (
        (FAILED, wrong, options.errors, "None of the test stories failed - all good!"),
        (SUCCESSFUL, right, options.successes, "None of the test stories succeeded :("),
        (WITH_WARNINGS, warned, options.warnings, "No warnings for test stories"),
    )
    for name, stories, wanted, otherwise in files:
        path = options.folder / name
        if wanted:
            _write(path, story_yaml(stories) if stories else f"# {otherwise}\n")
        else:
            path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def story_yaml(results: Sequence[StoryResult]) -> str:
    """Return stories in Rasa's format, with what was predicted instead in comments."""
    lines = ['version: "3.1"', "stories:"]
    for result in results:
        source = f" ({result.file})" if result.file else ""
        lines += [f"- story: {_scalar(result.name + source)}", "  steps:"]
        for step in result.steps:
            if step.expected == ACTION_LISTEN == step.predicted:
                continue
            lines += [f"  {line}" for line in _step(step)]
    return "\n".join(lines) + "\n"


def _step(step: StepResult) -> Iterator[str]:
    match step.kind:
        case "user":
            yield from _user(step)
        case "action":
            comment = "" if step.is_right else f"  # predicted: {step.predicted}"
            yield f"- action: {_scalar(step.expected)}{comment}"
        case "slot":
            yield "- slot_was_set:"
            yield f"  - {_scalar(step.expected)}: {_value(step.value)}"
        case "loop":
            yield f"- active_loop: {_scalar(step.expected) if step.expected else 'null'}"


def _user(step: StepResult) -> Iterator[str]:
    comment = ""
    if not step.is_right:
        said = marked_text(step.text, step.predicted_entities).replace("\n", " ")
        comment = f"  # predicted: {step.predicted or None}: {said}"
    yield f"- intent: {_scalar(step.expected)}{comment}"
    if step.text:
        yield "  user: |-"
        for line in marked_text(step.text, step.entities).splitlines():
            yield f"    {line}"


def marked_text(text: str, entities: Sequence[Any]) -> str:
    """Return ``text`` with its entities in brackets; of those that overlap, the longest ones."""
    spans = [entity for entity in entities if "start" in entity and "end" in entity]
    for entity in sorted(_apart(spans), key=lambda one: -int(one["start"])):
        text = text[: entity["start"]] + marked_entity(text, entity) + text[entity["end"] :]
    return text


def _apart(entities: Sequence[Any]) -> list[Any]:
    kept: list[Any] = []
    for entity in sorted(entities, key=lambda one: one["start"] - one["end"]):
        if all(entity["end"] <= one["start"] or entity["start"] >= one["end"] for one in kept):
            kept.append(entity)
    return kept


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
