"""Finds the rule or story behind what a policy chose, in the project's files as they are now."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kefu.core.events import ActionExecuted, Event, UserUttered
from kefu.core.tracker import Tracker
from kefu.policies.ensemble import Ensemble
from kefu.policies.examples import Example, examples_of
from kefu.policies.memoization import MemoizationPolicy, Memory
from kefu.policies.rule.learning import keys_of_rules
from kefu.policies.rule.policy import RulePolicy, source_of_loop, source_of_loop_listen
from kefu.policies.situation import Situation, digest_of
from kefu.policies.training_trackers import TrainingDialogue, build_dialogues, place_of
from kefu.project.problems import Place
from kefu.project.project import Project

__all__ = ["Origin", "Origins"]

MOST: Final = 3
"""So many stories that say the same are kept."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A rule, a story or a form that says what comes next."""

    kind: str
    """``rule``, ``story``, ``form`` or ``setting``."""
    name: str
    file: str
    line: int
    """The step, or the declaration, that names the action."""
    first_line: int
    """The step that it answers: the customer's message, or the beginning of the story."""

    def __str__(self) -> str:
        lines = f"{self.line}"
        if 0 < self.first_line < self.line:
            lines = f"{self.first_line}-{self.line}"
        where = f"{self.file}:{lines}" if self.line else self.file
        return f"{self.kind} {self.name}  {where}".replace("  ", " ", 1 - bool(self.name))


class Origins:
    """Knows where the rules and stories of a model stand."""

    def __init__(self, project: Project, ensemble: Ensemble) -> None:
        """Read the stories and rules of a project as training reads them."""
        dialogues = build_dialogues(project.stories, project.domain)
        self._project = project
        self._rules: dict[str, list[Origin]] = {}
        self._rule_policy: RulePolicy | None = None
        self._memoizing: dict[str, tuple[MemoizationPolicy, dict[int, list[Origin]]]] = {}
        for policy in ensemble.policies:
            if isinstance(policy, RulePolicy):
                self._rule_policy = policy
                for key, example, rule in keys_of_rules(dialogues.rules, project.domain):
                    _note(self._rules, key, "rule", rule, example)
            elif isinstance(policy, MemoizationPolicy):
                limit = policy.settings.max_history
                known = _histories(dialogues.stories, limit)
                self._memoizing[policy.name] = (policy, known)

    def behind(self, event: ActionExecuted, tracker: Tracker) -> tuple[Origin, ...]:
        """Return what says that an action came next.

        Args:
            event: The action that ran, with the policy that chose it.
            tracker: The conversation before it; it is not changed.
        """
        policy = event.policy or ""
        if self._rule_policy is not None and policy == self._rule_policy.name:
            return self._behind_rule(self._rule_policy, event, tracker)
        if policy in self._memoizing:
            return self._behind_story(*self._memoizing[policy], event, tracker)
        return ()

    def _behind_rule(
        self, policy: RulePolicy, event: ActionExecuted, tracker: Tracker
    ) -> tuple[Origin, ...]:
        prediction, source = policy.predict_with_source(tracker)
        if prediction.action_name != event.name_or_text:
            return ()
        if source is not None and source in self._rules:
            return tuple(self._rules[source])
        loop = tracker.state.active_loop_name or ""
        if source in {source_of_loop(loop), source_of_loop_listen(loop)}:
            return (_declared("form", loop, self._project.places.of("forms", loop)),)
        if event.action_name == policy.settings.core_fallback_action_name:
            return (_declared("setting", "core_fallback_threshold", self._place_of(policy)),)
        return ()

    def _place_of(self, policy: RulePolicy) -> Place:
        """Return where a policy stands in config.yml."""
        configured = {one.name: one.place for one in self._project.config.policies}
        return configured.get(policy.name, self._project.places.config)

    def _behind_story(
        self,
        policy: MemoizationPolicy,
        known: dict[int, list[Origin]],
        event: ActionExecuted,
        tracker: Tracker,
    ) -> tuple[Origin, ...]:
        listening = copy.copy(policy)
        memory = _Listening(policy.memory.actions, policy.memory.lasts, policy.memory.longest)
        heard: list[int] = []
        object.__setattr__(memory, "heard", heard)  # it is frozen
        listening.memory = memory
        prediction = listening.predict(tracker)
        if not heard or prediction.action_name != event.name_or_text:
            return ()
        return tuple(known.get(heard[-1], ()))


class _Listening(Memory):
    """A memory that tells which history it recalled."""

    heard: Any

    def recall(self, situations: Sequence[Situation]) -> str | None:
        """Return what follows ``situations``, and note them if anything does."""
        action = Memory.recall(self, situations)
        if action is not None:
            self.heard.append(digest_of(situations))
        return action


def _histories(stories: Iterable[TrainingDialogue], limit: int | None) -> dict[int, list[Origin]]:
    found: dict[int, list[Origin]] = {}
    for story in stories:
        for example in examples_of(story.tracker, story.situations, skips_unlikely_intent=True):
            _note(found, digest_of(example.history(limit)), "story", story, example)
    return found


def _note(
    into: dict[Any, list[Origin]],
    key: Any,
    kind: str,
    dialogue: TrainingDialogue,
    example: Example,
) -> None:
    known = into.setdefault(key, [])
    if len(known) < MOST:
        origin = _origin(kind, dialogue, example)
        if origin is not None and origin not in known:
            known.append(origin)


def _origin(kind: str, dialogue: TrainingDialogue, example: Example) -> Origin | None:
    place = place_of(example.event)
    if place is None:
        return None
    first = _message_before(dialogue.tracker.applied, example.event)
    line = first.line if first is not None and first.file == place.file else 0
    return Origin(kind, dialogue.name, place.file, place.line, line)


def _message_before(events: Sequence[Event], action: Event) -> Place | None:
    found: Place | None = None
    for event in events:
        if event is action:
            return found
        if isinstance(event, UserUttered):
            found = place_of(event)
    return found


def _declared(kind: str, name: str, place: Place) -> Origin:
    return Origin(kind, name, place.file, place.line, 0)
