"""Training the learned policy on stories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kefu.core.parts import Parts
from kefu.policies.examples import examples_of
from kefu.policies.history import chooses_entities
from kefu.policies.learned.features import features_of
from kefu.policies.learned.fitting import Sample, fit
from kefu.policies.learned.settings import LearnedSettings
from kefu.policies.material import Material
from kefu.policies.situation import Situation, digest_of
from kefu.policies.training_situations import TrainingReader
from kefu.policies.training_trackers import TrainingDialogue, glue

__all__ = ["train_learned"]

MAX_SAMPLES = 9_000
"""Different histories that are learned from; of more, every n-th is."""


def train_learned(settings: LearnedSettings, material: Material) -> Parts:
    """Fit the model; without stories there is nothing to learn."""
    dialogues = [
        *material.stories,
        *glue(material.stories, count=material.augmentation, seed=material.seed),
    ]
    if chooses_entities(material.domain):
        reader = TrainingReader(material.domain, sees_all_entities=False)
        dialogues = [replace(d, situations=reader.read(d.tracker)) for d in dialogues]
    samples, has_texts = _samples(dialogues, settings.window)
    if not samples:
        material.summary.append("learned policy: no stories to learn from")
        return {"learned": {"is_trained": False, "has_texts": False}}
    model = fit(samples, ridge=settings.ridge, seed=material.seed)
    material.summary.append(
        f"learned policy: {len(samples)} histories, {len(model.numbers)} features, "
        f"{len(model.labels)} actions"
    )
    return {"learned": {"is_trained": True, "has_texts": has_texts}, **model.save()}


def _samples(dialogues: Iterable[TrainingDialogue], window: int) -> tuple[list[Sample], bool]:
    """Return the different histories of stories with the actions that follow them."""
    found: dict[tuple[int, str], tuple[list[Situation], set[int]]] = {}
    has_texts = False
    for story, dialogue in enumerate(dialogues):
        for example in examples_of(
            dialogue.tracker, dialogue.situations, skips_unlikely_intent=True
        ):
            history = example.history(window)
            user = history[-1].user
            has_texts = has_texts or (user is not None and bool(user.text))
            key = (digest_of(history), example.action)
            found.setdefault(key, (history, set()))[1].add(story)
    chosen = list(found.items())
    if len(chosen) > MAX_SAMPLES:
        step = len(chosen) / MAX_SAMPLES
        chosen = [chosen[int(index * step)] for index in range(MAX_SAMPLES)]
    samples = [
        Sample(features_of(history), action, next(iter(stories)) if len(stories) == 1 else None)
        for (_, action), (history, stories) in chosen
    ]
    return samples, has_texts
