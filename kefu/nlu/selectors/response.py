"""The answer to a retrieval intent such as ``faq/ask_shipping``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

import numpy as np

from kefu.core.parts import Parts
from kefu.nlu.classifiers.classifier import Manner, Ranking, TextClassifier
from kefu.nlu.classifiers.learning import Rows, classifier_of
from kefu.nlu.classifiers.reasons import explain_choice
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation
from kefu.nlu.featurizers.space import Vector
from kefu.nlu.memory import key_of
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.stored import stored_json
from kefu.project.settings import ComponentConfig

__all__ = ["ResponseSelector"]

OUT_OF_SCOPE_SHARE = 0.02
"""The intent has been recognised already, so nearly every message has its answer here."""


_SELECTION: Final = ("response", "ranking")
"""What a selection says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the selector."""

    retrieval_intent: str | None = None
    """The only intent it answers; None: all retrieval intents."""
    ranking_length: int = 10
    """So many answers are listed; 0: all."""
    use_text_as_label: bool = True
    """Whether it learns from the texts of the answers, too: where answers have 5 examples that
    brings up to 4 points of accuracy, with many none, and it never costs more than chance."""


class _Selection(Mapping[str, Any]):
    """A selection that is made when somebody reads it."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._made: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if not self._made:
            self._made = self._make()
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_SELECTION)

    def __len__(self) -> int:
        return len(_SELECTION)


