"""One value for many ways to say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation, Remark
from kefu.nlu.message import Message
from kefu.nlu.phrases import phrase
from kefu.nlu.stored import stored_json
from kefu.project.settings import ComponentConfig

__all__ = ["EntitySynonymMapper"]


class EntitySynonymMapper(Component):
    """Replaces values of entities by what they stand for; letter case does not matter.

    Values that examples annotate count as synonyms of themselves, so that ``APPLE`` becomes
    ``apple``.
    """

    def __init__(self, synonyms: dict[str, str], *, name: str = "EntitySynonymMapper") -> None:
        self._synonyms = synonyms
        self._name = name

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Collect synonyms, then the values that examples annotate."""
        pairs = [(variant, value) for variant, value in lesson.data.synonyms.items()]
        pairs += [
            (example.text[entity.start : entity.end], entity.value)
            for example in lesson.data.examples
            for entity in example.entities
        ]
        synonyms: dict[str, str] = {}
        for variant, value in pairs:
            if variant != value:
                earlier = synonyms.get(variant.lower())
                if earlier not in (None, value, variant):
                    lesson.warn(
                        config,
                        "nlu.synonym-conflict",
                        f"{variant!r} stands for {earlier!r} and for {value!r}; {value!r} is taken",
                        "keep one of the two",
                    )
                synonyms[variant.lower()] = value
            synonyms.setdefault(value.lower(), value)
        lesson.summary.append(f"{config.name}: {len(synonyms)} values")
        return cls(synonyms, name=config.name)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the synonyms from the model."""
        del surroundings
        return cls(dict(stored_json(parts, "synonyms")), name=config.name)

    def save(self) -> Parts:
        """Keep lower-cased variants and their values."""
        return {"synonyms": self._synonyms}

    def process(self, message: Message) -> None:
        """Replace values that have a synonym and note in the entity who did it."""
        for entity in message.entities:
            value = self._synonyms.get(str(entity["value"]).lower())
            if value is not None:
                entity["value"] = value
                entity["processors"] = [*entity.get("processors", ()), self._name]

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say which values it replaces."""
        for entity in message.entities:
            value = self._synonyms.get(str(entity["value"]).lower())
            if value is not None and value != entity["value"]:
                said = (entity["entity"], entity["value"], value)
                yield Remark(phrase(context.language, "stands-for", *said))
