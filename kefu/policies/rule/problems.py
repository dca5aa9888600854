"""What is wrong with rules, in words and with places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from kefu.core.names import ACTION_RULE_SNIPPET, SHOULD_NOT_BE_SET
from kefu.policies.rule.checking import Clash
from kefu.policies.rule.policy import RuleSettings
from kefu.policies.situation import Situation
from kefu.policies.training_trackers import TrainingDialogue, place_of
from kefu.project.problems import Place, Problem, Severity

__all__ = ["clash_problems", "rule_problems"]


def rule_problems(
    settings: RuleSettings, rules: Sequence[TrainingDialogue], domain: Domain
) -> list[Problem]:
    """Return what is wrong with the settings and with single rules."""
    problems: list[Problem] = []
    fallback = settings.core_fallback_action_name
    if fallback and not domain.is_known_action(fallback):
        problems.append(
            Problem(
                place=Place("config.yml"),
                severity="error",
                code="config.unknown-fallback-action",
                message=f"core_fallback_action_name of RulePolicy is '{fallback}', which the "
                "domain does not have",
                advice="add the action to the domain, or name another one",
            )
        )
    if settings.restrict_rules:
        problems.extend(_too_many_messages(rules))
    severity: Severity = "error" if settings.check_for_contradictions else "warning"
    problems.extend(_incomplete_rules(rules, domain, severity))
    return problems


def _too_many_messages(rules: Iterable[TrainingDialogue]) -> Iterable[Problem]:
    for rule in rules:
        messages = [event for event in rule.tracker.events if isinstance(event, UserUttered)]
        if len(messages) > 1:
            yield Problem(
                place=place_of(messages[1]) or Place("data"),
                severity="error",
                code="rule.several-messages",
                message=f"rule '{rule.name}' has more than one message of the user",
                advice="write a story for this; rules are for what always follows",
            )


@dataclass(slots=True)
class _Doing:
    """What an action sets in some rule, and where."""

    slots: dict[str, Place | None] = field(default_factory=dict)
    loops: dict[str | None, Place | None] = field(default_factory=dict)


def _doings(rules: Iterable[TrainingDialogue], domain: Domain) -> dict[str, _Doing]:
    featurised = {slot.name for slot in domain.slots.values() if slot.feature(slot.stored(None))}
    doings: dict[str, _Doing] = defaultdict(_Doing)
    for rule in rules:
        action: str | None = None
        for event in rule.tracker.events:
            if isinstance(event, ActionExecuted):
                action = event.name_or_text
            elif isinstance(event, UserUttered):
                action = None
            elif action and isinstance(event, SlotSet):
                doing = doings[action]
                if event.key in featurised:
                    doing.slots.setdefault(event.key, place_of(event))
            elif action and isinstance(event, ActiveLoop):
                doings[action].loops.setdefault(event.name, place_of(event))
    return doings


def _incomplete_rules(
    rules: Sequence[TrainingDialogue], domain: Domain, severity: Severity
) -> list[Problem]:
    """Find rules in which an action does not set what it sets in other rules."""
    doings = _doings(rules, domain)
    if not doings:
        return []
    problems: dict[tuple[str, str], Problem] = {}
    for rule in rules:
        actions = [e for e in rule.tracker.applied if isinstance(e, ActionExecuted)]
        situations = rule.situations
        for index in range(1, len(situations)):
            done = actions[index - 1]
            following = actions[index].action_name if index < len(actions) else None
            doing = doings.get(done.action_name or "")
            if doing is None or ACTION_RULE_SNIPPET in {following, done.action_name}:
                continue
            for problem in _missing(rule, done, doing, situations[index], severity):
                problems.setdefault((rule.name, problem.message), problem)
    return list(problems.values())


def _missing(
    rule: TrainingDialogue,
    done: ActionExecuted,
    doing: _Doing,
    situation: Situation,
    severity: Severity,
) -> Iterable[Problem]:
    here = place_of(done) or Place("data")
    name = done.action_name
    closing = "or 'wait_for_user_input: false' to the rule if it is its last action"
    set_slots = situation.slots.values if situation.slots else {}
    missing = sorted(slot for slot in doing.slots if slot not in set_slots)
    if missing:
        places = [place for slot in missing if (place := doing.slots[slot])]
        slots = ", ".join(f"'{slot}'" for slot in missing)
        yield Problem(
            place=here,
            severity=severity,
            code="rule.incomplete",
            message=f"Incomplete rules found: action '{name}' in rule '{rule.name}' does not set "
            f"{slots}, as it does in other rules{_at(places)}",
            advice=f"add 'slot_was_set' after it, with null for what must not be set, {closing}",
            related=tuple(places),
        )
    if doing.loops and situation.loop not in doing.loops:
        places = [place for place in doing.loops.values() if place]
        loops = sorted("null" if n in {SHOULD_NOT_BE_SET, None} else str(n) for n in doing.loops)
        yield Problem(
            place=here,
            severity=severity,
            code="rule.incomplete",
            message=f"Incomplete rules found: form '{name}' in rule '{rule.name}' does not set "
            f"'active_loop' to {' or '.join(loops)}, as it does in other rules{_at(places)}",
            advice=f"add 'active_loop' after it, {closing}",
            related=tuple(places),
        )


def _at(places: Sequence[Place]) -> str:
    return f" ({', '.join(str(place) for place in places[:3])})" if places else ""


def clash_problems(clashes: Iterable[Clash], settings: RuleSettings) -> list[Problem]:
    """Put contradictions between rules, and between rules and stories, into words."""
    severity: Severity = "error" if settings.check_for_contradictions else "warning"
    problems: dict[tuple[Place, str], Problem] = {}
    for clash in clashes:
        problem = _clash_problem(clash, settings, severity)
        problems.setdefault((problem.place, problem.message), problem)
    return list(problems.values())


def _clash_problem(clash: Clash, settings: RuleSettings, severity: Severity) -> Problem:
    kind = "rule" if clash.dialogue.is_rule else "story"
    others = []
    for witness in clash.witnesses:
        at = f" ({witness.place})" if witness.place else ""
        others.append(f"'{witness.name}'{at} says '{witness.action}'")
    outcome = ""
    if clash.predicted != settings.core_fallback_action_name:
        outcome = f"; predicted is '{clash.predicted}'"
    return Problem(
        place=clash.place or Place("data"),
        severity=severity,
        code="rule.contradiction",
        message=f"Contradicting rules or stories found: {kind} '{clash.dialogue.name}' goes on "
        f"with '{clash.expected}', but {', '.join(others)}{outcome}",
        advice="change one of them, or add a condition to the rule",
        related=tuple(w.place for w in clash.witnesses if w.place),
    )
