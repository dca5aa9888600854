"""What a pipeline is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from kefu.clock import Clock, SystemClock
from kefu.core.domain import Domain
from kefu.core.parts import Parts, under
from kefu.nlu.explanation import Explanation
from kefu.nlu.memory import Memory
from kefu.nlu.message import Message
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.settings import ComponentConfig

if TYPE_CHECKING:
    from kefu.nlu.corpus import Corpus
    from kefu.nlu.featurizers.space import FeatureSpace

__all__ = ["Component", "Context", "KnowledgeSource", "Lesson", "Surroundings"]


class KnowledgeSource(Protocol):
    """Finds answers in articles."""

    def find(self, text: str) -> Mapping[str, Any] | None:
        """Return ``confidence``, ``answer`` and ``passages``; None when no passage fits at all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a loaded component may use besides its own parts."""

    language: str = "en"
    clock: Clock = field(default_factory=SystemClock)
    knowledge: KnowledgeSource | None = None
    """The articles of the model; None: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a component learns from; shared by all components of a pipeline."""

    data: NluData
    corpus: Corpus
    """Examples as words and vectors, computed once."""
    surroundings: Surroundings
    domain: Domain | None = None
    seed: int = 0
    root: Path = field(default_factory=Path)
    """The project's folder; relative paths in settings start here."""
    summary: list[str] = field(default_factory=list)
    """Lines for the trainer's eyes, appended by components."""
    problems: list[Problem] = field(default_factory=list)
    """Appended by components; warnings only."""
    done: dict[str, str] = field(default_factory=dict)
    """Work of which a pipeline needs one only -> the component that does it."""
    shared: dict[str, Any] = field(default_factory=dict)
    """What components give to those behind them while they are trained, such as a model."""
    memory: Memory | None = None
    """What the last training of nearly the same data knew; None: nothing is known."""
    kept: Memory | None = None
    """Takes what the next training may want to know; None: there will be none."""

    def stored(self, config: ComponentConfig) -> Parts:
        """Return the parts of a component, if training it again would only give the same."""
        if self.memory is None or not self.memory.stored:
            return {}
        return next(
            (
                under(f"{number:02}-{config.name}", self.memory.stored)
                for number, item in enumerate(self.memory.stored["pipeline"])
                if item["name"] == config.name and item["settings"] == config.settings
            ),
            {},
        )

    def warn(self, config: ComponentConfig, code: str, message: str, advice: str = "") -> None:
        """Report something that is not as the trainer would expect it."""
        self.problems.append(
            Problem(
                place=config.place, severity="warning", code=code, message=message, advice=advice
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an explanation may refer to."""

    space: FeatureSpace | None = None
    """Where the features of the message's vector have their names."""
    rivals: tuple[str, ...] = ()
    """Labels to compare the chosen one with, rather than with the second best."""
    language: str = "en"
    """Of the explanation, one of :data:`kefu.nlu.phrases.LANGUAGES`."""


class Component(ABC):
    """One step of a pipeline. Does not change once built, so threads may share it."""

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Build the component from its settings and the training data; here it learns nothing."""
        return cls.load(config, {}, lesson.surroundings)

    @classmethod
    @abstractmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build the component from its settings and what :meth:`save` returned."""

    def within(self, config: ComponentConfig, surroundings: Surroundings) -> Component:  # noqa: ARG002
        """Return the component as it is in other surroundings; most do not care.

        Whoever has something to close returns another one, so that both can be closed.
        """
        return self

    def save(self) -> Parts:
        """Return all that :meth:`load` needs."""
        return {}

    @abstractmethod
    def process(self, message: Message) -> Awaitable[None] | None:
        """Complete the message; an awaitable is returned where another server has to be asked."""

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:  # noqa: ARG002
        """Yield why it will do what :meth:`process` is about to do; mostly nothing is to be said.

        Called before :meth:`process` with the same message, which it does not change.
        """
        yield from ()

    def has_seen(self, text: str) -> bool:  # noqa: ARG002
        """Whether it knows the label of a text because the text is a training example."""
        return False

    def known_answers(self) -> Sequence[tuple[str, str, str]]:
        """Return name, question and answer of whatever it always answers the same; mostly none."""
        return ()

    async def close(self) -> None:
        """Give back connections."""
        return
