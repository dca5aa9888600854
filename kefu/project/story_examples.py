"""Examples of intents that stories show: steps with both ``intent`` and ``user``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kefu.project.nlu_data import EntityAnnotation, Example
from kefu.project.story_data import OrStep, Story, StoryData, UserStep

__all__ = ["examples_in"]


def examples_in(stories: StoryData) -> Iterator[Example]:
    """Yield the sentences of training stories whose intent is known."""
    for story in (*stories.stories, *stories.rules):
        for step in _user_steps(story):
            text = step.text
            if text and step.intent and not text.startswith("/"):
                yield Example(
                    text=text,
                    intent=step.intent,
                    entities=tuple(_entity(entity) for entity in step.entities),
                    place=step.place,
                )


def _user_steps(story: Story) -> Iterator[UserStep]:
    for step in story.steps:
        if step.__class__ is UserStep:
            assert isinstance(step, UserStep)
            yield step
        elif isinstance(step, OrStep):
            yield from (part for part in step.alternatives if isinstance(part, UserStep))


def _entity(entity: Mapping[str, Any]) -> EntityAnnotation:
    return EntityAnnotation(
        entity=entity["entity"],
        value=entity["value"],
        start=entity["start"],
        end=entity["end"],
        role=entity.get("role"),
        group=entity.get("group"),
    )
