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

__all__ = ["FAQ", "Entry", "Link", "asked_of", "entries_of", "linked", "with_questions"]

FAQ: Final = "faq"
"""The retrieval intent whose questions articles answer as well. Others, such as small talk, are
questions that no article answers."""
_SAME_PAIRS: Final = 0.3
"""A passage that has so much of an answer's pairs of characters says the same."""

_NEARLY: Final = 0.6
"""So does another passage that has so much of what the best one has: articles repeat each other."""
_RIGHT: Final = 0.4
"""A passage with so much of what the best one has would not be a wrong answer."""
_MOST_PASSAGES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Questions that have one answer."""

    answer: str
    questions: tuple[str, ...]
    is_narrow: bool = True
    """Whether all of them ask for one thing, as in a FAQ; an intent may ask for more than its
    response says."""


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
    return [
        Entry(answer=answers[name], questions=tuple(texts), is_narrow=name.startswith(f"{FAQ}/"))
        for name, texts in asked.items()
    ]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The passages of an entry."""

    same: frozenset[int]
    """Say the same as its answer, so its questions lead there."""
    right: frozenset[int]
    """Say enough of it to be right answers: those above, and what comes near."""


def linked(
    texts: Sequence[Text],
    entries: Sequence[Entry],
    synonyms: Synonyms,
    *,
    known: dict[Entry, Link] | None = None,
) -> dict[int, Link]:
    """Return numbers of entries -> their passages; entries without any are left out.

    Where several passages say the same, an entry that is not narrow belongs to none: its
    questions may ask for any.

    Args:
        texts: Of the passages.
        entries: What is asked and answered.
        synonyms: Of the project.
        known: Links of entries to the very same texts; completed.
    """
    known = {} if known is None else known
    new = [entry for entry in entries if entry not in known]
    if new:
        index = Index.build(texts, synonyms)
        known |= {entry: _link(index, entry) for entry in new}
    found = {number: known[entry] for number, entry in enumerate(entries)}
    return {
        number: link
        for number, link in found.items()
        if len(link.same) == 1 or (link.same and entries[number].is_narrow)
    }


def _link(index: Index, entry: Entry) -> Link:
    question = index.question(f"{entry.questions[0]} {entry.answer}")
    matches = index.search(question, _MOST_PASSAGES)
    if not len(matches.passages):
        return Link(same=frozenset(), right=frozenset())
    features = passage_features(index, question, matches)
    pairs = features[:, PASSAGE_FEATURES.index("pairs")]
    best = float(pairs.max())
    same = pairs >= max(_SAME_PAIRS, _NEARLY * best)
    return Link(
        same=frozenset(matches.passages[same].tolist()),
        right=frozenset(matches.passages[pairs >= _RIGHT * best].tolist()),
    )


def asked_of(entries: Sequence[Entry], links: Mapping[int, Link]) -> dict[int, list[str]]:
    """Return the questions that each passage answers, by its number."""
    asked: dict[int, list[str]] = {}
    for number, link in links.items():
        for passage in sorted(link.same):
            asked.setdefault(passage, []).extend(entries[number].questions)
    return asked


def with_questions(texts: Sequence[Text], asked: Mapping[int, Sequence[str]]) -> list[Text]:
    """Return texts with questions that they answer, by their numbers."""
    return [replace(text, asked=tuple(asked.get(number, ()))) for number, text in enumerate(texts)]
