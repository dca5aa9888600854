"""What policies are trained on."""

from __future__ import annotations

from dataclasses import dataclass, field

from kefu.core.domain import Domain
from kefu.core.parts import Parts
from kefu.policies.training_trackers import TrainingDialogue
from kefu.project.problems import Problem

__all__ = ["Material"]


@dataclass(slots=True, kw_only=True)
class Material:
    """Training conversations, with room for what policies have to say about them."""

    domain: Domain
    stories: list[TrainingDialogue]
    rules: list[TrainingDialogue]
    augmentation: int = 50
    """Ten times as many conversations are glued together for learned policies."""
    seed: int = 42
    before: Parts = field(default_factory=dict)
    """What the last training of nearly the same stories gave the policy that is being trained:
    what takes longest, and hardly changes, may be taken from there."""
    problems: list[Problem] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
