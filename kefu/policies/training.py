"""Training the policies of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from kefu.core.domain import Domain
from kefu.core.parts import Parts, prefixed, under
from kefu.errors import ProjectError
from kefu.policies.material import Material
from kefu.policies.registry import (
    chosen_policies,
    find_entry,
    load_function,
    parse_settings,
    policy_problems,
    unused_rule_problems,
)
from kefu.policies.training_trackers import build_dialogues
from kefu.project.garbage import collection_paused
from kefu.project.problems import Problem
from kefu.project.settings import ModelConfig
from kefu.project.story_data import StoryData

__all__ = ["TrainedPolicies", "train_policies"]

DEFAULT_AUGMENTATION = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedPolicies:
    """What training the policies gives."""

    parts: Parts
    summary: tuple[str, ...] = ()
    """One line a fact."""
    problems: tuple[Problem, ...] = ()
    """Warnings that only learning could find."""


@collection_paused()
def train_policies(  # noqa: PLR0913 - each is a different thing
    config: ModelConfig,
    stories: StoryData,
    domain: Domain,
    *,
    augmentation: int = DEFAULT_AUGMENTATION,
    seed: int = 42,
    allow_missing_components: bool = False,
    before: Parts | None = None,
) -> TrainedPolicies:
    """Train the policies of config.yml on stories and rules.

    Args:
        config: The policies.
        stories: Stories and rules.
        domain: What is known, can be done and said.
        augmentation: How many stories are glued together, in tens.
        seed: For everything random.
        allow_missing_components: Leave policies out that cannot be had.
        before: What training gave for nearly the same stories; then a learned policy keeps how
            many turns decide and how sure it is, and only its weights are learned anew.

    Raises:
        ProjectError: A policy is unknown, or rules and stories contradict one another. The
            text names every problem with its place.
    """
    problems = policy_problems(
        config, allow_missing_components=allow_missing_components, domain=domain
    )
    _refuse_errors(problems)
    dialogues = build_dialogues(stories, domain)
    material = Material(
        domain=domain,
        stories=dialogues.stories,
        rules=dialogues.rules,
        augmentation=augmentation,
        seed=seed,
        problems=[*problems, *dialogues.problems],
    )
    material.problems.extend(unused_rule_problems(config, stories))
    material.summary.append(
        f"{len(material.stories)} conversations from stories, {len(material.rules)} from rules"
    )
    if dialogues.left_out:
        material.summary.append(
            f"{dialogues.left_out} combinations of checkpoints and 'or' left out: too many"
        )
    parts = _train_all(config, material, before or {})
    _refuse_errors(material.problems)
    return TrainedPolicies(
        parts=parts, summary=tuple(material.summary), problems=tuple(material.problems)
    )


def _train_all(config: ModelConfig, material: Material, before: Parts) -> Parts:
    table: list[dict[str, object]] = []
    parts: Parts = {"ensemble": {"policies": table}}
    for component in chosen_policies(config):
        entry = find_entry(component.name)
        if entry is None:
            material.summary.append(f"{component.name}: not there, left out")
            continue
        name = component.name.rsplit(".", 1)[-1]
        settings, _ = parse_settings(entry, component)
        if entry.note:
            material.summary.append(f"{name}: {entry.note}")
        folder = f"{len(table)}.{name}"
        item: dict[str, object] = {"name": name, "settings": asdict(settings), "folder": folder}
        material.before = under(folder, before) if _has(before, item) else {}
        trained: Parts = load_function(entry.train)(settings, material)
        parts |= prefixed(folder, trained)
        table.append(item)
    return parts


def _has(before: Parts, item: Mapping[str, object]) -> bool:
    """Whether the very same policy was trained before."""
    ensemble = cast("dict[str, list[object]]", before.get("ensemble", {}))
    return item in ensemble.get("policies", ())


def _refuse_errors(problems: list[Problem]) -> None:
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        raise ProjectError("\n".join(errors))
