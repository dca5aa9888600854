"""Sentences of stories as training examples: a step with ``user`` and ``intent`` is labelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kefu.project.nlu_data import EntityAnnotation, Example
from kefu.project.project import Project
from kefu.project.story_data import OrStep, StoryData, UserStep

__all__ = ["with_story_examples"]


def with_story_examples(project: Project) -> Project:
    """Return ``project`` with the labelled sentences of its stories among the NLU examples.

    A sentence that is an example of its intent already is not added again.
    """
    known = {(example.text, example.full_intent) for example in project.nlu.examples}
    added: list[Example] = []
    for step in _user_steps(project.stories):
        if step.text and step.intent:
            example = _example(step, step.text)
            if (example.text, example.full_intent) not in known:
                known.add((example.text, example.full_intent))
                added.append(example)
    if not added:
        return project
    return replace(project, nlu=replace(project.nlu, examples=(*project.nlu.examples, *added)))


def _user_steps(data: StoryData) -> Iterator[UserStep]:
    for story in (*data.stories, *data.rules):
        for step in story.steps:
            for one in step.alternatives if isinstance(step, OrStep) else (step,):
                if isinstance(one, UserStep):
                    yield one


def _example(step: UserStep, text: str) -> Example:
    key = step.full_retrieval_intent.partition("/")[2] if step.full_retrieval_intent else None
    return Example(
        text=text,
        intent=step.intent,
        response_key=key or None,
        entities=tuple(
            EntityAnnotation(
                entity=entity["entity"],
                value=str(entity.get("value")),
                start=entity["start"],
                end=entity["end"],
                role=entity.get("role"),
                group=entity.get("group"),
            )
            for entity in step.entities
            if "start" in entity and "end" in entity
        ),
        place=step.place,
    )
