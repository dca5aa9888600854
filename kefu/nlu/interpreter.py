"""Understanding a message with a trained pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kefu.clock import Clock, SystemClock
from kefu.core.domain import Domain
from kefu.core.intent_message import parse_intent_message
from kefu.core.messages import ParseData
from kefu.core.names import TIMING_KEY
from kefu.core.parts import Parts
from kefu.nlu.component import KnowledgeSource, Surroundings
from kefu.nlu.explanation import Explained, Remark
from kefu.nlu.phrases import phrase
from kefu.nlu.pipeline import Pipeline
from kefu.nlu.stored import stored_json
from kefu.nlu.timing import Stopwatch

__all__ = ["Interpreter", "TimedInterpreter", "load_interpreter"]


class Interpreter:
    """Turns a text into intent and entities; may be used by several tasks and threads at once."""

    def __init__(self, pipeline: Pipeline | None, *, domain: Domain | None = None) -> None:
        self._pipeline = pipeline
        self._domain = domain

    async def parse(
        self,
        text: str,
        metadata: Mapping[str, Any] | None = None,
        watch: Stopwatch | None = None,
    ) -> ParseData:
        """Understand a text.

        A text that names its intent itself (``/greet``, ``/order{"item": "tea"}``) does not pass
        through the pipeline, unless the domain does not know the intent.

        Args:
            text: The message.
            metadata: Of the message, for components.
            watch: Takes the times of the components.
        """
        named = self._named(text)
        if named is not None:
            return named
        if self._pipeline is None:
            return {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": []}
        data = await self._understood(self._pipeline, text, metadata or {}, watch)
        splitter = self._pipeline.splitter
        if splitter is not None:
            for first, second in splitter.cuts(data):
                halves = [
                    await self._understood(self._pipeline, half, metadata or {}, watch)
                    for half in (first, second)
                ]
                if questions := splitter.judged(data, *halves):
                    return data | {"questions": questions}
        return data

    async def _understood(
        self,
        pipeline: Pipeline,
        text: str,
        metadata: Mapping[str, Any],
        watch: Stopwatch | None,
    ) -> ParseData:
        data = await pipeline.understand(text, metadata, watch)
        _name_full_retrieval_intent(data)
        return data

    async def explain(
        self, text: str, rivals: tuple[str, ...] = (), language: str = "en"
    ) -> Explained:
        """Understand a text through the pipeline and say why.

        Args:
            text: The message.
            rivals: Labels of intents or answers that the chosen one is compared with, where it
                is not one of them; otherwise it is compared with the second best.
            language: Of what is said, ``zh`` or ``en``.
        """
        named = self._named(text)
        if named is not None:
            remark = Remark(phrase(language, "named-intent"))
            return Explained(parsed=named, tokens=(), by_component=(("Kefu", remark),))
        if self._pipeline is None:
            return Explained(parsed=await self.parse(text), tokens=())
        explained = await self._pipeline.explain(text, rivals, language)
        _name_full_retrieval_intent(explained.parsed)
        return explained

    def _named(self, text: str) -> ParseData | None:
        return parse_intent_message(text, self._domain) if text.lstrip()[:1] == "/" else None

    def lazy(self) -> Interpreter:
        """Return one that finds out some things only when they are read; see ``Pipeline.lazy``."""
        pipeline = None if self._pipeline is None else self._pipeline.lazy()
        return Interpreter(pipeline, domain=self._domain)

    def has_seen(self, text: str) -> bool:
        """Whether the text is one of the training examples of an intent."""
        return self._pipeline is not None and self._pipeline.has_seen(text)

    def known_answers(self) -> list[tuple[str, str, str]]:
        """Return name (``<intent>/<key>``), question and answer of what has a fixed answer."""
        return [] if self._pipeline is None else self._pipeline.known_answers()

    async def close(self) -> None:
        """Give back what components hold open."""
        if self._pipeline is not None:
            await self._pipeline.close()


class TimedInterpreter:
    """Understands as an interpreter does, and notes in the result how long it took."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Return what ``text`` means, with the times as ``timing``."""
        watch = Stopwatch()
        data = await self._interpreter.parse(text, metadata, watch)
        return data | {TIMING_KEY: watch.as_json()}


def load_interpreter(
    parts: Parts,
    *,
    domain: Domain | None = None,
    clock: Clock | None = None,
    knowledge: KnowledgeSource | None = None,
) -> Interpreter:
    """Build the interpreter from what training saved; empty parts give one that knows nothing."""
    if not parts:
        return Interpreter(None, domain=domain)
    surroundings = Surroundings(
        language=stored_json(parts, "language"),
        clock=clock or SystemClock(),
        knowledge=knowledge,
    )
    return Interpreter(Pipeline.load(parts, surroundings), domain=domain)


def _name_full_retrieval_intent(data: ParseData) -> None:
    selected = data.get("response_selector") or {}
    intent = data["intent"]
    if intent["name"] in selected.get("all_retrieval_intents", ()):
        response = selected.get(intent["name"], {}).get("response", {})
        intent["full_retrieval_intent_name"] = response.get("intent_response_key")
