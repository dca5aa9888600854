"""Questions of customers with the text that always answers them, as the project's data has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.names import UTTER_PREFIX
from kefu.knowledge.features import PASSAGE_FEATURES, passage_features
from kefu.knowledge.index import Index, Text
from kefu.knowledge.terms import Synonyms
from kefu.project.nlu_data import NluData
from kefu.project.story_data import ActionStep, Story, UserStep

__all__ = ["FAQ", "Entry", "entries_of", "linked", "with_questions"]

FAQ: Final = "faq"
"""The retrieval intent whose questions articles answer as well. Others, such as small talk, are
questions that no article answers."""
_SAME_PAIRS: Final = 0.3
"""A passage that has so much of an answer's pairs of characters says the same."""

_SAME_LEAD: Final = 1.7
"""... unless another passage comes nearer than this: then the questions may ask for either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Questions that have one answer."""

    answer: str
    questions: tuple[str, ...]


def entries_of(data: NluData, rules: Sequence[Story], domain: Domain) -> list[Entry]:
    """Return the entries of the FAQ, and the intents that a rule answers by a response."""
    answers = {
        name.removeprefix(UTTER_PREFIX): said
        for name, variations in {**domain.responses, **data.responses}.items()
        if name.startswith(f"{UTTER_PREFIX}{FAQ}/") and (said := _text(variations))
    }
    for rule in rules:
        for intent, response in _answered(rule):
            said = _text(domain.responses.get(response) or ())
            if said:
                answers.setdefault(intent, said)
    asked: dict[str, list[str]] = {}
    for example in data.examples:
        if example.full_intent in answers:
            asked.setdefault(example.full_intent, []).append(example.text)
    return [Entry(answer=answers[name], questions=tuple(texts)) for name, texts in asked.items()]


def _answered(rule: Story) -> Iterator[tuple[str, str]]:
    """Yield intent and response of a rule that has nothing else."""
    match rule.steps:
        case (UserStep(intent=str(intent)), ActionStep(name=str(name))):
            if name.startswith(UTTER_PREFIX):
                yield intent, name
        case _:
            pass


def _text(variations: Sequence[Mapping[str, Any]]) -> str:
    """Return the first text, unless it depends on slots."""
    said = next((str(v["text"]) for v in variations if isinstance(v.get("text"), str)), "")
    return "" if "{" in said else said


def linked(texts: Sequence[Text], entries: Sequence[Entry], synonyms: Synonyms) -> dict[int, int]:
    """Return numbers of entries -> number of the passage that says the same as their answer."""
    index = Index.build(texts, synonyms)
    found = {number: _same_said(index, entry) for number, entry in enumerate(entries)}
    return {number: passage for number, passage in found.items() if passage is not None}


def _same_said(index: Index, entry: Entry) -> int | None:
    question = index.question(f"{entry.questions[0]} {entry.answer}")
    matches = index.search(question, 2)
    if not len(matches.passages):
        return None
    features = passage_features(index, question, matches)
    pairs = features[:, PASSAGE_FEATURES.index("pairs")]
    is_same = pairs[0] >= _SAME_PAIRS and pairs[0] >= _SAME_LEAD * pairs[1:].max(initial=0.0)
    return int(matches.passages[0]) if is_same else None


def with_questions(texts: Sequence[Text], asked: Mapping[int, Sequence[str]]) -> list[Text]:
    """Return texts with questions that they answer, by their numbers."""
    return [replace(text, asked=tuple(asked.get(number, ()))) for number, text in enumerate(texts)]