class ResponseSelector(Component):
    """Ranks the answers of one retrieval intent, or of all."""

    def __init__(
        self,
        classifier: TextClassifier | None,
        *,
        retrieval_intents: list[str],
        responses: Mapping[str, Any],
        options: Options,
        questions: Mapping[str, str] | None = None,
        is_prompt: bool = True,
    ) -> None:
        self._is_prompt = is_prompt
        self._questions = questions or {}
        self._classifier = classifier
        self._retrieval_intents = retrieval_intents
        self._responses = responses
        self._options = options
        labels = classifier.labels if classifier else ()
        self._intents = {label.partition("/")[0] for label in labels}

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Learn from the examples of retrieval intents."""
        options = read_options(config, Options)
        examples = lesson.corpus.examples
        all_intents = sorted({e.intent for e in examples if e.intent and e.response_key})
        chosen = all_intents if options.retrieval_intent is None else [options.retrieval_intent]
        answers = [
            e.full_intent if e.response_key and e.intent in chosen else None for e in examples
        ]
        rows, texts, labels = lesson.corpus.rows(answers)
        if not rows:
            if options.retrieval_intent is not None:
                lesson.warn(
                    config,
                    "nlu.no-retrieval-examples",
                    f"there are no examples of {options.retrieval_intent}/…",
                    "write some, or correct retrieval_intent",
                )
            return cls(None, retrieval_intents=all_intents, responses={}, options=options)
        count = sum(answer is not None for answer in answers)
        matrix = lesson.corpus.matrix.rows(np.array(rows, np.intp))
        responses = _responses(lesson, sorted(set(labels)))
        if options.use_text_as_label:
            said = [
                (label, text)
                for label, variations in responses.items()
                for text in _texts(variations)
                if text != label
            ]
            matrix = matrix.with_rows([lesson.corpus.vector(text) for _, text in said])
            texts = texts + [text for _, text in said]
            labels = labels + [label for label, _ in said]
        classifier = classifier_of(
            lesson,
            key_of(config),
            Rows(matrix=matrix, texts=texts, labels=labels, examples=count),
            Manner(out_of_scope_share=OUT_OF_SCOPE_SHARE),
            stored=lesson.stored(config),
        )
        lesson.summary.append(_summary(config, options, classifier, count))
        questions: dict[str, str] = {}
        for answer, example in zip(answers, examples, strict=True):
            if answer is not None:
                questions.setdefault(answer, example.text)
        return cls(
            classifier,
            retrieval_intents=all_intents,
            responses=responses,
            options=options,
            questions=questions,
        )

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the classifier and the answers from the model."""
        del surroundings
        answers = stored_json(parts, "answers")
        return cls(
            TextClassifier.load(parts) if "classifier" in parts else None,
            retrieval_intents=answers["retrieval_intents"],
            responses=answers["responses"],
            options=read_options(config, Options),
            questions=answers.get("questions"),
        )

    def save(self) -> Parts:
        """Keep the classifier and the answers."""
        answers = {
            "retrieval_intents": self._retrieval_intents,
            "responses": dict(self._responses),
            "questions": dict(self._questions),
        }
        return {"answers": answers} | (self._classifier.save() if self._classifier else {})

    def process(self, message: Message) -> None:
        """Add the likeliest answers; a recognised retrieval intent limits them to its own."""
        selected = message.response_selector or {}
        selected["all_retrieval_intents"] = list(self._retrieval_intents)
        name = (message.intent or {}).get("name")
        make = partial(self._selection, message.vector, message.text, name)
        selection: Mapping[str, Any] = make() if self._is_prompt else _Selection(make)
        selected[self._options.retrieval_intent or "default"] = selection
        message.response_selector = selected

    def lazy(self) -> ResponseSelector:
        """Return one that ranks its answers to a message when somebody asks for them."""
        return ResponseSelector(
            self._classifier,
            retrieval_intents=self._retrieval_intents,
            responses=self._responses,
            options=self._options,
            questions=self._questions,
            is_prompt=False,
        )

    def _ranking(
        self, vector: Vector | None, text: str, name: str | None, length: int = 0
    ) -> Ranking:
        """Return so many answers at least, the likeliest first; 0: all."""
        if self._classifier is None or vector is None:
            return []
        judgement = self._classifier.judge(vector, text)
        if name in self._retrieval_intents and len(self._intents) > 1:
            ranking = judgement.ranking
            return _of_intent(ranking, f"{name}/") or ranking
        return judgement.best(length or len(judgement.labels))

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say which n-grams speak for the answer, where the message asks for one of its own."""
        name = (message.intent or {}).get("name")
        ranking = self._ranking(message.vector, message.text, name)
        is_asked = name in self._retrieval_intents and ranking[:1] != []
        if not is_asked or not ranking[0][0].startswith(f"{name}/"):
            return
        if self._classifier is not None and message.vector is not None and context.space:
            yield explain_choice(
                self._classifier,
                context.space,
                about="answer",
                text=message.text,
                vector=message.vector,
                ranking=ranking,
                rivals=context.rivals,
            )

    def known_answers(self) -> Sequence[tuple[str, str, str]]:
        """Return the answers that are texts, each with the first example of its question."""
        found = []
        for label, variations in self._responses.items():
            texts = _texts(variations)
            if label in self._questions and texts:
                found.append((label, self._questions[label], texts[0]))
        return found

    def _selection(self, vector: Vector | None, text: str, name: str | None) -> dict[str, Any]:
        ranking = self._ranking(vector, text, name, self._options.ranking_length)
        label, chance = ranking[0] if ranking else (None, 0.0)
        listed = ranking[: self._options.ranking_length or len(ranking)]
        return {
            "response": {
                "responses": self._responses.get(label or ""),
                "confidence": chance,
                "intent_response_key": label,
                "utter_action": f"utter_{label}",
            },
            "ranking": [
                {"confidence": chance, "intent_response_key": label} for label, chance in listed
            ],
        }


def _of_intent(ranking: Ranking, prefix: str) -> Ranking:
    """Keep the answers of an intent; they take over the probability of the others."""
    kept = [(label, chance) for label, chance in ranking if label.startswith(prefix)]
    if len(kept) == len(ranking):
        return kept
    total = sum(chance for _, chance in ranking)
    mass = sum(chance for _, chance in kept)
    return [(label, chance * total / mass) for label, chance in kept] if mass else kept


def _texts(variations: Sequence[Mapping[str, Any]]) -> list[str]:
    return [v["text"] for v in variations if isinstance(v.get("text"), str)]


def _responses(lesson: Lesson, labels: Sequence[str]) -> dict[str, Any]:
    known: dict[str, Any] = dict(lesson.domain.responses) if lesson.domain else {}
    known.update(lesson.data.responses)
    return {
        label: [dict(variation) for variation in known.get(f"utter_{label}") or ()]
        or [{"text": label}]
        for label in labels
    }


def _summary(
    config: ComponentConfig, options: Options, classifier: TextClassifier, examples: int
) -> str:
    of = f" of {options.retrieval_intent}" if options.retrieval_intent else ""
    line = f"{config.name}: {len(classifier.labels)} answers{of} from {examples} examples"
    accuracy = classifier.confidence.accuracy
    return line if accuracy is None else f"{line}, {accuracy:.1%} right on held-out examples"
