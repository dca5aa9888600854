"""Contradictions in stories and rules, found without training: for ``kefu data validate``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kefu.core.domain import Domain
from kefu.core.names import ACTION_LISTEN
from kefu.policies.examples import Example, examples_of
from kefu.policies.registry import chosen_policies, find_entry, parse_settings, unused_rule_problems
from kefu.policies.rule.checking import learn_and_use
from kefu.policies.rule.overlaps import overlap_problems
from kefu.policies.rule.policy import RuleSettings
from kefu.policies.rule.problems import clash_problems, rule_problems
from kefu.policies.situation import Situation
from kefu.policies.training_trackers import (
    TrainingDialogue,
    TrainingDialogues,
    build_dialogues,
    place_of,
)
from kefu.project.garbage import collection_paused
from kefu.project.problems import Place, Problem
from kefu.project.settings import ModelConfig
from kefu.project.story_data import StoryData

__all__ = ["find_contradictions"]


@collection_paused()
def find_contradictions(
    stories: StoryData,
    domain: Domain,
    config: ModelConfig,
    *,
    max_history: int | None = None,
) -> list[Problem]:
    """Return every contradiction that stories and rules have, each with all its places.

    Contradictions that stop training are errors; the others, among them stories that go on
    differently after the same history, are warnings.

    Args:
        stories: As read; their names must exist in ``domain``.
        domain: The domain.
        config: Says whether rules are used and how they are checked.
        max_history: Situations that are compared between stories; None: all.
    """
    dialogues = build_dialogues(stories, domain)
    problems = [*unused_rule_problems(config, stories), *dialogues.problems]
    settings = _rule_settings(config)
    if settings is not None:
        problems += _rule_contradictions(settings, dialogues, domain)
    problems += _story_conflicts(dialogues.stories, max_history)
    return problems


def _rule_settings(config: ModelConfig) -> RuleSettings | None:
    for component in chosen_policies(config):
        entry = find_entry(component.name)
        if entry is not None and component.name.endswith("RulePolicy"):
            settings: RuleSettings = parse_settings(entry, component)[0]
            return settings
    return None


def _rule_contradictions(
    settings: RuleSettings, dialogues: TrainingDialogues, domain: Domain
) -> list[Problem]:
    problems = rule_problems(settings, dialogues.rules, domain)
    use = learn_and_use(dialogues.rules, dialogues.stories, settings, domain)
    problems += clash_problems(use.clashes, settings)
    return problems + overlap_problems(use.book, use.witnesses)


def _story_conflicts(stories: Iterable[TrainingDialogue], max_history: int | None) -> list[Problem]:
    """Find stories that go on differently after the same history."""
    found: dict[tuple[int, ...], dict[str, list[tuple[TrainingDialogue, Example]]]] = {}
    numbers: dict[tuple[int, int], int] = {}
    for story in stories:
        # Equal situations are one object, so that their identity can stand for them.
        identities = [id(situation) for situation in story.situations]
        prefixes = _prefix_numbers(identities, numbers)
        for example in examples_of(story.tracker, story.situations):
            end = example.end
            key = tuple(identities[max(0, end - max_history) : end]) if max_history else ()
            by_action = found.setdefault(key or (prefixes[end - 1],), {})
            by_action.setdefault(example.action, []).append((story, example))
    return [_conflict(by_action) for by_action in found.values() if len(by_action) > 1]


def _prefix_numbers(identities: Sequence[int], numbers: dict[tuple[int, int], int]) -> list[int]:
    """Number the beginnings of a story; the same beginning has the same number in all stories."""
    number = 0
    prefixes: list[int] = []
    for identity in identities:
        number = numbers.setdefault((number, identity), len(numbers) + 1)
        prefixes.append(number)
    return prefixes


def _conflict(by_action: dict[str, list[tuple[TrainingDialogue, Example]]]) -> Problem:
    firsts = [(action, *sources[0]) for action, sources in sorted(by_action.items())]
    _, _, example = firsts[0]
    places = _places(example for _, _, example in firsts)
    says = ", ".join(
        f"'{action}' in story '{story.names[-1]}' ({place_of(example.event) or 'data'})"
        for action, story, example in firsts
    )
    return Problem(
        place=places[0] if places else Place("data"),
        severity="warning",
        code="story.conflict",
        message=f"Story structure conflict after {_after(example.situations, example.end)}: {says}",
        advice="let the stories differ before, by a slot or a form, or make them one",
        related=tuple(places[1:]),
    )


def _places(examples: Iterable[Example]) -> list[Place]:
    return [place for example in examples if (place := place_of(example.event))]


def _after(situations: Sequence[Situation], end: int) -> str:
    situation = situations[end - 1]
    user = situation.user
    if situation.action == ACTION_LISTEN and user is not None:
        return f"intent '{user.intent}'" if user.intent else f"message '{user.text}'"
    return f"action '{situation.action}'"
