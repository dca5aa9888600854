"""Learning rules: from training conversations to what the rule policy looks up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kefu.core.domain import Domain
from kefu.core.names import ACTION_RULE_SNIPPET, SHOULD_NOT_BE_SET
from kefu.policies.examples import Example, examples_of
from kefu.policies.rule.policy import LEAVES_LOOP, LOOP_WAS_INTERRUPTED, Learned
from kefu.policies.situation import Situation, situations_json
from kefu.policies.training_situations import TrainingReader
from kefu.policies.training_trackers import TrainingDialogue

__all__ = ["keys_of_rules", "learn_rules", "with_chosen_entities"]


def learn_rules(
    rules: Sequence[TrainingDialogue], stories: Sequence[TrainingDialogue], domain: Domain
) -> Learned:
    """Learn the rules themselves, and from rules and stories how forms are left."""
    reader = TrainingReader(domain, omits_unset_slots=True)
    as_rules = [(rule, reader.read(rule.tracker)) for rule in rules]
    as_stories = [(story, story.situations) for story in stories]
    rule_examples = [e for rule, read in as_rules for e in examples_of(rule.tracker, read)]
    loop_rules: dict[str, str] = {}
    for example in (*rule_examples, *_examples_with_loops(as_stories)):
        loop_rules.update(_loop_rule(example))
    rule_slots, rule_loops = _slots_and_loops(read for _, read in as_rules)
    story_slots, story_loops = _slots_and_loops(read for _, read in as_stories)
    return Learned(
        rules=_rules(rule_examples),
        loop_rules=loop_rules,
        rule_only_slots=tuple(sorted(rule_slots - story_slots)),
        rule_only_loops=tuple(sorted(rule_loops - story_loops - {SHOULD_NOT_BE_SET})),
    )


def _examples_with_loops(
    stories: Iterable[tuple[TrainingDialogue, list[Situation]]],
) -> Iterator[Example]:
    for story, situations in stories:
        if any(situation.loop for situation in situations):
            yield from examples_of(story.tracker, situations)


def _rules(examples: Iterable[Example]) -> dict[str, str]:
    """Map situations to the one action that follows; several actions mean no rule."""
    rules: dict[str, str] = {}
    ambiguous: set[str] = set()
    for example in examples:
        situations = _behind_snippet(example.history())
        if not situations:
            continue
        key = situations_json(situations)
        if rules.setdefault(key, example.action) != example.action:
            ambiguous.add(key)
    return {
        key: action
        for key, action in rules.items()
        if key not in ambiguous and action != ACTION_RULE_SNIPPET
    }


def with_chosen_entities(
    learned: Learned, rules: Sequence[TrainingDialogue], domain: Domain
) -> Learned:
    """Add rules as conversations will look in which intents use or ignore entities.

    A rule that names an entity which its intent ignores applies without it, unless another
    rule already looks like that.
    """
    as_written = TrainingReader(domain, omits_unset_slots=True)
    as_seen = TrainingReader(domain, omits_unset_slots=True, sees_all_entities=False)
    added: dict[str, str] = {}
    origin: dict[str, str] = {}
    for rule in rules:
        written = examples_of(rule.tracker, as_written.read(rule.tracker))
        seen = examples_of(rule.tracker, as_seen.read(rule.tracker))
        for one, other in zip(written, seen, strict=True):
            key = situations_json(_behind_snippet(other.history()))
            source = situations_json(_behind_snippet(one.history()))
            if key not in learned.rules and source in learned.rules:
                added.setdefault(key, one.action)
                origin.setdefault(key, source)
    hidden = set(learned.sources_not_in_stories)
    hidden |= {key for key in added if origin[key] in hidden}
    return replace(
        learned,
        rules={**learned.rules, **added},
        sources_not_in_stories=tuple(sorted(hidden)),
    )


def keys_of_rules(
    rules: Sequence[TrainingDialogue], domain: Domain
) -> Iterator[tuple[str, Example, TrainingDialogue]]:
    """Yield what each step of each rule is learned as: the key of the learned rule.

    The same key may come several times. Rules are read as they are written, and as conversations
    will look in which intents use or ignore entities.
    """
    for sees_all in (True, False):
        reader = TrainingReader(domain, omits_unset_slots=True, sees_all_entities=sees_all)
        for rule in rules:
            for example in examples_of(rule.tracker, reader.read(rule.tracker)):
                situations = _behind_snippet(example.history())
                if situations:
                    yield situations_json(situations), example, rule


def _behind_snippet(situations: Sequence[Situation]) -> list[Situation]:
    """Return the situations since ``...``, which stands for anything that went before."""
    for index in range(len(situations) - 1, -1, -1):
        if situations[index].action == ACTION_RULE_SNIPPET:
            return list(situations[index + 1 :])
    return list(situations)


def _loop_rule(example: Example) -> dict[str, str]:
    """Return what an example tells about leaving a form and coming back to it."""
    situation = example.situations[example.end - 1]
    loop = situation.active_loop
    if not loop:
        return {}
    goes_to_loop = example.action == loop
    if situation.follows_listen != goes_to_loop:
        return {}
    situations = [situation]
    if example.end > 1:
        # Only the action before counts: what the customer said before is another matter.
        before = example.situations[example.end - 2]
        if before.action is not None:
            is_text = before.action_is_text
            earlier = Situation(None, None, before.action, None, action_is_text=is_text)
            situations.insert(0, earlier)
    situations = _behind_snippet(situations)
    if not situations:
        return {}
    outcome = LOOP_WAS_INTERRUPTED if goes_to_loop else LEAVES_LOOP
    return {situations_json(situations): outcome}


def _slots_and_loops(histories: Iterable[Sequence[Situation]]) -> tuple[set[str], set[str]]:
    """Return what is set or active anywhere but in the last situation, which nothing follows."""
    slots: set[str] = set()
    loops: set[str] = set()
    for history in histories:
        for situation in history[:-1]:
            if situation.slots is not None:
                slots.update(situation.slots.values)
            if situation.loop:
                loops.add(situation.loop)
    return slots, loops
