"""Checks the examples of sentiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kefu.core.mood import FEELINGS
from kefu.project.nlu_data import SentimentExample
from kefu.project.problems import Report, suggestion
from kefu.project.project import Project
from kefu.project.validation.nlu import same_but_for_signs

__all__ = ["check_sentiments"]

COMPONENT: Final = "SentimentClassifier"


def check_sentiments(project: Project, report: Report, *, has_config: bool) -> None:
    """Report what is odd about the examples, and that nothing learns from them."""
    examples = project.nlu.sentiments
    if not examples:
        return
    _check_names(project, report)
    _check_texts(examples, report)
    names = {component.name.rpartition(".")[2] for component in project.config.pipeline}
    if has_config and COMPONENT not in names:
        report.note(
            "nlu.unused-sentiments",
            examples[0].place,
            "there are examples of sentiments, but no component learns from them",
            f"add '- name: {COMPONENT}' to the pipeline",
        )


def _check_names(project: Project, report: Report) -> None:
    for name, place in project.places.sentiments.items():
        if name not in FEELINGS:
            report.note(
                "nlu.unknown-sentiment",
                place,
                f"the sentiment {name!r} is learned, but neither HandoffPolicy nor the desk "
                "knows what it means",
                suggestion(name, FEELINGS, f"they know {', '.join(FEELINGS)}"),
            )


def _check_texts(examples: Sequence[SentimentExample], report: Report) -> None:
    first_of: dict[str, SentimentExample] = {}
    for example in examples:
        if not example.text:
            report.note("nlu.empty-example", example.place, "the example is empty", "delete it")
            continue
        first = first_of.setdefault(same_but_for_signs(example.text) or example.text, example)
        if first.sentiment == example.sentiment:
            continue
        if first.text == example.text:
            report.warning(
                "nlu.duplicate-in-sentiments",
                example.place,
                f"the example {example.text!r} of sentiment {example.sentiment!r} is also an "
                f"example of sentiment {first.sentiment!r} in {first.place}",
                "delete it in one of the two",
                first.place,
            )
        else:
            report.note(
                "nlu.near-duplicate",
                example.place,
                f"{example.text!r} of sentiment {example.sentiment!r} differs only in case, spaces "
                f"or punctuation from {first.text!r} of sentiment {first.sentiment!r} "
                f"in {first.place}",
                "keep it in one of the two sentiments",
                first.place,
            )
