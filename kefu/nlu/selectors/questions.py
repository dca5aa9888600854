"""Two questions in one message: where to cut it, and when both halves are believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from kefu.core.messages import ParseData
from kefu.core.names import INTENT_KNOWLEDGE, INTENT_NLU_FALLBACK
from kefu.core.parts import Parts
from kefu.nlu.component import Component, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.project.settings import ComponentConfig

__all__ = ["QuestionSplitter"]

_CUT = re.compile(
    r"[，,。.！!？?；;\n]+\s*(?:还有|另外|以及|顺便(?:问一?下?)?|and\b|also\b)?"
    r"|(?:还有就是|另外|顺便问一?下?)",
    re.IGNORECASE,
)
_SHORTEST = 3
"""Characters of a half: less is no question."""
_MOST_CUTS = 4
"""Places where a message is cut on trial; longer ones tell a story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the splitter."""

    answered_intents: list[str] = field(default_factory=list)
    """Intents that are answered in one go, without a form; one of the halves must be of these."""
    ignored_intents: list[str] = field(default_factory=list)
    """Intents that are no question, such as a greeting; neither half may be of these."""
    threshold: float = 0.7
    """Both halves must be as sure as this."""


class QuestionSplitter(Component):
    """Finds a second question in a message; the interpreter asks it what the halves mean."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._answers = frozenset(options.answered_intents)
        self._ignored = frozenset((*options.ignored_intents, INTENT_NLU_FALLBACK))

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts, surroundings
        return cls(read_options(config, Options))

    def process(self, message: Message) -> None:
        """Do nothing: halves are understood by the whole pipeline, not by one component."""

    def cuts(self, whole: ParseData) -> Iterator[tuple[str, str]]:
        """Return the halves of a message, one pair for each place where it may be cut."""
        if (whole["intent"].get("name") or "") in self._ignored - {INTENT_NLU_FALLBACK}:
            return
        text, found = whole["text"], 0
        for mark in _CUT.finditer(text):
            first, second = text[: mark.start()].strip(), text[mark.end() :].strip()
            if min(len(first), len(second)) < _SHORTEST:
                continue
            found += 1
            if found > _MOST_CUTS:
                return
            yield first, second

    def judged(
        self, whole: ParseData, first: ParseData, second: ParseData
    ) -> dict[str, Any] | None:
        """Return ``beside``, what is answered in one go, and ``main``; None: it is one question.

        Both halves are believed, differ, and the whole message sounds like one of them, or like
        nothing: where the whole means a third thing, the halves are not to be trusted.
        """
        if not (self._is_believed(first) and self._is_believed(second)):
            return None
        labels = (_label(first), _label(second))
        is_strange = whole["intent"].get("name") not in (
            INTENT_NLU_FALLBACK,
            INTENT_KNOWLEDGE,
            first["intent"]["name"],
            second["intent"]["name"],
        )
        if labels[0] == labels[1] or is_strange:
            return None
        for beside, main in ((first, second), (second, first)):
            if beside["intent"]["name"] in self._answers:
                return {"beside": beside, "main": main}
        return None

    def _is_believed(self, half: ParseData) -> bool:
        intent = half["intent"]
        name = intent.get("name")
        if name is None or name in self._ignored or intent["confidence"] < self._options.threshold:
            return False
        answer = (half.get("response_selector") or {}).get(name, {}).get("response")
        return answer is None or answer["confidence"] >= self._options.threshold


def _label(half: ParseData) -> str:
    intent = half["intent"]
    return str(intent.get("full_retrieval_intent_name") or intent["name"])
