"""Training the learned policy on stories."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kefu.core.parts import Parts
from kefu.policies.examples import examples_of
from kefu.policies.history import chooses_entities
from kefu.policies.learned.features import features_of
from kefu.policies.learned.fitting import Sample, fit, loss_of_unseen
from kefu.policies.learned.model import LinearModel
from kefu.policies.learned.settings import LearnedSettings
from kefu.policies.material import Material
from kefu.policies.situation import Situation, digest_of
from kefu.policies.training_situations import TrainingReader
from kefu.policies.training_trackers import TrainingDialogue, glue

__all__ = ["train_learned"]

MAX_SAMPLES = 9_000
"""Different histories that are learned from; of more, every n-th is."""
MAX_JUDGED = 3_000
"""Actions of stories that the length of the history is chosen by, about."""
LENGTHS = (3, 4, 5)
"""Lengths that are tried besides ``max_history``."""
FEWEST_STORIES = 50
"""With fewer stories what is seen of the lengths is chance; the longest is as good as any."""
CLEARLY = 0.99
"""A shorter length must surprise less than this part of what the longest does."""


def train_learned(settings: LearnedSettings, material: Material) -> Parts:
    """Fit the model; without stories there is nothing to learn."""
    stories = material.stories
    glued = glue(stories, count=material.augmentation, seed=material.seed)
    if chooses_entities(material.domain):
        reader = TrainingReader(material.domain, sees_all_entities=False)
        stories, glued = (
            [replace(d, situations=reader.read(d.tracker)) for d in dialogues]
            for dialogues in (stories, glued)
        )
    known: Any = material.before.get("learned", {})
    is_known = bool(known.get("is_trained")) and "window" in known
    window = known["window"] if is_known else _best_window(stories, settings, material.seed)
    samples, has_texts = _samples([*stories, *glued], window)
    if not samples:
        material.summary.append("learned policy: no stories to learn from")
        return {"learned": {"is_trained": False, "has_texts": False}}
    temperature = LinearModel.load(material.before).temperature if is_known else None
    model = fit(samples, ridge=settings.ridge, seed=material.seed, temperature=temperature)
    material.summary.append(
        f"learned policy: {len(samples)} histories, {len(model.numbers)} features, "
        f"{len(model.labels)} actions, the last {window} turns decide"
    )
    about = {"is_trained": True, "has_texts": has_texts, "window": window}
    return {"learned": about, **model.save()}


def _best_window(stories: Sequence[TrainingDialogue], settings: LearnedSettings, seed: int) -> int:
    """Return the length of histories by which stories are best predicted from the others."""
    lengths = [length for length in LENGTHS if length < settings.window] + [settings.window]
    of_story: dict[str, list[TrainingDialogue]] = {}
    for story in stories:
        of_story.setdefault(story.key, []).append(story)
    keys = sorted(of_story)
    if len(lengths) < 2 or len(keys) < FEWEST_STORIES:
        return settings.window
    random.Random(seed).shuffle(keys)
    chosen: list[TrainingDialogue] = []
    room = MAX_JUDGED
    for key in keys:
        chosen += of_story[key]
        room -= sum(len(story.situations) for story in of_story[key])
        if room <= 0:
            break
    losses = {
        length: loss_of_unseen(_samples(chosen, length)[0], ridge=settings.ridge)
        for length in lengths
    }
    best = min(lengths, key=losses.__getitem__)
    return best if losses[best] < CLEARLY * losses[settings.window] else settings.window


def _samples(dialogues: Iterable[TrainingDialogue], window: int) -> tuple[list[Sample], bool]:
    """Return the different histories of stories with the actions that follow them."""
    found: dict[tuple[int, str], _Found] = {}
    has_texts = False
    for dialogue in dialogues:
        stories = dialogue.stories
        for example in examples_of(
            dialogue.tracker, dialogue.situations, skips_unlikely_intent=True
        ):
            history = example.history(window)
            user = history[-1].user
            has_texts = has_texts or (user is not None and bool(user.text))
            key = (digest_of(history), example.action)
            known = found.get(key)
            if known is None:
                found[key] = _Found(history, stories, is_glued=bool(dialogue.parts))
                continue
            known.owners &= stories
            known.count += 1
            known.is_glued = known.is_glued and bool(dialogue.parts)
    chosen = list(found.items())
    if len(chosen) > MAX_SAMPLES:
        step = len(chosen) / MAX_SAMPLES
        chosen = [chosen[int(index * step)] for index in range(MAX_SAMPLES)]
    samples = [
        Sample(features_of(one.history), action, one.owners, one.count, is_glued=one.is_glued)
        for (_, action), one in chosen
    ]
    return samples, has_texts


@dataclass(slots=True)
class _Found:
    """A history and where it occurs."""

    history: list[Situation]
    owners: frozenset[str]
    count: int = 1
    is_glued: bool = False
