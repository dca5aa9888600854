"""A list of components and a loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kefu.core.messages import ParseData
from kefu.core.parts import Parts, prefixed, under
from kefu.errors import ModelError
from kefu.nlu.component import Component, Context, Surroundings
from kefu.nlu.explanation import Explained, Explanation
from kefu.nlu.featurizers.space import FeatureSpace
from kefu.nlu.message import Message
from kefu.nlu.pretrained.dense import with_dense
from kefu.nlu.registry import COMPONENTS, implementation
from kefu.nlu.selectors.questions import QuestionSplitter
from kefu.nlu.selectors.response import ResponseSelector
from kefu.nlu.stored import stored_json
from kefu.nlu.text import without_surrogates
from kefu.nlu.timing import FEATURES, Stopwatch
from kefu.project.problems import Place
from kefu.project.settings import ComponentConfig

__all__ = ["BuiltStep", "Pipeline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltStep:
    """A component with the settings it was built from."""

    config: ComponentConfig
    component: Component
    needs_vectors: bool = False


class Pipeline:
    """Runs its components over a message, in order."""

    def __init__(self, steps: Sequence[BuiltStep], space: FeatureSpace | None) -> None:
        self._steps = tuple(steps)
        self._space = space

    async def understand(
        self, text: str, metadata: Mapping[str, Any], watch: Stopwatch | None = None
    ) -> ParseData:
        """Return what the components make of a text; a ``watch`` takes their times."""
        message = _message(text, metadata)
        for step in self._steps:
            if step.needs_vectors and message.vector is None:
                self._featurize(message)
                if watch is not None:
                    watch.lap(FEATURES)
            waiting = step.component.process(message)
            if waiting is not None:
                await waiting
            if watch is not None:
                watch.lap(step.config.name)
        return message.result() | {"text": text}

    async def explain(
        self, text: str, rivals: tuple[str, ...] = (), language: str = "en"
    ) -> Explained:
        """Understand a text and return what components say of why."""
        message = _message(text, {})
        context = Context(space=self._space, rivals=rivals, language=language)
        said: list[tuple[str, Explanation]] = []
        for step in self._steps:
            if step.needs_vectors and message.vector is None:
                self._featurize(message)
            said += [(step.config.name, item) for item in step.component.explain(message, context)]
            waiting = step.component.process(message)
            if waiting is not None:
                await waiting
        words = message.words()
        return Explained(
            parsed=message.result() | {"text": text},
            tokens=tuple(word.text for word in words),
            unknown_words=tuple(self._space.unknown_words(text, words) if self._space else ()),
            by_component=tuple(said),
        )

    @property
    def splitter(self) -> QuestionSplitter | None:
        """What finds a second question in a message; None: nothing does."""
        found = (step.component for step in self._steps)
        return next((one for one in found if isinstance(one, QuestionSplitter)), None)

    def has_seen(self, text: str) -> bool:
        """Whether a classifier knows the text as a training example."""
        return any(step.component.has_seen(text) for step in self._steps)

    def _featurize(self, message: Message) -> None:
        if self._space is None:
            return
        words = message.words() if self._space.unspaced else []
        vector = self._space.vector(message.text, words)
        message.vector = with_dense(vector, message.dense) if message.dense else vector

    def known_answers(self) -> list[tuple[str, str, str]]:
        """Return name, question and answer of whatever components always answer the same."""
        return [known for step in self._steps for known in step.component.known_answers()]

    async def close(self) -> None:
        """Close the components, the last one first."""
        for step in reversed(self._steps):
            await step.component.close()

    def within(self, surroundings: Surroundings) -> Pipeline:
        """Return the pipeline with components that see ``surroundings``."""
        steps = [
            replace(step, component=step.component.within(step.config, surroundings))
            for step in self._steps
        ]
        return Pipeline(steps, self._space)

    def lazy(self) -> Pipeline:
        """Return a pipeline that ranks answers when somebody reads them, which few bots do.

        What it returns can be read, and no more: it is no plain JSON.
        """
        steps = [
            replace(step, component=step.component.lazy())
            if isinstance(step.component, ResponseSelector)
            else step
            for step in self._steps
        ]
        return Pipeline(steps, self._space)

    def save(self) -> Parts:
        """Return the parts of all components and the list of them."""
        parts: Parts = {
            "pipeline": [
                {"name": step.config.name, "settings": dict(step.config.settings)}
                for step in self._steps
            ]
        }
        if self._space is not None:
            parts |= prefixed("features", self._space.save())
        for number, step in enumerate(self._steps):
            parts |= prefixed(f"{number:02}-{step.config.name}", step.component.save())
        return parts

    @classmethod
    def load(cls, parts: Parts, surroundings: Surroundings) -> Pipeline:
        """Build the pipeline from :meth:`save`'s result."""
        steps = []
        for number, item in enumerate(stored_json(parts, "pipeline")):
            config = ComponentConfig(
                name=item["name"], settings=item["settings"], place=Place("model")
            )
            entry = COMPONENTS.get(config.name)
            if entry is None or entry.target is None:
                raise ModelError(f"the model needs a component {config.name!r}, which is unknown")
            own_parts = under(f"{number:02}-{config.name}", parts)
            component = implementation(entry).load(config, own_parts, surroundings)
            steps.append(
                BuiltStep(config=config, component=component, needs_vectors=entry.needs_vectors)
            )
        features = under("features", parts)
        return cls(steps, FeatureSpace.load(features) if features else None)


def _message(text: str, metadata: Mapping[str, Any]) -> Message:
    return Message(text=without_surrogates(text), metadata=metadata)
